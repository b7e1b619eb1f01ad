use crate::observe::{Fault, Refusal};

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
///
/// `is_last`: the session ends with it. It may be a pooler's, which has few codes: PgBouncer has 08P01 for all.
pub(super) fn fault(code: &str, is_last: bool, connecting: bool) -> Option<Fault> {
    match code {
        // admin_shutdown: an open session hears it also from `pg_terminate_backend()`.
        "57P01" if !connecting => Some(Fault::Ended),
        // admin_shutdown, crash_shutdown, cannot_connect_now.
        "57P01" | "57P02" | "57P03" => Some(Fault::Unavailable),
        // idle_session_timeout. Not idle_in_transaction_session_timeout (25P03) and transaction_timeout (25P04): they end
        // the connection, too, and what was slow is the application.
        "57P05" => Some(Fault::Lost),
        "25006" | "25P03" | "25P04" => None,
        "53300" => Some(Fault::TooManyConnections),
        // insufficient_resources, disk_full, out_of_memory. Not configuration_limit_exceeded (53400), with which a
        // statement exceeds `temp_file_limit`.
        "53000" | "53100" | "53200" => Some(Fault::Exhausted),
        // system_error, io_error, data_corrupted, index_corrupted. Not undefined_file (58P01), which is also that
        // of a statement that names one.
        "58000" | "58030" | "XX001" | "XX002" => Some(Fault::Storage),
        _ if connecting => on_connect(code),
        // Of the others a slave's may be a conflict with recovery (40001, 57P04), which is no fault of the node.
        _ => (is_last && code.starts_with("08")).then_some(Fault::Lost),
    }
}

/// Whether what the statement did is rolled back, as with each error after which the session goes on. Not with those of
/// who only passes it on: `connection_exception` (class 08, of a pooler or a foreign server), `statement_completion_unknown`
/// (40003), `operator_intervention`, `system_error`, `internal_error` (57P, 58, XX).
pub(super) fn is_undone(code: &str, is_last: bool) -> bool {
    let is_open = ["08", "40003", "57P", "58", "XX"]
        .iter()
        .any(|open| code.starts_with(open));
    // These two end the session of one that sends nothing.
    matches!(code, "25P03" | "25P04") || !is_last && !is_open
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

/// `invalid_authorization_specification`, `invalid_password`.
pub(super) fn is_of_login(code: &str) -> bool {
    matches!(code, "28000" | "28P01")
}

/// `read_only_sql_transaction`, also for commands that can't run "during recovery", is of the statement. All else may
/// be of this server alone: conflicts with recovery (40001, 40P01, 57P04), "recovery is in progress" (55000), unlogged
/// relations (0A000), a lock of what is being replayed (55P03), a schema, right, function or datum that has not arrived
/// yet (the classes 42, 3F, 22, 21, P0 and more):
/// <https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-CONFLICT>,
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
pub(super) fn refusal(code: &str) -> Option<Refusal> {
    match code {
        "25006" => Some(Refusal::OfStatement),
        // query_canceled, also by a timeout; configuration_limit_exceeded: somebody found that it costs too much.
        "57014" | "53400" => None,
        _ => Some(Refusal::OfState),
    }
}

/// Whether a statement has the error before it begins: names, types, rights and literals are looked at then, and relations
/// that can't be read during recovery. The classes are those of features, statement names, catalogues, schemas and
/// syntax, and 22P02 is a text that is no value of its type.
pub(super) fn is_of_plan(code: &str) -> bool {
    let class = code.get(..2).unwrap_or_default();
    matches!(class, "0A" | "26" | "3D" | "3F" | "42") || code == "22P02"
}

/// Whether the connection prepared the statement before a table got other columns ("cached plan must not change result
/// type"): there it fails for ever.
/// <https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/cache/plancache.c>.
pub(super) fn is_of_old_plan(routine: Option<&str>) -> bool {
    routine == Some("RevalidateCachedQuery")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgres_refuses_for_the_statement_or_for_its_state() {
        assert_eq!(refusal("25006"), Some(Refusal::OfStatement));
        for code in [
            "55000", "40001", "40P01", "57P04", "0A000", "55P03", "42P01", "42703", "42883",
            "3F000", "42704", "42P02", "42501", "42601", "42804", "22P02", "22003", "21000",
            "P0001", "XX000",
        ] {
            assert_eq!(refusal(code), Some(Refusal::OfState), "{code}");
        }
        for code in ["57014", "53400"] {
            assert_eq!(refusal(code), None, "{code}");
        }
    }
}
