//! What a node's answer says about the node and about the statement. By variant, code and number, never by message.
//! Imports nothing of ours.

mod answer;
#[cfg_attr(not(feature = "_driver"), path = "no_driver.rs")]
mod driver;
mod fault;
mod refusal;

pub(crate) use answer::{
    code, fault, has_begun, is_acquire_timeout, is_login_refused, is_of_connecting,
    is_of_read_only_session, is_undone, is_unsent, refusal,
};
pub(crate) use fault::Fault;
pub(crate) use refusal::Refusal;
