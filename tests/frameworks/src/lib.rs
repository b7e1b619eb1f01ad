//! An application of loco with the recipe of docs/frameworks.md (`routing`); its notes are those of the other recipes, too.

mod app;
mod migrator;
pub mod note;
mod notes;
pub mod routing;

pub use app::App;
pub use migrator::Migrator;
