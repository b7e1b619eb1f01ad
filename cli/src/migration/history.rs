use std::collections::BTreeMap;

use sea_orm_migration::{
    sea_orm::{ConnectionTrait, DbBackend, DbErr, DynIden},
    sea_query::{Query, SelectStatement},
    seaql_migrations::Column,
};
use sea_schema::{mysql::MySql, postgres::Postgres, probe::SchemaProbe, sqlite::Sqlite};

/// What a node's migration table says: each applied version with its second, or that there is no such table.
///
/// On the master a migration's own change is committed with its row or before it, and a slave replays in that order:
/// a slave with the row has the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct History {
    applied: Option<BTreeMap<String, i64>>,
}

impl History {
    pub(crate) async fn read<C: ConnectionTrait>(db: &C, table: DynIden) -> Result<Self, DbErr> {
        if !has_table(db, &table).await? {
            return Ok(Self { applied: None });
        }
        let query = Query::select()
            .columns([Column::Version, Column::AppliedAt])
            .from(table)
            .to_owned();
        let mut applied = BTreeMap::new();
        for row in db.query_all(&query).await? {
            applied.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        }
        Ok(Self {
            applied: Some(applied),
        })
    }

    /// Whether a migration was applied in that second of the Unix epoch.
    pub(crate) fn has_second(&self, second: i64) -> bool {
        let mut applied = self.applied.iter().flat_map(BTreeMap::values);
        applied.any(|applied_at| *applied_at == second)
    }
}

async fn has_table<C: ConnectionTrait>(db: &C, table: &DynIden) -> Result<bool, DbErr> {
    let query = probe(db.get_database_backend(), &table.to_string())?;
    let row = db.query_one(&query).await?;
    row.map_or(Ok(false), |row| row.try_get_by_index(0))
}

fn probe(backend: DbBackend, table: &str) -> Result<SelectStatement, DbErr> {
    match backend {
        DbBackend::MySql => Ok(MySql.has_table(table)),
        DbBackend::Postgres => Ok(Postgres.has_table(table)),
        DbBackend::Sqlite => Ok(Sqlite.has_table(table)),
        other => Err(DbErr::BackendNotSupported {
            db: other.as_str(),
            ctx: "the migration table",
        }),
    }
}
