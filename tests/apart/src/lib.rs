//! Two databases behind SeaORM's proxy, with a log of what each was asked, and the spans that are taken of it.

pub mod cake;
mod exported;
mod kitchen;
mod remote;

pub use exported::{Exported, attributes};
pub use kitchen::Kitchen;
pub use remote::{Mishap, Remote};
