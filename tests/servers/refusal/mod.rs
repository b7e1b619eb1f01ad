//! Errors that only a slave gives: another node answers, and nobody is punished.

mod definitions;
mod recovery;
mod schema;
mod scripted;
mod traces;

use sea_orm::{AccessMode, ConnectionTrait, DbErr, QueryResult, StreamTrait, TransactionTrait};
use sea_orm_routing::{RoutingDatabase, status::NodeState};
use tokio_stream::StreamExt;

use crate::replicated::{node, sql};

/// A way to read rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    All,
    One,
    Stream,
    /// The first statement of a transaction that was begun read-only.
    First,
    /// The same in a savepoint.
    Nested,
    FirstStreamed,
}

impl Read {
    const EVERY: [Self; 6] = [
        Self::All,
        Self::One,
        Self::Stream,
        Self::First,
        Self::Nested,
        Self::FirstStreamed,
    ];

    /// The first column of the rows.
    async fn rows(self, db: &RoutingDatabase, text: &str) -> Result<Vec<i64>, DbErr> {
        let statement = sql(db, text);
        let rows = match self {
            Self::All => db.query_all_raw(statement).await?,
            Self::One => db.query_one_raw(statement).await?.into_iter().collect(),
            Self::Stream => {
                db.stream_raw(statement)
                    .await?
                    .collect::<Result<_, _>>()
                    .await?
            }
            Self::First | Self::Nested | Self::FirstStreamed => {
                let begun = db
                    .begin_with_config(None, Some(AccessMode::ReadOnly))
                    .await?;
                let rows: Vec<_> = match self {
                    Self::First => begun.query_all_raw(statement).await?,
                    Self::Nested => {
                        let nested = begun.begin().await?;
                        let rows = nested.query_all_raw(statement).await?;
                        nested.commit().await?;
                        rows
                    }
                    _ => {
                        begun
                            .stream_raw(statement)
                            .await?
                            .collect::<Result<_, _>>()
                            .await?
                    }
                };
                // It is a transaction as any other.
                let again = begun.query_all_raw(sql(db, text)).await?;
                assert_eq!(numbers(&again)?, numbers(&rows)?, "{self:?}");
                begun.commit().await?;
                rows
            }
        };
        numbers(&rows)
    }
}

fn numbers(rows: &[QueryResult]) -> Result<Vec<i64>, DbErr> {
    let number = |row: &QueryResult| row.try_get_by_index::<i64>(0);
    rows.iter().map(number).collect()
}

/// Reads that slaves refused.
fn refused(db: &RoutingDatabase) -> u64 {
    db.status().nodes.iter().map(|node| node.refused).sum()
}

fn assert_nobody_is_punished(db: &RoutingDatabase) {
    for slave in ["slave-1", "slave-2"] {
        assert_eq!(node(db, slave).state, NodeState::Serving, "{slave}");
    }
}
