use std::collections::{HashMap, HashSet};

use super::super::lexer::SqlText;
use super::comparison::{Compared, Comparisons};
use super::table_rows::{column, string};

/// Which columns hold the schema, or the database, of the name in a column. Those of the second list count where none of the first
/// is said.
const SCHEMAS: [(&[&str], &[&str], &[&str]); 7] = [
    (
        &["table_name"],
        &[
            "database_name",
            "db",
            "db_name",
            "schemaname",
            "table_schema",
        ],
        &["constraint_schema", "index_schema", "trigger_schema"],
    ),
    (
        &["referenced_table_name"],
        &["referenced_table_schema"],
        &["unique_constraint_schema"],
    ),
    (&["event_object_table"], &["event_object_schema"], &[]),
    (&["foreign_table_name"], &["foreign_table_schema"], &[]),
    (&["view_name"], &["view_schema"], &[]),
    (&["object_name"], &["object_schema"], &[]),
    (
        &["matviewname", "relname", "tablename", "viewname"],
        &["nspname", "relnamespace", "schemaname"],
        &[],
    ),
];

/// More work than anybody's text makes is not done; then no name has a schema.
const MOST_STEPS: usize = 4_000_000;

/// The schemas that the conditions of a text say of its names.
pub(super) struct RowSchemas<'t> {
    text: &'t SqlText<'t>,
    compared: &'t Comparisons,
    schemas: Vec<Schema<'t>>,
    /// Those in rows of values, by their row.
    rows: HashMap<usize, Vec<usize>>,
    /// What is joined by `relnamespace`.
    namespaces: HashSet<Option<String>>,
    is_little: bool,
}

struct Schema<'t> {
    compared: &'t Compared,
    column: String,
    relation: Option<String>,
    said: String,
}

/// Whether a column holds a schema.
pub(super) fn is_schema(column: &str) -> bool {
    SCHEMAS
        .iter()
        .any(|(_, first, second)| first.contains(&column) || second.contains(&column))
}

impl<'t> RowSchemas<'t> {
    pub(super) fn of(text: &'t SqlText<'t>, compared: &'t Comparisons) -> Self {
        let schemas: Vec<_> = (compared.found.iter())
            .filter_map(|found| {
                let column = column(text, found);
                let said = string(text, found).filter(|_| is_schema(&column))?;
                Some(Schema {
                    relation: relation(text, found.column),
                    compared: found,
                    column,
                    said,
                })
            })
            .collect();
        let mut rows: HashMap<usize, Vec<usize>> = HashMap::new();
        for (number, schema) in schemas.iter().enumerate() {
            if let Some(row) = schema.compared.row {
                rows.entry(row).or_default().push(number);
            }
        }
        let pairs = (compared.found.len() - schemas.len()).saturating_mul(schemas.len());
        Self {
            text,
            compared,
            is_little: pairs.saturating_mul(compared.depth()) <= MOST_STEPS,
            rows,
            namespaces: match schemas.is_empty() {
                true => HashSet::new(),
                false => namespaces(text),
            },
            schemas,
        }
    }

    /// The one schema that is said of a name where it is.
    pub(super) fn of_name(&self, name: &Compared) -> Option<String> {
        let column = column(self.text, name);
        let (_, first, second) = SCHEMAS
            .iter()
            .find(|(names, ..)| names.contains(&column.as_str()))?;
        let of_row = name.row.and_then(|row| self.rows.get(&row));
        let found: Vec<&Schema<'_>> = match of_row {
            Some(row) => row
                .iter()
                .filter_map(|number| self.schemas.get(*number))
                .collect(),
            None if self.is_little => self.together(name),
            None => Vec::new(),
        };
        let one_of = |columns: &[&str]| {
            let mut said = found
                .iter()
                .filter(|schema| columns.contains(&schema.column.as_str()))
                .map(|schema| &schema.said);
            let first = said.next()?;
            Some(said.all(|other| other == first).then(|| first.clone()))
        };
        one_of(first).or_else(|| one_of(second)).flatten()
    }

    /// Those of the same relation that hold for the same rows, else those that may be of any.
    fn together(&self, name: &Compared) -> Vec<&Schema<'_>> {
        let of = relation(self.text, name.column);
        let (own, others): (Vec<_>, Vec<_>) = (self.schemas.iter())
            .filter(|schema| self.compared.hold_together(name, schema.compared))
            .partition(|schema| schema.relation == of && schema.column != "nspname");
        let may_be = |schema: &&Schema<'_>| match schema.column.as_str() {
            "nspname" => self.namespaces.contains(&schema.relation),
            _ => schema.relation.is_none() || of.is_none(),
        };
        match own.is_empty() {
            true => others.into_iter().filter(may_be).collect(),
            false => own,
        }
    }
}

/// What a column belongs to, as far as that is written.
fn relation(text: &SqlText<'_>, column: usize) -> Option<String> {
    let relation = column
        .checked_sub(2)
        .filter(|_| text.follows_symbol(column, b'.'))?;
    Some(text.name(relation).to_ascii_lowercase())
}

/// The relations whose `oid` is compared with a `relnamespace`: `n.oid = c.relnamespace`. What names no relation is joined if
/// anything is.
fn namespaces(text: &SqlText<'_>) -> HashSet<Option<String>> {
    let mut joined = HashSet::new();
    for at in (0..text.len()).filter(|at| text.is_raw(*at, "relnamespace")) {
        joined.insert(None);
        let start = match text.follows_symbol(at, b'.') {
            true => at.saturating_sub(2),
            false => at,
        };
        if text.follows_symbol(start, b'=') && text.is_raw(start.wrapping_sub(2), "oid") {
            joined.insert(relation(text, start - 2));
        }
        let behind = at + 2;
        if text.is_symbol(at + 1, b'=') && text.is_raw(behind + 2, "oid") {
            joined.insert(relation(text, behind + 2));
        }
    }
    joined
}
