//! For the tests of applications: what served a piece of work, and slaves that lag, die and are promoted when a test says so
//! (feature `testing`).
//!
//! [`served`] and [`assert_reads_from_slaves!`] need nothing but a [`RoutingDatabase`](crate::RoutingDatabase), over any
//! connections, such as SeaORM's `MockDatabase`. A [`Lab`] is a database of its own: masters (*primaries*) and slaves (*replicas*) on
//! SQLite files, in this process, on a clock that stands still until the test moves it. Only the servers are simulated. Statements are
//! classified, dispatched and observed exactly as on servers, slaves are compared with their master, and masters are sought.
//!
//! The three tests that every application wants:
//!
//! ```standalone_crate
//! # use std::time::Duration;
//! # use sea_orm::{ConnectionTrait, DbErr};
//! use sea_orm_routing::testing::{Lab, assert_reads_from_slaves, served};
//! # use sea_orm_routing::RoutingDatabase;
//! # async fn list_cakes(db: &RoutingDatabase) -> Result<usize, DbErr> {
//! #     let select = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, "SELECT name FROM cake");
//! #     Ok(db.query_all_raw(select).await?.len())
//! # }
//! # async fn bake(db: &RoutingDatabase) -> Result<(), DbErr> {
//! #     db.execute_unprepared("INSERT INTO cake VALUES ('Sacher')").await.map(drop)
//! # }
//!
//! # async fn this_handler_reads_from_slaves() -> Result<(), Box<dyn std::error::Error>> {
//! // This handler reads from slaves.
//! let lab = Lab::new().slaves(2).start().await?;
//! # lab.db().execute_unprepared("CREATE TABLE cake (name varchar)").await?;
//! lab.caught_up().await;
//! assert_reads_from_slaves!(lab.db(), list_cakes(lab.db()))?;
//! # Ok(())
//! # }
//!
//! # async fn users_see_their_own_writes() -> Result<(), Box<dyn std::error::Error>> {
//! // A user sees what they wrote, although the slave lags.
//! let lab = Lab::new().slaves(1).start().await?;
//! # lab.db().execute_unprepared("CREATE TABLE cake (name varchar)").await?;
//! # lab.caught_up().await;
//! lab.lag("slave-1", Duration::from_secs(5));
//! let user = lab.db().session();
//! bake(&user).await?;
//! let listed = served(lab.db(), list_cakes(&user)).await;
//! assert_eq!((listed.nodes(), listed.output?), (vec!["default.master".to_owned()], 1));
//! # Ok(())
//! # }
//!
//! # async fn nobody_notices_a_dead_slave() -> Result<(), Box<dyn std::error::Error>> {
//! // Nobody notices that a slave is dead.
//! let lab = Lab::new().slaves(2).start().await?;
//! # lab.db().execute_unprepared("CREATE TABLE cake (name varchar)").await?;
//! lab.caught_up().await;
//! lab.kill("slave-1");
//! for _ in 0..10 {
//!     let listed = served(lab.db(), list_cakes(lab.db())).await;
//!     assert_eq!((listed.nodes(), listed.output?), (vec!["default.slave-2".to_owned()], 0));
//! }
//! # Ok(())
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #     tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! #         this_handler_reads_from_slaves().await?;
//! #         users_see_their_own_writes().await?;
//! #         nobody_notices_a_dead_slave().await
//! #     })
//! # }
//! ```

mod bind;
mod builder;
mod clock;
mod directory;
mod history;
mod lab;
mod node;
mod served;

pub use builder::LabBuilder;
pub use lab::Lab;
pub use served::{Served, served};

pub use crate::assert_reads_from_slaves;
