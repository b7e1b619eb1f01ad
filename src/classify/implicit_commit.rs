use sea_orm::DbBackend;

use super::verb;

/// What MySQL and MariaDB commit a transaction before, and often after.
/// <https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html>
const VERBS: &[&str] = &[
    "ALTER",
    "ANALYZE",
    "CACHE",
    "CHECK",
    "CREATE",
    "DROP",
    "FLUSH",
    "GRANT",
    "IMPORT",
    "INSTALL",
    "LOCK",
    "OPTIMIZE",
    "RENAME",
    "REPAIR",
    "RESET",
    "REVOKE",
    "TRUNCATE",
    "UNINSTALL",
];

/// Whether a statement ends the transaction that it stands in, and with it the snapshot that its reads had.
pub(crate) fn commits_implicitly(backend: DbBackend, sql: &str) -> bool {
    let verb = verb(backend, sql);
    backend == DbBackend::MySql && VERBS.iter().any(|known| verb.eq_ignore_ascii_case(known))
}
