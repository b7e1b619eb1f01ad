use sea_orm::DbBackend;

use super::super::lexer::{Keyword, Reading, SqlText};
use super::super::walk::Name;

/// The query of a `CREATE VIEW` as SQLite keeps it.
pub(crate) fn query_of_view(sql: &str) -> Option<&str> {
    let text = SqlText::read(DbBackend::Sqlite, sql, Reading::default());
    let view = (0..text.len()).find(|at| text.is(*at, Keyword::View))?;
    let mut at = view + 1;
    if text.is(at, Keyword::If) {
        at += 3;
    }
    at = Name::at(&text, at)?.end;
    if text.is_symbol(at, b'(') {
        at = text.closing(at)? + 1;
    }
    text.is(at, Keyword::As).then(|| text.rest(at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_of_a_view_stands_behind_its_name_and_columns() {
        let cases = [
            ("CREATE VIEW v AS SELECT 1 AS a", Some("SELECT 1 AS a")),
            (
                "CREATE VIEW \"as\" (\"view\", b) AS /* as */ SELECT 1, 2",
                Some("SELECT 1, 2"),
            ),
            (
                "CREATE VIEW IF NOT EXISTS main.v as WITH x AS (SELECT 1) SELECT * FROM x",
                Some("WITH x AS (SELECT 1) SELECT * FROM x"),
            ),
            ("CREATE TABLE v (a)", None),
        ];
        for (sql, query) in cases {
            assert_eq!(query_of_view(sql), query, "{sql}");
        }
    }
}
