use std::collections::HashMap;

use sea_orm::DbBackend;

use super::{About, Finding};
use crate::{
    classify::as_long_as_postgres_takes,
    config::{BindsConfig, DEFAULT_BIND, Scheme, path::KeyPath, quote::quoted},
    names::BindName,
    tables::{Fit, OwnSchemas, TablePattern, lowercase},
};

/// Quotes around a name in SQL.
const QUOTES: [(char, char); 3] = [('"', '"'), ('`', '`'), ('[', ']')];

/// An entry of `tables`, and whose it is.
struct Entry<'c> {
    text: &'c str,
    bind: &'c str,
    pattern: TablePattern,
    backend: Option<DbBackend>,
}

/// A table is listed once, in one bind: by the comparison by which statements find their bind.
pub(super) fn check(config: &BindsConfig, findings: &mut Vec<Finding>) {
    let schemas = own_schemas(config);
    // By the starts of their names in lower case, which whoever is compared has in common.
    let mut listed: HashMap<String, Vec<Entry<'_>>> = HashMap::new();
    for (index, bind) in config.binds.iter().enumerate() {
        let path = KeyPath::binds().named(index, &bind.name).child("tables");
        let backend = bind.master.url.backend().map(backend_of);
        for (index, text) in bind.tables.iter().enumerate() {
            let path = path.item(index);
            if text.trim().is_empty() {
                findings.push(Finding::new(
                    path,
                    "an empty text",
                    "a table name or pattern",
                ));
                continue;
            }
            if text.split('.').any(is_in_quotes) {
                findings.push(Finding::new(
                    path.clone(),
                    "a name in quotes",
                    "a table name or pattern as the database keeps it, without the quotes of SQL",
                ));
            }
            let entry = Entry {
                text,
                bind: &bind.name,
                pattern: TablePattern::of_entry(text),
                backend,
            };
            let name = text.rsplit('.').next().unwrap_or(text);
            let others = listed
                .entry(lowercase(as_long_as_postgres_takes(name)).into_owned())
                .or_default();
            match others.iter().find(|other| is_one(other, &entry, &schemas)) {
                Some(other) => findings.push(twice(path, &entry, other)),
                None => others.push(entry),
            }
        }
    }
}

fn own_schemas(config: &BindsConfig) -> OwnSchemas {
    let mut schemas = OwnSchemas::new(DEFAULT_BIND.into());
    for bind in &config.binds {
        let name = BindName::from(bind.name.as_str());
        for schema in config.own_schemas(bind) {
            schemas.add(&name, &schema);
        }
    }
    schemas
}

/// Whether two entries are the same, or mean one table for two binds, whichever of the two a statement spells.
fn is_one(one: &Entry<'_>, other: &Entry<'_>, schemas: &OwnSchemas) -> bool {
    if one.text == other.text {
        return true;
    }
    let Some(backend) = one
        .backend
        .filter(|backend| other.backend == Some(*backend))
    else {
        return false;
    };
    let means = |one: &Entry<'_>, other: &Entry<'_>| {
        let bind = BindName::from(one.bind);
        // MySQL may have tables whose names differ by case.
        let is_meant = |table| {
            one.pattern.fit(backend, &table, &bind, schemas) == Fit::Same
                && (backend == DbBackend::Sqlite || one.pattern.rank(backend, &table).is_spelt())
        };
        other.pattern.table().is_some_and(is_meant)
    };
    one.bind != other.bind && means(one, other) && means(other, one)
}

fn is_in_quotes(part: &str) -> bool {
    QUOTES.iter().any(|(open, close)| {
        part.strip_prefix(*open)
            .is_some_and(|rest| rest.ends_with(*close))
    })
}

fn backend_of(scheme: Scheme) -> DbBackend {
    match scheme {
        Scheme::Postgres => DbBackend::Postgres,
        Scheme::MySql => DbBackend::MySql,
        Scheme::Sqlite => DbBackend::Sqlite,
    }
}

fn twice(path: KeyPath, entry: &Entry<'_>, first: &Entry<'_>) -> Finding {
    let table = quoted(entry.text);
    let bind = quoted(first.bind);
    let finding = match (first.bind == entry.bind, first.text == entry.text) {
        (true, _) => Finding::new(path, format!("{table} a second time"), "each table once"),
        (false, true) => {
            let found = format!("{table}, which bind {bind} has too");
            Finding::new(path, found, "each table in one bind")
        }
        (false, false) => {
            let found = format!("{table}, which bind {bind} has as {}", quoted(first.text));
            Finding::new(path, found, "each table in one bind")
        }
    };
    finding.about(About::ShownValue)
}
