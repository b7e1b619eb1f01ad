//! Transactions over several binds.

mod atomicity;
mod begin;
mod end;
mod in_order;
mod part;
mod prepared;
mod recovery;
mod report;
mod transaction;
mod two_phase;

pub use atomicity::Atomicity;
pub use report::{PreparedBranch, Recovery};
pub use transaction::DistributedTransaction;
