//! What a node's answer says about the node and about the statement. Imports nothing of ours.

mod refusal;

pub(crate) use refusal::{Refusal, refusal};
