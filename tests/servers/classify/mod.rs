//! The classifier against the servers' own word: what a slave refuses, which tables a statement touches, and what a read
//! leaves behind.

mod differential;
mod effects;
mod generator;
mod mysql_family;
mod on_slaves;
mod own_answers;
mod postgres;
mod slave_sessions;
mod sqlite;
mod statements;
mod tables;
mod witness;
