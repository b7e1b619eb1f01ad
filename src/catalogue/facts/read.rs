use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};

use super::{Fact, FullName, What, mysql, postgres, sqlite};
use crate::classify::{Functions, classify, query_of_view};

/// What a database said of its relations.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) facts: Arc<[Fact]>,
    /// What changes with them, on a server that has such a thing.
    stamp: Option<String>,
}

/// What the database of `master` says of its relations, unless that is what it said `before`: one query, or a cheaper
/// one.
pub(crate) async fn read(
    master: &impl ConnectionTrait,
    before: Option<Told>,
) -> Result<Told, DbErr> {
    // First: what is changed meanwhile is read now, and found changed next time.
    let stamp = stamp(master).await?;
    match before {
        Some(told) if stamp.is_some() && told.stamp == stamp => Ok(told),
        _ => Ok(Told {
            facts: facts(master).await?.into(),
            stamp,
        }),
    }
}

async fn stamp(master: &impl ConnectionTrait) -> Result<Option<String>, DbErr> {
    if master.get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    let statement = Statement::from_string(DbBackend::Postgres, postgres::STAMP);
    let row = master.query_one_raw(statement).await?;
    row.map_or(Ok(None), |row| row.try_get("", "stamp"))
}

async fn facts(master: &impl ConnectionTrait) -> Result<Vec<Fact>, DbErr> {
    let backend = master.get_database_backend();
    let query = match backend {
        DbBackend::Postgres => postgres::RELATIONS,
        DbBackend::MySql => mysql::RELATIONS,
        _ => sqlite::RELATIONS,
    };
    let statement = Statement::from_string(backend, query);
    let rows = master.query_all_raw(statement).await?;
    let mut facts = Vec::with_capacity(rows.len());
    for row in &rows {
        if let Some(fact) = fact(backend, row)? {
            facts.extend(read_by(backend, &fact));
            facts.push(fact);
        }
    }
    facts.sort_unstable();
    facts.dedup();
    Ok(facts)
}

fn fact(backend: DbBackend, row: &QueryResult) -> Result<Option<Fact>, DbErr> {
    let text = |column| row.try_get::<Option<String>>("", column);
    let kind: String = row.try_get("", "what")?;
    let other = text("other")?;
    let what = match (kind.as_str(), backend) {
        ("query", _) => Some(query(backend, other)),
        ("virtual", _) => sqlite::module(&other.unwrap_or_default()).map(What::IsVirtual),
        (kind, _) => What::of(kind, text("other_schema")?, other),
    };
    let Some(what) = what else {
        return Ok(None);
    };
    Ok(Some(Fact {
        relation: FullName::new(
            row.try_get::<String>("", "schema")?,
            row.try_get::<String>("", "name")?,
        ),
        // Without a current database, MySQL answers NULL.
        is_visible: row.try_get::<Option<bool>>("", "visible")?.unwrap_or(false),
        what,
    }))
}

fn query(backend: DbBackend, definition: Option<String>) -> What {
    let definition = definition.unwrap_or_default();
    let sql = match backend {
        DbBackend::Sqlite => query_of_view(&definition).unwrap_or_default(),
        _ => &definition,
    };
    if sql.is_empty() {
        return What::IsUnseen;
    }
    What::IsQuery {
        is_plain: classify(backend, sql, &Functions::builtin()).is_read(),
        sql: sql.into(),
    }
}

/// What a query reads, as facts like those that PostgreSQL tells.
fn read_by(backend: DbBackend, fact: &Fact) -> Vec<Fact> {
    let What::IsQuery { sql, .. } = &fact.what else {
        return Vec::new();
    };
    let tables = classify(backend, sql, &Functions::builtin()).tables;
    let facts = tables.into_iter().map(|table| {
        let schema = table.schema.as_deref().unwrap_or(&fact.relation.schema);
        let what = What::Reads(FullName::new(schema, table.name));
        Fact {
            what,
            ..fact.clone()
        }
    });
    facts.collect()
}
