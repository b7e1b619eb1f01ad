use crate::observe::{Fault, Refusal};

/// <https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html>,
/// <https://dev.mysql.com/doc/mysql-errors/8.0/en/global-error-reference.html> and
/// <https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference>.
pub(super) fn fault(number: u16, connecting: bool) -> Option<Fault> {
    match number {
        // ER_SERVER_SHUTDOWN: to an open session it may be the state of one that is killed (`KILL_CONNECTION` in MySQL's
        // `sql_class.h`), which MySQL 8 tells nobody.
        1053 if !connecting => Some(Fault::Ended),
        // ER_SERVER_SHUTDOWN, ER_SERVER_OFFLINE_MODE, ER_SERVER_ISNT_AVAILABLE; and ER_UNKNOWN_COM_ERROR, which a
        // Galera node gives to every statement while it is not in the cluster.
        1053 | 3032 | 3168 | 1047 => Some(Fault::Unavailable),
        // ER_ABORTING_CONNECTION, ER_NEW_ABORTING_CONNECTION, ER_NET_READ_ERROR_FROM_PIPE to
        // ER_NET_WRITE_INTERRUPTED, MariaDB's ER_CONNECTION_KILLED, MySQL's ER_SESSION_WAS_KILLED and
        // ER_CLIENT_INTERACTION_TIMEOUT (on MariaDB this number is a mistake in `CREATE TRIGGER`).
        // CR_CONNECTION_ERROR, CR_CONN_HOST_ERROR, CR_SERVER_GONE_ERROR, CR_SERVER_LOST, CR_SERVER_LOST_EXTENDED: a client's
        // numbers, which a proxy passes on that is one.
        1152 | 1184 | 1158..=1161 | 1927 | 3169 | 4031 | 2002 | 2003 | 2006 | 2013 | 2055 => {
            Some(Fault::Lost)
        }
        // ER_CON_COUNT_ERROR, ER_TOO_MANY_USER_CONNECTIONS, ER_USER_LIMIT_REACHED.
        1040 | 1203 | 1226 => Some(Fault::TooManyConnections),
        // ER_DISK_FULL, ER_OUTOFMEMORY, ER_OUT_OF_RESOURCES, ER_CANT_CREATE_THREAD, EE_OUTOFMEMORY, EE_DISK_FULL. Not
        // ER_OUT_OF_SORTMEMORY (1038) and ER_RECORD_FILE_FULL (1114), which also are limits of one statement or table.
        1021 | 1037 | 1041 | 1135 | 5 | 20 => Some(Fault::Exhausted),
        // EE_READ, EE_WRITE, ER_ERROR_ON_READ, ER_ERROR_ON_WRITE, ER_GET_ERRNO (among others a full disk), ER_NOT_KEYFILE,
        // ER_CRASHED_ON_USAGE, ER_CRASHED_ON_REPAIR.
        2 | 3 | 1024 | 1026 | 1030 | 1034 | 1194 | 1195 => Some(Fault::Storage),
        _ if connecting => on_connect(number),
        _ => None,
    }
}

/// Whether what the statement did is rolled back, as with each error of a server that goes on (in tables that can). Not
/// certain are a client's numbers (2000 to 2999), of a proxy that is one, and `ER_ERROR_DURING_COMMIT` (1180),
/// `ER_ERROR_DURING_ROLLBACK`, `ER_ERROR_DURING_FLUSH_LOGS`, `ER_ERROR_DURING_CHECKPOINT`.
pub(super) fn is_undone(number: u16) -> bool {
    let ends = matches!(
        fault(number, false),
        Some(Fault::Unavailable | Fault::Ended | Fault::Lost | Fault::Storage)
    );
    !ends && !matches!(number, 1180..=1183 | 2000..=2999)
}

/// A statement can have these errors as well: one that names a database, or that sends a malformed parameter.
fn on_connect(number: u16) -> Option<Fault> {
    match number {
        // ER_DBACCESS_DENIED_ERROR, ER_ACCESS_DENIED_ERROR, ER_BAD_DB_ERROR, ER_HOST_IS_BLOCKED,
        // ER_HOST_NOT_PRIVILEGED, ER_NOT_SUPPORTED_AUTH_MODE, ER_ACCESS_DENIED_NO_PASSWORD_ERROR,
        // ER_MUST_CHANGE_PASSWORD_LOGIN, ER_ACCOUNT_HAS_BEEN_LOCKED of MySQL and of MariaDB.
        1044 | 1045 | 1049 | 1129 | 1130 | 1251 | 1698 | 1862 | 3118 | 4151 => {
            Some(Fault::Rejected)
        }
        // ER_HANDSHAKE_ERROR, ER_NET_PACKETS_OUT_OF_ORDER, ER_NET_UNCOMPRESS_ERROR, ER_MALFORMED_PACKET.
        1043 | 1156 | 1157 | 1835 => Some(Fault::Protocol),
        _ => None,
    }
}

/// `ER_ACCESS_DENIED_ERROR`, `ER_ACCESS_DENIED_NO_PASSWORD_ERROR`.
pub(super) fn is_of_login(number: u16) -> bool {
    matches!(number, 1045 | 1698)
}

/// `ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION` refuses a write, but it is the session that is read-only, and not the
/// server.
pub(super) fn is_of_transaction(number: u16) -> bool {
    number == 1792
}

/// `ER_OPTION_PREVENTS_STATEMENT`, `ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION` and `ER_READ_ONLY_MODE` are of the
/// statement: <https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html>.
///
/// The option of the first may be another than `read_only`, which only the message says: then the master refuses
/// the statement as well, or is asked once more whether it takes writes.
///
/// All else may be of this server alone: what has not been replayed yet (1054, 1146, 1305, 1049, 1412 and more), and
/// locks and deadlocks with what is being replayed (1205, 1213).
pub(super) fn refusal(number: u16) -> Option<Refusal> {
    match number {
        1290 | 1792 | 1836 => Some(Refusal::OfStatement),
        // ER_QUERY_INTERRUPTED, ER_FILSORT_ABORT, MariaDB's ER_STATEMENT_TIMEOUT, MySQL's ER_QUERY_TIMEOUT: somebody
        // found that it costs too much.
        1317 | 1028 | 1969 | 3024 => None,
        _ => Some(Refusal::OfState),
    }
}

/// Whether a statement has the error, as a rule, before it begins: `ER_BAD_DB_ERROR`, `ER_BAD_FIELD_ERROR`,
/// `ER_NON_UNIQ_ERROR`, `ER_PARSE_ERROR`, `ER_TABLEACCESS_DENIED_ERROR`, `ER_COLUMNACCESS_DENIED_ERROR`,
/// `ER_NO_SUCH_TABLE`, `ER_KEY_DOES_NOT_EXITS`, `ER_SP_DOES_NOT_EXIST`.
pub(super) fn is_of_plan(number: u16) -> bool {
    matches!(
        number,
        1049 | 1052 | 1054 | 1064 | 1142 | 1143 | 1146 | 1176 | 1305
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mysql_refuses_for_the_statement_or_for_its_state() {
        for number in [1290, 1792, 1836] {
            assert_eq!(refusal(number), Some(Refusal::OfStatement), "{number}");
        }
        for number in [
            1146, 1054, 1305, 1049, 1412, 1205, 1213, 1142, 1064, 1630, 3101,
        ] {
            assert_eq!(refusal(number), Some(Refusal::OfState), "{number}");
        }
        for number in [1317, 1028, 1969, 3024] {
            assert_eq!(refusal(number), None, "{number}");
        }
    }
}
