use sea_orm::DbBackend;

use super::{mysql, postgres, sqlite};

/// What a built-in function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Builtin {
    /// Nothing that outlives the statement.
    Read,
    /// Something that needs the master.
    Write,
    /// Changes, or depends on, what the connection remembers.
    Session,
}

/// One server's built-ins, each list sorted and in lower case.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) reads: &'static [&'static str],
    pub(super) writes: &'static [&'static str],
    pub(super) session: &'static [&'static str],
}

impl Tables {
    fn of(backend: DbBackend) -> &'static Self {
        match backend {
            DbBackend::Postgres => &postgres::TABLES,
            DbBackend::MySql => &mysql::TABLES,
            _ => &sqlite::TABLES,
        }
    }
}

/// What the server's own function of a lower-case name does, if there is one.
pub(super) fn builtin(backend: DbBackend, name: &str) -> Option<Builtin> {
    let tables = Tables::of(backend);
    let has = |list: &[&str]| list.binary_search(&name).is_ok();
    if has(tables.reads) {
        Some(Builtin::Read)
    } else if has(tables.writes) {
        Some(Builtin::Write)
    } else if has(tables.session) {
        Some(Builtin::Session)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_lower_case_and_disjoint() {
        for backend in [DbBackend::Postgres, DbBackend::MySql, DbBackend::Sqlite] {
            let tables = Tables::of(backend);
            for list in [tables.reads, tables.writes, tables.session] {
                assert!(list.is_sorted_by(|left, right| left < right), "{backend:?}");
            }
            let all = [tables.reads, tables.writes, tables.session].concat();
            let distinct: std::collections::HashSet<_> = all.iter().collect();
            assert_eq!(distinct.len(), all.len(), "{backend:?}");
        }
    }
}
