use super::Reason;

/// What a statement does beyond reading or writing rows, as far as its way depends on it. Its [`Reason`] says the same to
/// people, and more; nothing may depend on those words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Action {
    /// `SET`.
    Sets,
    /// `DECLARE`.
    OpensCursor,
    /// Makes or drops a temporary table, or another object that only its connection has.
    MakesTemporary,
    /// Defines a table or an index.
    DefinesTable,
    /// Anything else.
    #[default]
    Other,
}

/// Why a statement is no read, and what it does.
#[derive(Clone, Debug)]
pub(crate) struct Culprit {
    pub(crate) reason: Reason,
    pub(crate) action: Action,
}

impl Culprit {
    /// It makes or drops a temporary table.
    pub(super) fn temporary() -> Self {
        Self {
            reason: Reason::Session("temporary table".to_owned()),
            action: Action::MakesTemporary,
        }
    }
}

impl From<Reason> for Culprit {
    fn from(reason: Reason) -> Self {
        Self {
            reason,
            action: Action::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;

    use super::*;
    use crate::classify::{Functions, classify};

    #[test]
    fn statement_does_the_first_thing_that_is_found() {
        use Action as A;
        use sea_orm::DatabaseBackend::{MySql, Postgres, Sqlite};
        let cases = [
            (Postgres, "SET search_path = a", A::Sets),
            (Postgres, "set local search_path = a", A::Sets),
            (MySql, "SET @a = 1", A::Sets),
            (MySql, "SET GLOBAL a = 1", A::Other),
            (Postgres, "RESET search_path", A::Other),
            (Postgres, "SELECT set_config('a', 'b', false)", A::Other),
            (Postgres, "DECLARE c CURSOR FOR SELECT 1", A::OpensCursor),
            (Postgres, "EXPLAIN DECLARE c CURSOR FOR SELECT 1", A::Other),
            (Postgres, "FETCH c", A::Other),
            (Postgres, "CREATE TEMP TABLE t (n int)", A::MakesTemporary),
            (
                Postgres,
                "CREATE TEMP VIEW v AS SELECT 1",
                A::MakesTemporary,
            ),
            (Postgres, "SELECT 1 AS n INTO TEMP t", A::MakesTemporary),
            (
                Postgres,
                "EXPLAIN ANALYZE SELECT 1 AS n INTO TEMP t",
                A::MakesTemporary,
            ),
            (Postgres, "SELECT nextval('s') INTO TEMP t", A::Other),
            (Postgres, "SELECT 1 AS n INTO t", A::Other),
            (Sqlite, "CREATE TEMPORARY TABLE t (n)", A::MakesTemporary),
            (MySql, "DROP TEMPORARY TABLE t", A::MakesTemporary),
            (Postgres, "CREATE TABLE t (n int)", A::DefinesTable),
            (Postgres, "CREATE INDEX i ON t (n)", A::DefinesTable),
            (Postgres, "EXPLAIN CREATE TABLE t AS SELECT 1", A::Other),
            (MySql, "RENAME TABLE t TO u", A::DefinesTable),
            // Nothing is said of which table.
            (
                Postgres,
                "ALTER TABLE ALL IN TABLESPACE a SET TABLESPACE b",
                A::Other,
            ),
            (Postgres, "CREATE VIEW v AS SELECT 1", A::Other),
            (Postgres, "CREATE TYPE mood AS ENUM ('glad')", A::Other),
            (
                Postgres,
                "CREATE TABLE t (n int); CREATE TABLE u (n int)",
                A::Other,
            ),
            (Postgres, "SELECT 1", A::Other),
        ];
        for (backend, sql, expected) in cases {
            let class = classify(backend, sql, &Functions::default());
            assert_eq!(class.action, expected, "{sql}: {}", class.reason);
        }
    }

    #[test]
    fn what_a_catalogue_tells_takes_its_place() {
        let mut class = classify(
            DbBackend::Postgres,
            "SET search_path = a",
            &Functions::default(),
        );
        class.amend(Reason::Hides("v".to_owned()));
        assert_eq!(class.action, Action::Other);
    }
}
