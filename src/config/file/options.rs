use super::{
    reader::{Entry, Reader},
    section::Section,
    value::{BALANCE, COUNT, DURATION, FUNCTION, LEVEL, SEED, SWITCH, TEXT},
};
use crate::config::{FunctionsConfig, PoolConfig, RoutingConfig};

const POOL_OPTIONS: &[&str] = &[
    "max_connections",
    "min_connections",
    "acquire_timeout",
    "connect_timeout",
    "idle_timeout",
    "max_lifetime",
    "statement_log",
    "schema_search_path",
    "application_name",
    "statement_timeout",
];

const FUNCTION_LISTS: &[&str] = &["read", "write"];

const ROUTING_OPTIONS: &[&str] = &["balance", "seed", "echo"];

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
        balance: section
            .value(reader, "balance", &BALANCE)
            .unwrap_or_default(),
        seed: section.value(reader, "seed", &SEED),
        echo: section.value(reader, "echo", &SWITCH).unwrap_or_default(),
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
