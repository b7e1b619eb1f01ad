//! What statements took at a node, and what became of it, until it is published.

#[cfg(feature = "metrics")]
mod spread;
#[cfg(feature = "metrics")]
mod tallies;
#[cfg(not(feature = "metrics"))]
mod untallied;

mod turn;

#[cfg(feature = "metrics")]
pub(crate) use tallies::{Measured, Taken, Tallies};
pub(crate) use turn::{Kind, Turn};
#[cfg(not(feature = "metrics"))]
pub(crate) use untallied::{Measured, Tallies};
