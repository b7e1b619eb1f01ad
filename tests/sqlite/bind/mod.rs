//! Which bind a statement belongs to.

mod backends;
mod keys;
