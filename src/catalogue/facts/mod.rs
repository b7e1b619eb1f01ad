//! What each server's catalogue says of its relations: one query, and a fact per row.

mod fact;
mod mysql;
mod postgres;
mod read;
mod sqlite;

pub(super) use fact::{Fact, FullName, What};
pub(super) use read::{Told, read};
