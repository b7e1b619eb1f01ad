use crate::observe::{Fault, Refusal};

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
pub(super) fn fault(code: &str, connecting: bool) -> Option<Fault> {
    match code {
        // admin_shutdown: an open session hears it also from `pg_terminate_backend()`.
        "57P01" if !connecting => Some(Fault::Ended),
        // admin_shutdown, crash_shutdown, cannot_connect_now.
        "57P01" | "57P02" | "57P03" => Some(Fault::Unavailable),
        // idle_session_timeout. Not idle_in_transaction_session_timeout (25P03) and transaction_timeout (25P04): they end
        // the connection, too, and what was slow is the application.
        "57P05" => Some(Fault::Lost),
        "53300" => Some(Fault::TooManyConnections),
        // insufficient_resources, disk_full, out_of_memory. Not configuration_limit_exceeded (53400), with which a
        // statement exceeds `temp_file_limit`.
        "53000" | "53100" | "53200" => Some(Fault::Exhausted),
        // system_error, io_error, data_corrupted, index_corrupted. Not undefined_file (58P01), which is also that
        // of a statement that names one.
        "58000" | "58030" | "XX001" | "XX002" => Some(Fault::Storage),
        _ if connecting => on_connect(code),
        _ => None,
    }
}

/// A statement can have these errors as well: of a foreign server, a `SET ROLE`, a missing parameter (08P01).
fn on_connect(code: &str) -> Option<Fault> {
    match code {
        // invalid_authorization_specification, invalid_password, invalid_catalog_name, insufficient_privilege,
        // sqlserver_rejected_establishment_of_sqlconnection.
        "28000" | "28P01" | "3D000" | "42501" | "08004" => Some(Fault::Rejected),
        // connection_exception, connection_does_not_exist, connection_failure: a proxy's, of the server behind it.
        "08000" | "08003" | "08006" => Some(Fault::Lost),
        "08P01" => Some(Fault::Protocol),
        _ => None,
    }
}

/// `read_only_sql_transaction`, also for commands that can't run "during recovery"; and
/// `object_not_in_prerequisite_state`, with which functions say "recovery is in progress":
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
pub(super) fn refusal(code: &str) -> Option<Refusal> {
    match code {
        "25006" => Some(Refusal::OfStatement),
        "55000" => Some(Refusal::OfState),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgres_refuses_for_the_statement_or_for_its_state() {
        assert_eq!(refusal("25006"), Some(Refusal::OfStatement));
        assert_eq!(refusal("55000"), Some(Refusal::OfState));
        for code in ["25001", "40001", "57P01", "23505"] {
            assert_eq!(refusal(code), None, "{code}");
        }
    }
}
