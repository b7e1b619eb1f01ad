//! Your own rule for the bind of a statement: a [`BindRule`].
//!
//! [`RoutingDatabaseBuilder::rule`](crate::RoutingDatabaseBuilder::rule) gives the rule to a database. The rule is asked for each
//! statement that no handle has fixed. It sees what is known of the statement, and says where the statement goes, or nothing, or why the
//! statement must not run. Everything else stays as it is: reads are split over the slaves of the bind that the rule names, and sessions
//! read what they have written there. [`route`](crate::RoutingDatabase::route) and the events name the rule.
//!
//! The order of authority: what the handle fixes, an open transaction, **the rule** ([`Ruling::to`]), the entity's bind key, the
//! tables listed in binds.yaml, **the rule** ([`Ruling::unless_keyed`]), the scope around ([`RoutingDatabase::scope`](crate::RoutingDatabase::scope)),
//! and at last the default bind.
//!
//! ```
//! use sea_orm::{DbBackend, MockDatabase, Statement};
//! use sea_orm_routing::{
//!     BindBuilder, RoutingDatabase,
//!     rule::{Ruling, Subject, named},
//! };
//!
//! let mock = || MockDatabase::new(DbBackend::Postgres).into_connection();
//! let history = named("history", |subject: &Subject<'_>| {
//!     let is_old = |table: &str| table.ends_with("_history");
//!     match subject.tables().iter().all(|table| is_old(&table.name)) && subject.names_table() {
//!         true => Ruling::to("archive"),
//!         false => Ruling::pass(),
//!     }
//! });
//! let db = RoutingDatabase::builder()
//!     .bind(BindBuilder::new("default", mock()))
//!     .bind(BindBuilder::new("archive", mock()))
//! #   .bind(BindBuilder::new("reports", mock()))
//!     .rule(history)
//!     .build()?;
//!
//! let select = Statement::from_string(DbBackend::Postgres, "SELECT * FROM order_history");
//! assert_eq!(
//!     db.route(&select)?.to_string(),
//!     "archive.master (master): read, plain query; rule `history` says `archive`; no slave in rotation",
//! );
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod allow;
mod bind_rule;
mod by_schema;
mod circumstances;
mod named;
mod reads_of;
mod ruling;
mod subject;
mod then;

pub use allow::{Allow, NoOpinion};
pub use bind_rule::BindRule;
pub use by_schema::BySchema;
pub(crate) use circumstances::Circumstances;
pub use named::{Named, first, named};
pub use reads_of::ReadsOf;
pub use ruling::Ruling;
pub(crate) use ruling::Says;
pub use subject::Subject;
pub use then::Then;
