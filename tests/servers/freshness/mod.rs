//! How far behind its master a slave is, and which slaves may serve.

mod adoption;
mod assumed;
mod lag;
mod lives;
mod sources;
