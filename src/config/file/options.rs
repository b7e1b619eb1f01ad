use super::{
    reader::{Entry, Reader},
    section::Section,
    value::{
        BALANCE, CONSISTENCY, COUNT, DURATION, FRESHNESS, FUNCTION, LEVEL, ON_NO_SLAVE, ROLES,
        SEED, SWITCH, TEXT,
    },
};
use crate::config::{FailoverConfig, FunctionsConfig, PoolConfig, ReadsConfig, RoutingConfig};

const POOL_OPTIONS: &[&str] = &[
    "max_connections",
    "min_connections",
    "acquire_timeout",
    "connect_timeout",
    "idle_timeout",
    "max_lifetime",
    "ping_after_idle",
    "statement_log",
    "schema_search_path",
    "application_name",
    "statement_timeout",
];

const FUNCTION_LISTS: &[&str] = &["read", "write"];

const ROUTING_OPTIONS: &[&str] = &[
    "balance",
    "consistency",
    "max_lag",
    "readmit_lag",
    "wait",
    "freshness",
    "on_no_slave",
    "max_master_reads",
    "roles",
    "hold_writes",
    "seed",
    "echo",
];

/// The options of `pool`, on any level.
pub(super) fn pool(reader: &mut Reader<'_>, entry: Option<Entry<'_>>) -> PoolConfig {
    let section = entry
        .and_then(|entry| Section::read(reader, entry, "a mapping of pool options", POOL_OPTIONS));
    let Some(section) = section else {
        return PoolConfig::default();
    };
    PoolConfig {
        max_connections: section.value(reader, "max_connections", &COUNT),
        min_connections: section.value(reader, "min_connections", &COUNT),
        acquire_timeout: section.value(reader, "acquire_timeout", &DURATION),
        connect_timeout: section.value(reader, "connect_timeout", &DURATION),
        idle_timeout: section.value(reader, "idle_timeout", &DURATION),
        max_lifetime: section.value(reader, "max_lifetime", &DURATION),
        ping_after_idle: section.value(reader, "ping_after_idle", &DURATION),
        statement_log: section.value(reader, "statement_log", &LEVEL),
        schema_search_path: section.value(reader, "schema_search_path", &TEXT),
        application_name: section.value(reader, "application_name", &TEXT),
        statement_timeout: section.value(reader, "statement_timeout", &DURATION),
    }
}

/// The options of `routing`.
pub(super) fn routing(reader: &mut Reader<'_>, entry: Option<Entry<'_>>) -> RoutingConfig {
    let section = entry.and_then(|entry| {
        Section::read(
            reader,
            entry,
            "a mapping of routing options",
            ROUTING_OPTIONS,
        )
    });
    let Some(section) = section else {
        return RoutingConfig::default();
    };
    RoutingConfig {
        balance: section.value(reader, "balance", &BALANCE),
        reads: reads(reader, &section),
        failover: failover(reader, &section),
        seed: section.value(reader, "seed", &SEED),
        echo: section.value(reader, "echo", &SWITCH),
    }
}

/// The options of reads, which stand among others.
pub(super) fn reads(reader: &mut Reader<'_>, section: &Section<'_>) -> ReadsConfig {
    ReadsConfig {
        consistency: section.value(reader, "consistency", &CONSISTENCY),
        max_lag: section.value(reader, "max_lag", &DURATION),
        readmit_lag: section.value(reader, "readmit_lag", &DURATION),
        wait: section.value(reader, "wait", &DURATION),
        freshness: section.value(reader, "freshness", &FRESHNESS),
        on_no_slave: section.value(reader, "on_no_slave", &ON_NO_SLAVE),
        max_master_reads: section.value(reader, "max_master_reads", &COUNT),
    }
}

/// The options of failovers, which stand among others.
pub(super) fn failover(reader: &mut Reader<'_>, section: &Section<'_>) -> FailoverConfig {
    FailoverConfig {
        roles: section.value(reader, "roles", &ROLES),
        hold_writes: section.value(reader, "hold_writes", &DURATION),
    }
}

/// The lists of `functions`.
pub(super) fn functions(reader: &mut Reader<'_>, entry: Option<Entry<'_>>) -> FunctionsConfig {
    let expected = "a mapping of `read` and `write` to lists of functions";
    let section = entry.and_then(|entry| Section::read(reader, entry, expected, FUNCTION_LISTS));
    let Some(section) = section else {
        return FunctionsConfig::default();
    };
    let expected = "a list of function names";
    FunctionsConfig {
        read: section.texts(reader, "read", expected, &FUNCTION),
        write: section.texts(reader, "write", expected, &FUNCTION),
    }
}
