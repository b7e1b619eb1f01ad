//! Two databases behind SeaORM's proxy, with a log of what each was asked.

pub mod cake;
mod kitchen;
mod remote;

pub use kitchen::Kitchen;
pub use remote::Remote;
