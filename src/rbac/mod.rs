//! SeaORM's role-based access control over our handles.
//!
//! ```
//! # async fn example(db: sea_orm_routing::RoutingDatabase) -> Result<(), sea_orm::DbErr> {
//! use sea_orm::rbac::RbacUserId;
//!
//! db.load_rbac().await?; // the rules stand on the master of the default bind
//! let reader = db.restricted_for(RbacUserId(2))?;
//! assert_eq!(reader.user_id(), RbacUserId(2));
//! # Ok(())
//! # }
//! ```

mod connection;
mod handle;
mod transaction;

pub use handle::{Restricted, RestrictedDatabase, RestrictedTransaction};
