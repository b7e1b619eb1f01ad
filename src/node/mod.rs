//! Nodes: the servers of each bind, and the choice among them.

mod choice;
mod random;
mod server;
mod topology;

pub(crate) use choice::Rotation;
pub(crate) use random::Random;
pub use server::Role;
pub(crate) use server::{Node, backend};
pub(crate) use topology::{Bind, Topology};
