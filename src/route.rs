//! Where a statement goes, and why.

use std::fmt;

use serde::Serialize;

pub use crate::bind::BindReason;
use crate::{
    classify::{Access, Reason},
    config::Balance,
    names::{BindName, NodeName},
    node::Role,
};

/// Where a statement goes, and why; prints as one sentence, and serialises in parts.
///
/// ```text
/// default.slave-1 (slave): read, plain query; no bind key; random choice of 2 slaves
/// reports.master (master): write, writes report; `report` has bind key `reports`
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Route {
    /// The bind of the statement's tables, or of the handle.
    pub bind: BindName,
    /// The node of that bind.
    pub node: NodeName,
    /// What the node does for the bind.
    pub role: Role,
    /// Whether the statement is a proven read.
    pub access: Access,
    /// Why it has that access, that bind and that node.
    pub reason: RouteReason,
}

/// The three reasons of a [`Route`]; prints as its second half.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RouteReason {
    /// Why the statement is a read or a write.
    pub access: Reason,
    /// Why it belongs to the bind.
    pub bind: BindReason,
    /// Why it runs on the node.
    pub node: NodeReason,
}

/// Why a statement runs on its node, given its bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NodeReason {
    /// Anything that is not a proven read runs on the master.
    Write,
    /// A read by its text, which a slave has refused as a write.
    Refused,
    /// A read, and the bind has no slave in rotation.
    NoSlave,
    /// A read, chosen among the bind's slaves.
    Balanced {
        /// How it was chosen.
        balance: Balance,
        /// How many slaves took part.
        slaves: usize,
    },
    /// A read, served by the one slave that its session reads from.
    Session {
        /// How many slaves the bind has in rotation.
        slaves: usize,
    },
    /// A read whose session has written, or seen on the master, what its slave is not known to have.
    OwnWrites,
    /// A read of tables that this process has written, which its slave is not known to have.
    ProcessWrites,
    /// A read, and no slave is known to be close enough behind the master.
    Lagging,
    /// A read that another slave failed to serve.
    Elsewhere,
    /// A read whose own slave, or all slaves, have no connection free: another node that may serve it has.
    Crowded,
    /// A read whose first node had no answer yet, and which was therefore sent to this one as well.
    Hedged,
    /// A read that the master serves by the consistency that was asked for.
    Strong,
    /// The handle or the bind key names the node or its role.
    Pinned,
    /// A stream, which no transaction keeps from writing on a slave that was given and takes writes.
    Unprotected,
    /// The open transaction has its node.
    Transaction,
    /// It was refused before it had a node, and sent nowhere: the node is the master of its bind.
    Nowhere,
}

impl NodeReason {
    /// Its place in [`REASONS`].
    pub(crate) fn number(&self) -> u8 {
        match self {
            Self::Write => 0,
            Self::Refused => 1,
            Self::NoSlave => 2,
            Self::Balanced { .. } => 3,
            Self::Session { .. } => 4,
            Self::OwnWrites => 5,
            Self::ProcessWrites => 6,
            Self::Lagging => 7,
            Self::Elsewhere => 8,
            Self::Strong => 9,
            Self::Pinned => 10,
            Self::Unprotected => 11,
            Self::Transaction => 12,
            Self::Crowded => 13,
            Self::Hedged => 14,
            Self::Nowhere => 15,
        }
    }
}

/// What metrics call the reasons: as they are serialised.
pub(crate) const REASONS: [&str; 16] = [
    "write",
    "refused",
    "no_slave",
    "balanced",
    "session",
    "own_writes",
    "process_writes",
    "lagging",
    "elsewhere",
    "strong",
    "pinned",
    "unprotected",
    "transaction",
    "crowded",
    "hedged",
    "nowhere",
];

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            bind,
            node,
            role,
            access,
            reason,
        } = self;
        write!(f, "{bind}.{node} ({role}): {access}, {reason}")
    }
}

impl fmt::Display for RouteReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { access, bind, node } = self;
        write!(f, "{access}; {bind}")?;
        match node {
            NodeReason::Write => Ok(()),
            node => write!(f, "; {node}"),
        }
    }
}

impl fmt::Display for NodeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write => write!(f, "writes go to the master"),
            Self::Refused => write!(f, "a slave refused it as a write"),
            Self::NoSlave => write!(f, "no slave in rotation"),
            Self::Balanced { slaves: 1, .. } => write!(f, "the only slave"),
            Self::Balanced { balance, slaves } => match balance {
                Balance::Random => write!(f, "random choice of {slaves} slaves"),
                Balance::RoundRobin => write!(f, "next of {slaves} slaves"),
                Balance::Least => write!(f, "the least busy of {slaves} slaves"),
                Balance::Latency => write!(f, "the quicker of two of {slaves} slaves"),
            },
            Self::Session { slaves: 1 } => write!(f, "the only slave"),
            Self::Session { slaves } => write!(f, "slave of the session, one of {slaves}"),
            Self::OwnWrites => write!(f, "its slave may lack what the session has seen"),
            Self::ProcessWrites => write!(f, "its slave may lack what this process wrote"),
            Self::Unprotected => write!(f, "nothing keeps a stream from writing on its slave"),
            Self::Lagging => write!(f, "no slave is known to be fresh enough"),
            Self::Elsewhere => write!(f, "another slave failed to serve it"),
            Self::Crowded => write!(f, "its slave has no connection free"),
            Self::Hedged => write!(f, "another node had no answer yet"),
            Self::Strong => write!(f, "strong consistency"),
            Self::Pinned => write!(f, "pinned"),
            Self::Transaction => write!(f, "node of the transaction"),
            Self::Nowhere => write!(f, "it was sent nowhere"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serialises_in_parts() {
        let route = Route {
            bind: "reports".into(),
            node: "slave-1".into(),
            role: Role::Slave,
            access: Access::Read,
            reason: RouteReason {
                access: Reason::Describes("SHOW".to_owned()),
                bind: BindReason::Key {
                    table: "report".to_owned(),
                    key: "reports".to_owned(),
                },
                node: NodeReason::Balanced {
                    balance: Balance::RoundRobin,
                    slaves: 2,
                },
            },
        };
        let expected = serde_json::json!({
            "bind": "reports", "node": "slave-1", "role": "slave", "access": "read",
            "reason": {
                "access": { "describes": "SHOW" },
                "bind": { "key": { "table": "report", "key": "reports" } },
                "node": { "balanced": { "balance": "round_robin", "slaves": 2 } },
            },
        });
        assert_eq!(serde_json::to_value(&route).unwrap(), expected);
        let reasons = [
            NodeReason::Write,
            NodeReason::Refused,
            NodeReason::NoSlave,
            NodeReason::Balanced {
                balance: Balance::Random,
                slaves: 1,
            },
            NodeReason::Session { slaves: 1 },
            NodeReason::OwnWrites,
            NodeReason::ProcessWrites,
            NodeReason::Lagging,
            NodeReason::Elsewhere,
            NodeReason::Strong,
            NodeReason::Pinned,
            NodeReason::Unprotected,
            NodeReason::Transaction,
            NodeReason::Crowded,
            NodeReason::Hedged,
            NodeReason::Nowhere,
        ];
        for (number, reason) in reasons.iter().enumerate() {
            assert_eq!(usize::from(reason.number()), number);
            let name = match serde_json::to_value(reason).unwrap() {
                serde_json::Value::String(name) => name,
                serde_json::Value::Object(parts) => parts.keys().next().unwrap().clone(),
                other => panic!("{other}"),
            };
            assert_eq!(REASONS[number], name);
        }
    }
}
