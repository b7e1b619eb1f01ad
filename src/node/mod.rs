//! Nodes: the servers of each bind, and the choice among them.

mod acquaintance;
mod allowance;
mod arrival;
mod budget;
mod callback;
mod closing;
mod counters;
mod entry;
mod exhaustion;
#[cfg(test)]
mod fixtures;
mod health;
mod identity;
mod lending;
mod lineage;
mod load;
mod loan;
mod lodging;
mod login;
#[allow(clippy::module_inception, reason = "the folder's main type")]
mod node;
mod opener;
mod outliers;
mod policy;
mod pooling;
mod protection;
mod pulse;
mod queue;
mod quota;
mod random;
mod renewal;
mod replication;
mod rest;
mod retirement;
mod role;
mod room;
mod rotation;
#[cfg(feature = "testing")]
mod script;
mod seat;
mod seating;
mod server;
mod ticket;
mod topology;
mod waiting;

pub(crate) use acquaintance::{Acquaintance, Heard, SEVERAL, Word};
pub(crate) use allowance::Allowance;
pub(crate) use arrival::Arrival;
pub(crate) use callback::Callback;
pub(crate) use counters::Counters;
use entry::Entry;
#[cfg(test)]
pub(crate) use fixtures::{test_node, test_node_as, test_node_by, test_node_of, test_policy};
pub(crate) use health::{Change, Health};
pub(crate) use identity::Identity;
pub(crate) use lending::Lending;
pub(crate) use lineage::Lineage;
pub(crate) use load::{Load, PENALTY, Pace};
pub(crate) use lodging::Lodging;
pub(crate) use node::{Node, backend};
pub(crate) use opener::{Given, Opener};
pub(crate) use policy::Policy;
pub(crate) use pooling::Pooling;
use protection::Protection;
pub(crate) use pulse::Pulse;
pub(crate) use queue::Place;
pub(crate) use quota::Quota;
pub(crate) use random::Random;
pub(crate) use renewal::Renewal;
pub(crate) use replication::{Replication, Watched};
pub use role::Role;
pub(crate) use rotation::Rotation;
#[cfg(feature = "testing")]
pub(crate) use script::{Said, Script};
pub(crate) use seat::Seat;
pub(crate) use server::{Address, Server};
pub(crate) use ticket::{Ticket, TransactionTicket};
pub(crate) use topology::{Bind, Topology};
