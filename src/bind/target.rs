use std::fmt;

use serde::Serialize;

use crate::names::{BindName, NodeName};

/// Where a statement's tables want it to run: a bind, perhaps one node of it, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) bind: BindName,
    pub(crate) pin: Option<NodeName>,
    pub(crate) reason: BindReason,
}

impl Target {
    /// The bind key that would name this target.
    pub(crate) fn key(&self) -> String {
        match &self.pin {
            Some(node) => format!("{}.{node}", self.bind),
            None => self.bind.to_string(),
        }
    }
}

/// Why a statement belongs to its bind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BindReason {
    /// The handle names the bind: `db.bind("reports")`, `db.entity::<E>()`.
    Handle,
    /// The open transaction has its bind.
    Transaction,
    /// A rule of the application says so: see [`rule`](crate::rule).
    Rule {
        /// The rule's name.
        rule: String,
        /// The bind key that it named.
        key: String,
    },
    /// The scope around, or the handle, says so of all tables that nobody claims: see
    /// [`RoutingDatabase::scope`](crate::RoutingDatabase::scope).
    Scope,
    /// The entity of this table is on a shard of a group, and the handle or the scope around names it.
    Shard {
        /// The table that the statement names.
        table: String,
        /// The group, which is the entity's bind key.
        group: BindName,
        /// The key that was asked for.
        key: String,
    },
    /// The entity of this table carries a bind key.
    Key {
        /// The table that the statement names.
        table: String,
        /// The entity's bind key.
        key: String,
    },
    /// The bind lists the table, or a pattern that matches it, under `tables`.
    Listed {
        /// The table that the statement names.
        table: String,
        /// The entry that matches it.
        pattern: String,
    },
    /// The bind alone has what the statement is about, such as an index or a sequence.
    Found {
        /// The object, with what it is.
        object: String,
    },
    /// No table of the statement has a bind key or is listed.
    Default,
    /// The statement names no table of the application.
    NoTable,
}

impl fmt::Display for BindReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handle => write!(f, "bind of the handle"),
            Self::Transaction => write!(f, "bind of the transaction"),
            Self::Rule { rule, key } => write!(f, "rule `{rule}` says `{key}`"),
            Self::Scope => write!(f, "bind of the scope"),
            Self::Shard { table, group, key } => {
                write!(f, "`{table}` is on the shard of `{key}` in `{group}`")
            }
            Self::Key { table, key } => write!(f, "`{table}` has bind key `{key}`"),
            Self::Listed { table, pattern } if table == pattern => {
                write!(f, "`{table}` is listed in binds.yaml")
            }
            Self::Listed { table, pattern } => {
                write!(f, "`{table}` matches `{pattern}` in binds.yaml")
            }
            Self::Found { object } => write!(f, "{object} is on this bind alone"),
            Self::Default => write!(f, "no bind key"),
            Self::NoTable => write!(f, "names no table"),
        }
    }
}
