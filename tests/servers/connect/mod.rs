//! What stands between an application and its servers: poolers that share their sessions, and one address of several slaves.

mod bouncer;
mod failover;
mod one_address;
mod pooler;
mod read_only;
