//! Entities of the sample application: a bakery with its cakes on the default bind, and its reports on a bind
//! of their own.

#![allow(missing_docs, reason = "what SeaORM's macros generate has none")]

pub mod bakery;
pub mod cake;
pub mod report;
pub mod report_line;
