//! What a session has written is what it reads.

mod history;
mod lent_connection;
mod levels;
mod own_writes;
mod runtimes;
mod tokens;
mod unclear_writes;
