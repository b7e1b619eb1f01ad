//! Read-only transactions, statement by statement: what a plain connection to the master answers is what ours answers,
//! and nothing stays on the slave's connection.

mod across;
mod answer;
mod cases;
mod given;
mod isolation;
mod residue;
