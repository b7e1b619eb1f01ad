use super::{Class, Reason};

/// Words without which no text changes a schema.
const WORDS: &[&str] = &[
    "CREATE", "ALTER", "DROP", "RENAME", "GRANT", "REVOKE", "IMPORT", "REASSIGN",
];

impl Class {
    /// Whether the statement `sql`, of which this is the class, may change what sessions find on the server: a table, a
    /// column, a type, a right. That of a temporary table alone does not.
    ///
    /// Nothing tells of what a procedure does that it calls.
    pub(crate) fn changes_schema(&self, sql: &str) -> bool {
        match &self.reason {
            // That of a temporary table has another reason.
            Reason::Defines(_) | Reason::Into(_) => true,
            // Of these it is not known what they do.
            Reason::Runs(_)
            | Reason::SeveralStatements
            | Reason::ExecutableComment
            | Reason::AmbiguousString
            | Reason::TooLong
            | Reason::Unparsed => words(sql).any(|word| is_any(word, WORDS)),
            _ => false,
        }
    }
}

fn words(sql: &str) -> impl Iterator<Item = &str> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    sql.split(move |letter| !is_word(letter))
        .filter(|word| !word.is_empty())
}

fn is_any(word: &str, known: &[&str]) -> bool {
    known.iter().any(|known| word.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;

    use crate::classify::{Functions, classify};

    #[test]
    fn what_other_sessions_find_otherwise() {
        let cases = [
            ("CREATE TABLE t (n int)", true),
            ("/* x */ alter table t add column m int", true),
            ("DROP INDEX i", true),
            ("CREATE TYPE mood AS ENUM ('glad')", true),
            ("ALTER TYPE mood ADD VALUE 'sad'", true),
            (
                "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
                true,
            ),
            ("GRANT SELECT ON t TO app", true),
            ("COMMENT ON TABLE t IS 'x'", false),
            ("SELECT 1 AS n INTO t", true),
            ("DO $$ BEGIN CREATE TYPE mood AS ENUM (); END $$", true),
            ("UPDATE t SET n = 1; CREATE TABLE u (n int)", true),
            ("IMPORT FOREIGN SCHEMA s FROM SERVER r INTO t", true),
            ("CREATE TEMP TABLE t (n int)", false),
            ("CREATE TEMPORARY TABLE t (n int)", false),
            ("create or replace global temporary table t (n int)", false),
            ("DROP TEMPORARY TABLE t", false),
            ("ALTER TABLE temp ADD COLUMN m int", true),
            ("DROP TABLE temp", true),
            ("CREATE INDEX i ON temp (a)", true),
            ("/* temp */ ALTER TABLE t ADD COLUMN m int", true),
            ("INSERT INTO t VALUES (1)", false),
            ("UPDATE t SET n = 1; DELETE FROM t", false),
            ("VACUUM t", false),
            ("CALL bake()", false),
            ("SELECT 'CREATE TABLE'", false),
        ];
        for (sql, expected) in cases {
            let class = classify(DbBackend::Postgres, sql, &Functions::default());
            assert_eq!(
                class.changes_schema(sql),
                expected,
                "{sql}: {}",
                class.reason
            );
        }
    }
}
