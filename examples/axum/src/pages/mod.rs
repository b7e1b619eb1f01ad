//! What browsers see: each page, and below it the statements of the request that made it.

mod audit;
mod form;
mod layout;
mod list;
mod post;
mod problem;
mod requests;
mod statements;

pub(crate) use audit::audit;
pub(crate) use form::form;
use layout::page;
pub(crate) use list::list;
pub(crate) use post::post;
pub(crate) use problem::problem;
pub(crate) use requests::requests;
