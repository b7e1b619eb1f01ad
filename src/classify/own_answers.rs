use sea_orm::DbBackend;

/// Views of `pg_catalog` that each server fills for itself, besides its statistics.
const POSTGRES: [&str; 16] = [
    "pg_aios",
    "pg_backend_memory_contexts",
    "pg_cursors",
    "pg_dsm_registry_allocations",
    "pg_file_settings",
    "pg_hba_file_rules",
    "pg_ident_file_mappings",
    "pg_locks",
    "pg_prepared_statements",
    "pg_prepared_xacts",
    "pg_replication_origin_status",
    "pg_replication_slots",
    "pg_sequences",
    "pg_settings",
    "pg_shmem_allocations",
    "pg_shmem_allocations_numa",
];

/// Views of MySQL's and MariaDB's `information_schema` that each server fills for itself, besides families of names.
const IN_SCHEMA: [&str; 12] = [
    "all_plugins",
    "disks",
    "engines",
    // A replica has them disabled.
    "events",
    "feedback",
    "files",
    "key_caches",
    "optimizer_trace",
    "plugins",
    "processlist",
    "profiling",
    "resource_groups",
];

/// Whether a relation shows the server that is asked, its connections, locks, statistics and settings, and not the
/// data that all nodes have.
pub(crate) fn is_own_answer(backend: DbBackend, schema: Option<&str>, name: &str) -> bool {
    match backend {
        DbBackend::Postgres => {
            let is_own = matches!(schema, None | Some("pg_catalog")) && POSTGRES.contains(&name);
            is_own || name.starts_with("pg_stat_") || name.starts_with("pg_statio_")
        }
        DbBackend::MySql => schema.is_some_and(|schema| {
            is_own_of_mysql(&schema.to_ascii_lowercase(), &name.to_ascii_lowercase())
        }),
        _ => ["sqlite_temp_master", "sqlite_temp_schema"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known)),
    }
}

fn is_own_of_mysql(schema: &str, name: &str) -> bool {
    let starts = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
    let ends = |words: &[&str]| words.iter().any(|word| name.ends_with(word));
    match schema {
        "performance_schema" | "sys" => true,
        "information_schema" => {
            starts(&[
                "innodb_",
                "metadata_lock",
                "query_",
                "thread_pool_",
                "wsrep_",
            ]) || ends(&["_costs", "_status", "_variables", "_statistics"])
                || IN_SCHEMA.contains(&name)
        }
        "mysql" => starts(&[
            "component",
            "engine_cost",
            "event",
            "general_log",
            "gtid_",
            "innodb_",
            "plugin",
            "replication_",
            "server_cost",
            "slave_",
            "slow_log",
        ]),
        _ => false,
    }
}
