//! Nodes that do no I/O: SeaORM's mock, which logs the statement and answers that there is no row.

#![allow(dead_code, reason = "each bench uses its part")]

use std::{collections::BTreeMap, iter::repeat_n};

use sea_orm::{DatabaseConnection, DbBackend, MockDatabase, MockExecResult, Statement, Value};
use sea_orm_routing::{BindBuilder, RoutingDatabase};

/// 70 bytes.
pub(crate) const SHORT: &str =
    "SELECT \"cake\".\"id\", \"cake\".\"name\" FROM \"cake\" WHERE \"cake\".\"id\" = $1";

/// 340 bytes.
pub(crate) const LONG: &str = "SELECT \"cake\".\"id\" AS \"A_id\", \"cake\".\"name\" AS \"A_name\", \
    \"cake\".\"bakery_id\" AS \"A_bakery_id\", \"bakery\".\"id\" AS \"B_id\", \"bakery\".\"name\" AS \
    \"B_name\" FROM \"cake\" LEFT JOIN \"bakery\" ON \"cake\".\"bakery_id\" = \"bakery\".\"id\" WHERE \
    \"cake\".\"name\" LIKE $1 AND \"bakery\".\"name\" IN ($2, $3, $4, $5) ORDER BY \"cake\".\"id\" ASC \
    LIMIT $6 OFFSET $7";

pub(crate) const WRITE: &str = "UPDATE \"cake\" SET \"name\" = $1 WHERE \"id\" = $2";

/// Statements of a measurement; a mock answers twice as many.
pub(crate) const STATEMENTS: u64 = 1_000;

pub(crate) fn mock() -> DatabaseConnection {
    let answers = usize::try_from(2 * STATEMENTS).expect("a few");
    let nothing: Vec<BTreeMap<&str, Value>> = Vec::new();
    MockDatabase::new(DbBackend::Postgres)
        .append_query_results(repeat_n(nothing, answers))
        .append_exec_results([MockExecResult::default()])
        .into_connection()
}

/// A master with two slaves, and the bind of the sample application's keyed entities.
pub(crate) fn routed() -> RoutingDatabase {
    RoutingDatabase::builder()
        .bind(
            BindBuilder::new("default", mock())
                .slave("slave-1", mock())
                .slave("slave-2", mock()),
        )
        .bind(BindBuilder::new("reports", mock()))
        .build()
        .expect("the binds are valid")
}

pub(crate) fn statement(sql: &str) -> Statement {
    Statement::from_string(DbBackend::Postgres, sql)
}
