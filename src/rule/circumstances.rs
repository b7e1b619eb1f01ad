use sea_orm::DbBackend;

use super::Says;
use crate::{
    classify::{Access, Class},
    names::{BindName, NodeName},
};

/// What is known of a statement when a rule is asked.
pub(crate) trait Circumstances {
    fn class(&self) -> &Class;

    /// Of a read that a slave has refused as a write: that.
    fn access(&self) -> Access;

    fn backend(&self) -> DbBackend;

    fn names_table(&self) -> bool;

    /// The bind key of its tables, if they have one.
    fn key(&self) -> Option<String>;

    /// Where it goes by what a rule says, if that can be said.
    fn bind(&self, says: &Says) -> Option<BindName>;

    /// What a bind key means.
    fn meaning(&self, key: &str) -> Option<(BindName, Option<NodeName>)>;

    fn is_in_transaction(&self) -> bool;

    /// The bind on which its transaction is open.
    fn open_bind(&self) -> Option<&BindName>;

    fn value(&self, name: &str) -> Option<&str>;

    fn shard_key(&self, group: &str) -> Option<&str>;

    /// A number below 2³² that is the same for all statements of a session.
    fn draw(&self) -> u32;

    /// Whether its session has written on one of these binds, as lately as their slaves may be behind.
    fn has_written(&self, binds: &[BindName]) -> bool;
}
