//! What SeaORM's traits and types do on our handles.

mod drop_in;
mod executors;
mod metrics;
mod surface;
