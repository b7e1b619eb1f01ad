use sea_orm::DbErr;

/// Why a slave could not run what looked like a read. The statement has done nothing, so it may run elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(any(feature = "sqlx-sqlite", feature = "sqlx-postgres")),
    allow(dead_code, reason = "drivers make it")
)]
pub(crate) enum Refusal {
    /// The statement writes, and the session, the transaction or the server is read-only.
    OfStatement,
    /// The server can't answer it in its present state, although another statement like it may be a read.
    OfState,
}

/// The refusal that an error is, if it is one.
pub(crate) fn refusal(error: &DbErr) -> Option<Refusal> {
    #[cfg(any(
        feature = "sqlx-postgres",
        feature = "sqlx-mysql",
        feature = "sqlx-sqlite"
    ))]
    {
        server::refusal(super::driver::database_error(error)?)
    }
    #[cfg(not(any(
        feature = "sqlx-postgres",
        feature = "sqlx-mysql",
        feature = "sqlx-sqlite"
    )))]
    {
        let _ = error;
        None
    }
}

#[cfg(any(
    feature = "sqlx-postgres",
    feature = "sqlx-mysql",
    feature = "sqlx-sqlite"
))]
pub(super) mod server {
    use super::Refusal;
    use sea_orm::sqlx::error::DatabaseError;

    pub(in crate::observe) fn refusal(error: &dyn DatabaseError) -> Option<Refusal> {
        #[cfg(feature = "sqlx-postgres")]
        if let Some(error) = error.try_downcast_ref::<sea_orm::SqlxPostgresError>() {
            return of_postgres(error.code());
        }
        #[cfg(feature = "sqlx-mysql")]
        if let Some(error) = error.try_downcast_ref::<sea_orm::SqlxMySqlError>() {
            return of_mysql(error.number());
        }
        #[cfg(feature = "sqlx-sqlite")]
        if error
            .try_downcast_ref::<sea_orm::SqlxSqliteError>()
            .is_some()
        {
            return of_sqlite(&error.code()?);
        }
        None
    }

    /// `read_only_sql_transaction`, also for commands that can't run "during recovery"; and
    /// `object_not_in_prerequisite_state`, with which functions say "recovery is in progress":
    /// <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
    #[cfg(feature = "sqlx-postgres")]
    fn of_postgres(code: &str) -> Option<Refusal> {
        match code {
            "25006" => Some(Refusal::OfStatement),
            "55000" => Some(Refusal::OfState),
            _ => None,
        }
    }

    /// `ER_OPTION_PREVENTS_STATEMENT`, `ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION` and `ER_READ_ONLY_MODE`:
    /// <https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html>.
    ///
    /// The option of the first may be another than `read_only`, which only the message says: then the master refuses
    /// the statement as well, or is asked once more whether it takes writes.
    #[cfg(feature = "sqlx-mysql")]
    fn of_mysql(number: u16) -> Option<Refusal> {
        matches!(number, 1290 | 1792 | 1836).then_some(Refusal::OfStatement)
    }

    /// `SQLITE_READONLY`, and its extended codes, which have it in their low byte and speak of the file:
    /// <https://www.sqlite.org/rescode.html#readonly>.
    #[cfg(feature = "sqlx-sqlite")]
    fn of_sqlite(code: &str) -> Option<Refusal> {
        const SQLITE_READONLY: u32 = 8;
        match code.parse::<u32>().ok()? {
            SQLITE_READONLY => Some(Refusal::OfStatement),
            code if code & 0xff == SQLITE_READONLY => Some(Refusal::OfState),
            _ => None,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[cfg(feature = "sqlx-sqlite")]
        #[test]
        fn sqlite_extended_codes_speak_of_the_file() {
            assert_eq!(of_sqlite("8"), Some(Refusal::OfStatement));
            for code in ["264", "520", "776", "1032", "1288", "1544"] {
                assert_eq!(of_sqlite(code), Some(Refusal::OfState), "{code}");
            }
            for code in ["1", "5", "9", "14", "787", "2067", "", "x"] {
                assert_eq!(of_sqlite(code), None, "{code}");
            }
        }

        #[cfg(feature = "sqlx-mysql")]
        #[test]
        fn mysql_refuses_with_three_numbers() {
            for number in [1290, 1792, 1836] {
                assert_eq!(of_mysql(number), Some(Refusal::OfStatement), "{number}");
            }
            for number in [1062, 1213, 1205, 1142] {
                assert_eq!(of_mysql(number), None, "{number}");
            }
        }

        #[cfg(feature = "sqlx-postgres")]
        #[test]
        fn postgres_refuses_for_the_statement_or_for_its_state() {
            assert_eq!(of_postgres("25006"), Some(Refusal::OfStatement));
            assert_eq!(of_postgres("55000"), Some(Refusal::OfState));
            for code in ["25001", "40001", "57P01", "23505"] {
                assert_eq!(of_postgres(code), None, "{code}");
            }
        }
    }
}
