//! What a node's answer says about the node and about the statement. Imports nothing of ours.

#[cfg(any(
    feature = "sqlx-postgres",
    feature = "sqlx-mysql",
    feature = "sqlx-sqlite"
))]
mod driver;
mod fault;
mod refusal;

pub(crate) use fault::{Fault, fault, is_acquire_timeout, is_unsent};
pub(crate) use refusal::{Refusal, refusal};
