//! Transactions over several binds that end together: both phases, and what becomes of those that were cut short.
//!
//! [`RoutingDatabase::begin_across`](crate::RoutingDatabase::begin_across) begins one.

pub use crate::{
    coordinator::create_decision_table,
    distributed::{Atomicity, DistributedTransaction, PreparedBranch, Recovery},
};
