//! What the blog keeps: posts on the default bind, and the audit of their changes on one of its own.

#![allow(missing_docs, reason = "what SeaORM's macros generate has none")]

pub mod audit_entry;
pub mod post;
