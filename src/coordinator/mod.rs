//! The table in which a distributed transaction's fate is decided: whoever adds its row first, decides.

mod branch_name;
mod realm;
mod table;

pub(crate) use branch_name::{BranchName, TransactionId};
pub(crate) use realm::{Realm, Realms};
pub use table::create_decision_table;
pub(crate) use table::{Commitment, Decided, commit, commitments, decide, forget, realm};
