//! Each bind has its own migrator and its own record of what it ran.

#![allow(
    elided_lifetimes_in_paths,
    reason = "async-trait wants the signatures of SeaORM's trait to the letter"
)]

mod audit;
mod blog;

pub(crate) use audit::Audit;
pub(crate) use blog::Blog;
