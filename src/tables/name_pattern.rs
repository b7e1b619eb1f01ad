use std::borrow::Cow;

use sea_orm::DbBackend;
use wildmatch::WildMatch;

use crate::classify::as_long_as_postgres_takes;

/// A name, perhaps with `*` and `?`, compared as each server tells names apart.
#[derive(Debug)]
pub(crate) struct NamePattern {
    written: String,
    /// Of one with `*` or `?`.
    matches: Option<Matches>,
}

#[derive(Debug)]
struct Matches {
    /// By what PostgreSQL keeps of a name.
    kept: WildMatch,
    written: WildMatch,
    /// SQLite takes only the letters of ASCII for the same in both cases.
    of_ascii: WildMatch,
    folded: WildMatch,
}

impl NamePattern {
    /// A name as it is.
    pub(super) fn name(name: &str) -> Self {
        Self {
            written: name.to_owned(),
            matches: None,
        }
    }

    pub(super) fn new(pattern: &str) -> Self {
        let matches = pattern.contains(['*', '?']).then(|| Matches {
            kept: WildMatch::new(kept_of_pattern(pattern)),
            written: WildMatch::new(pattern),
            of_ascii: WildMatch::new(&pattern.to_ascii_lowercase()),
            folded: WildMatch::new(&pattern.to_lowercase()),
        });
        Self {
            matches,
            ..Self::name(pattern)
        }
    }

    pub(super) fn is_pattern(&self) -> bool {
        self.matches.is_some()
    }

    pub(super) fn takes_all(&self) -> bool {
        self.is_pattern()
            && self
                .written
                .chars()
                .all(|letter| matches!(letter, '*' | '?'))
    }

    pub(super) fn matches(&self, backend: DbBackend, name: &str) -> bool {
        match &self.matches {
            None => is_one_name(backend, &self.written, name),
            Some(matches) => match backend {
                DbBackend::Postgres => matches.kept.matches(as_long_as_postgres_takes(name)),
                DbBackend::Sqlite => matches.of_ascii.matches(&name.to_ascii_lowercase()),
                _ => matches.folded.matches(&lowercase(name)),
            },
        }
    }

    /// Whether that is so in the case as it is written, too.
    pub(super) fn is_spelt(&self, backend: DbBackend, name: &str) -> bool {
        match &self.matches {
            _ if backend == DbBackend::Postgres => true,
            None => self.written == name,
            Some(matches) => matches.written.matches(name),
        }
    }

    pub(super) fn written(&self) -> &str {
        &self.written
    }
}

/// SQLite's names have no case in ASCII; MySQL's have, by file system.
pub(crate) fn is_one_name(backend: DbBackend, one: &str, other: &str) -> bool {
    match backend {
        DbBackend::Postgres => as_long_as_postgres_takes(one) == as_long_as_postgres_takes(other),
        DbBackend::Sqlite => one.eq_ignore_ascii_case(other),
        _ => one == other || lowercase(one) == lowercase(other),
    }
}

/// As much of a pattern as can match what PostgreSQL keeps of a name: all of it, if it is as long behind its first `*`.
fn kept_of_pattern(pattern: &str) -> &str {
    let kept = as_long_as_postgres_takes(pattern);
    match kept.len() < pattern.find('*').unwrap_or(pattern.len()) {
        true => kept,
        false => pattern,
    }
}

/// Most names are in lower case as they stand.
pub(crate) fn lowercase(name: &str) -> Cow<'_, str> {
    let is_lower = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    match name.bytes().all(is_lower) {
        true => Cow::Borrowed(name),
        false => Cow::Owned(name.to_lowercase()),
    }
}
