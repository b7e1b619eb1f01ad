//! The default bind.

mod m20261126_000001_create_post;
mod migrator;

pub(crate) use migrator::Blog;
