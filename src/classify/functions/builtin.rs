use sea_orm::DbBackend;

use super::{lists::Lists, mysql, postgres, sqlite};

/// What a built-in function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Builtin {
    /// Nothing that outlives the statement.
    Read,
    /// Something that needs the master.
    Write,
    /// Nothing, but it tells of the server that is asked.
    Server,
    /// Changes, or depends on, what the connection remembers.
    Session,
}

/// What the server's own function of a lower-case name does, if there is one.
pub(super) fn builtin(backend: DbBackend, name: &str) -> Option<Builtin> {
    let lists = lists(backend);
    let has = |list: &[&str]| list.binary_search(&name).is_ok();
    if has(lists.reads) {
        Some(Builtin::Read)
    } else if has(lists.writes) {
        Some(Builtin::Write)
    } else if has(lists.session) {
        Some(Builtin::Session)
    } else {
        has(lists.server).then_some(Builtin::Server)
    }
}

fn lists(backend: DbBackend) -> &'static Lists {
    match backend {
        DbBackend::Postgres => &postgres::LISTS,
        DbBackend::MySql => &mysql::LISTS,
        _ => &sqlite::LISTS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_lower_case_and_disjoint() {
        for backend in [DbBackend::Postgres, DbBackend::MySql, DbBackend::Sqlite] {
            let lists = lists(backend);
            for list in [lists.reads, lists.writes, lists.session, lists.server] {
                assert!(list.is_sorted_by(|left, right| left < right), "{backend:?}");
            }
            let all = [lists.reads, lists.writes, lists.session, lists.server].concat();
            let distinct: std::collections::HashSet<_> = all.iter().collect();
            assert_eq!(distinct.len(), all.len(), "{backend:?}");
        }
    }
}
