use sea_orm::DbBackend;

use super::lexer::{Reading, SqlText};

/// Whether a setting asks for a transaction that writes nothing: `READ ONLY`, or the variable that says it.
pub(crate) fn asks_for_read_only(backend: DbBackend, sql: &str) -> bool {
    let text = SqlText::read(backend, sql, Reading::default());
    let is_variable = |at: usize| {
        let name = text.raw(at).trim_matches(['\'', '"', '`']);
        let name = name.to_ascii_lowercase();
        name.ends_with("transaction_read_only") || name.ends_with("tx_read_only")
    };
    (0..text.len())
        .any(|at| text.is_raw(at, "READ") && text.is_raw(at + 1, "ONLY") || is_variable(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_only_reads_is_told_from_one_that_reads_what_is_committed() {
        let asks = |sql| asks_for_read_only(DbBackend::Postgres, sql);
        for sql in [
            "SET TRANSACTION READ ONLY",
            "set transaction isolation level repeatable read,/* a */read\nonly",
            "SET LOCAL transaction_read_only = on",
            "SELECT set_config('transaction_read_only', 'on', true)",
        ] {
            assert!(asks(sql), "{sql}");
        }
        for sql in [
            "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "SET LOCAL app.tenant = 'bread only'",
            "SET LOCAL app.said = 'already' /* READ ONLY */",
        ] {
            assert!(!asks(sql), "{sql}");
        }
        assert!(asks_for_read_only(
            DbBackend::MySql,
            "SET @@transaction_read_only = 1"
        ));
        assert!(asks_for_read_only(
            DbBackend::MySql,
            "SET SESSION TRANSACTION READ ONLY"
        ));
    }
}
