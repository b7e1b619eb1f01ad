//! The audit of changes, on its own bind.

mod list;
mod note;

pub(crate) use list::list;
pub(crate) use note::note;
