use sea_orm::DbErr;

/// Whether a server refused a statement because the session, the transaction or the server is read-only.
///
/// Such a statement has done nothing, so it may run elsewhere.
pub(crate) fn is_read_only_refusal(error: &DbErr) -> bool {
    #[cfg(any(
        feature = "sqlx-postgres",
        feature = "sqlx-mysql",
        feature = "sqlx-sqlite"
    ))]
    {
        driver::database_error(error).is_some_and(driver::is_refusal)
    }
    #[cfg(not(any(
        feature = "sqlx-postgres",
        feature = "sqlx-mysql",
        feature = "sqlx-sqlite"
    )))]
    {
        let _ = error;
        false
    }
}

#[cfg(any(
    feature = "sqlx-postgres",
    feature = "sqlx-mysql",
    feature = "sqlx-sqlite"
))]
mod driver {
    use sea_orm::{
        DbErr, RuntimeErr,
        sqlx::{Error, error::DatabaseError},
    };

    pub(super) fn database_error(error: &DbErr) -> Option<&dyn DatabaseError> {
        let (DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error))
        | DbErr::Conn(RuntimeErr::SqlxError(error))) = error
        else {
            return None;
        };
        match error.as_ref() {
            Error::Database(error) => Some(error.as_ref()),
            _ => None,
        }
    }

    pub(super) fn is_refusal(error: &dyn DatabaseError) -> bool {
        #[cfg(feature = "sqlx-postgres")]
        if let Some(error) = error.try_downcast_ref::<sea_orm::SqlxPostgresError>() {
            return is_postgres_refusal(error.code());
        }
        #[cfg(feature = "sqlx-mysql")]
        if let Some(error) = error.try_downcast_ref::<sea_orm::SqlxMySqlError>() {
            return is_mysql_refusal(error.number());
        }
        #[cfg(feature = "sqlx-sqlite")]
        if error
            .try_downcast_ref::<sea_orm::SqlxSqliteError>()
            .is_some()
        {
            return error.code().is_some_and(|code| is_sqlite_refusal(&code));
        }
        false
    }

    /// `read_only_sql_transaction`, which a standby also raises for what it can't do "during recovery":
    /// <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
    #[cfg(feature = "sqlx-postgres")]
    fn is_postgres_refusal(code: &str) -> bool {
        code == "25006"
    }

    /// `ER_OPTION_PREVENTS_STATEMENT` (`--read-only`), `ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION` and
    /// `ER_READ_ONLY_MODE`: <https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html>.
    #[cfg(feature = "sqlx-mysql")]
    fn is_mysql_refusal(number: u16) -> bool {
        matches!(number, 1290 | 1792 | 1836)
    }

    /// `SQLITE_READONLY` and its extended codes, which have it in their low byte:
    /// <https://www.sqlite.org/rescode.html#readonly>.
    #[cfg(feature = "sqlx-sqlite")]
    fn is_sqlite_refusal(code: &str) -> bool {
        const SQLITE_READONLY: u32 = 8;
        code.parse::<u32>()
            .is_ok_and(|code| code & 0xff == SQLITE_READONLY)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[cfg(feature = "sqlx-sqlite")]
        #[test]
        fn sqlite_extended_codes_are_refusals_too() {
            let refusals = ["8", "264", "520", "776", "1032", "1288", "1544"];
            assert!(refusals.iter().all(|code| is_sqlite_refusal(code)));
            let others = ["1", "5", "9", "14", "787", "2067", "", "x"];
            assert!(!others.iter().any(|code| is_sqlite_refusal(code)));
        }

        #[cfg(feature = "sqlx-mysql")]
        #[test]
        fn mysql_refuses_with_three_numbers() {
            assert!([1290, 1792, 1836].into_iter().all(is_mysql_refusal));
            assert!(![1062, 1213, 1205, 1142].into_iter().any(is_mysql_refusal));
        }

        #[cfg(feature = "sqlx-postgres")]
        #[test]
        fn postgres_refuses_with_one_state() {
            assert!(is_postgres_refusal("25006"));
            assert!(
                !["25001", "40001", "57P01", "23505"]
                    .into_iter()
                    .any(is_postgres_refusal)
            );
        }
    }
}
