//! Nodes: the servers of each bind, and the choice among them.

mod budget;
mod choice;
mod health;
mod opener;
mod pulse;
mod random;
mod replication;
mod server;
mod ticket;
mod topology;

pub(crate) use choice::Rotation;
pub(crate) use health::{Change, Health};
pub(crate) use opener::{Given, Opener};
pub(crate) use pulse::Pulse;
pub(crate) use random::Random;
pub(crate) use replication::{Policy, Replication, Watched};
pub use server::Role;
pub(crate) use server::{Callback, Identity, Node, backend};
#[cfg(test)]
pub(crate) use server::{test_node, test_node_as, test_node_by, test_policy};
pub(crate) use ticket::{Ticket, TransactionTicket};
pub(crate) use topology::{Bind, Topology};
