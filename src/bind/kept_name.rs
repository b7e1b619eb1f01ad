//! Names, compared by what a server keeps of them.

use std::borrow::Cow;

use sea_orm::DbBackend;

use crate::classify::as_long_as_postgres_takes;

/// A name or an entry of `tables` in which each part is no longer than PostgreSQL keeps it, up to the first `*`.
pub(super) fn as_long_as_postgres_matches(name: &str) -> Cow<'_, str> {
    let is_long =
        |part: &str| as_long_as_postgres_takes(part).len() < part.find('*').unwrap_or(part.len());
    if !name.split('.').any(is_long) {
        return Cow::Borrowed(name);
    }
    let kept = name.split('.').map(|part| match is_long(part) {
        true => as_long_as_postgres_takes(part),
        false => part,
    });
    Cow::Owned(kept.collect::<Vec<_>>().join("."))
}

/// SQLite's names have no case; MySQL's databases have, by file system.
pub(super) fn is_one_name(backend: DbBackend, one: &str, other: &str) -> bool {
    match backend {
        DbBackend::Postgres => as_long_as_postgres_takes(one) == as_long_as_postgres_takes(other),
        _ => one.eq_ignore_ascii_case(other),
    }
}
