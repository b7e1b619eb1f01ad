use sea_orm::DbBackend;

use super::{
    lexer::{Reading, SqlText},
    verb,
};

/// What a statement does, in one word of a fixed list: `db.operation.name` of OpenTelemetry, and a label of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Operation(u8);

/// All words. What begins with another one is the last.
const WORDS: [&str; 32] = [
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "PREPARE",
    "ALTER",
    "ANALYZE",
    "CALL",
    "COPY",
    "CREATE",
    "DO",
    "DROP",
    "EXECUTE",
    "EXPLAIN",
    "GRANT",
    "LOAD",
    "LOCK",
    "MERGE",
    "PRAGMA",
    "REFRESH",
    "REPLACE",
    "SET",
    "SHOW",
    "TRUNCATE",
    "VACUUM",
    "VALUES",
    "OTHER",
];

const OTHER: u8 = WORDS.len() as u8 - 1;

/// What may follow the tables of a `WITH`.
const AFTER_WITH: [&str; 7] = [
    "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "VALUES",
];

impl Operation {
    #[cfg(feature = "metrics")]
    pub(crate) const COUNT: usize = WORDS.len();

    /// That of a text, wherever its comments, brackets and `WITH` stand.
    pub(crate) fn of(backend: DbBackend, sql: &str) -> Self {
        let first = verb(backend, sql);
        match first.is_empty() || first.eq_ignore_ascii_case("WITH") {
            true => Self::behind_brackets(backend, sql),
            false => Self::named(first),
        }
    }

    /// That of a word.
    pub(crate) fn named(word: &str) -> Self {
        let found = WORDS
            .iter()
            .position(|known| known.eq_ignore_ascii_case(word));
        Self(found.and_then(|at| u8::try_from(at).ok()).unwrap_or(OTHER))
    }

    pub(crate) fn name(self) -> &'static str {
        WORDS.get(self.index()).copied().unwrap_or("OTHER")
    }

    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }

    fn behind_brackets(backend: DbBackend, sql: &str) -> Self {
        let text = SqlText::read(backend, sql, Reading::default());
        let opening = (0..text.len())
            .take_while(|at| text.is_symbol(*at, b'('))
            .count();
        let first = text.raw(opening);
        if !first.eq_ignore_ascii_case("WITH") {
            return Self::named(first);
        }
        let mut depth = 0_usize;
        for at in opening..text.len() {
            match text.raw(at) {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                word if depth == 0
                    && AFTER_WITH
                        .iter()
                        .any(|known| known.eq_ignore_ascii_case(word)) =>
                {
                    return Self::named(word);
                }
                _ => {}
            }
        }
        Self(OTHER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_the_verb_that_counts() {
        let texts = [
            ("SELECT 1", "SELECT"),
            ("  -- trace\nselect 1", "SELECT"),
            ("/* a */ insert INTO cake VALUES (1)", "INSERT"),
            ("(SELECT 1) UNION SELECT 2", "SELECT"),
            ("((TABLE cake))", "OTHER"),
            (
                "WITH a AS (DELETE FROM cake RETURNING id) SELECT * FROM a",
                "SELECT",
            ),
            (
                "with recursive a(n) as (select 1) insert into cake select n from a",
                "INSERT",
            ),
            (
                "WITH a AS (SELECT ')' AS b) UPDATE cake SET name = 'SELECT'",
                "UPDATE",
            ),
            ("(WITH a AS (VALUES (1)) SELECT * FROM a)", "SELECT"),
            ("CREATE TABLE cake (id int)", "CREATE"),
            ("frobnicate", "OTHER"),
            ("", "OTHER"),
            ("WITH", "OTHER"),
            ("日本", "OTHER"),
        ];
        for (text, expected) in texts {
            assert_eq!(
                Operation::of(DbBackend::Postgres, text).name(),
                expected,
                "{text}"
            );
        }
        assert_eq!(Operation::named("commit").name(), "COMMIT");
    }
}
