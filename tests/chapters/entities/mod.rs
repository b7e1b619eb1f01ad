//! A blog on the default bind, and its visits on a bind of their own.

pub(crate) mod log;
pub(crate) mod post;
pub(crate) mod post_tag;
pub(crate) mod profile;
pub(crate) mod receipt;
pub(crate) mod step;
pub(crate) mod tag;
pub(crate) mod user;
pub(crate) mod visit;
