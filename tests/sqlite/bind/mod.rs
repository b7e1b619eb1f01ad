//! Which bind a statement belongs to.

mod backends;
mod doubtful_names;
mod keys;
