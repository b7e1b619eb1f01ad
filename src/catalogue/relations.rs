use std::sync::Arc;

use sea_orm::DbBackend;

use super::{facts::Fact, hazards::Hazards, kinship::Kinship};
use crate::{
    classify::{Class, Functions, Reason, Usage},
    session::TableKey,
};

/// What the binds' catalogues say of relations: which a slave can't answer for, and which are one table.
#[derive(Debug, Default)]
pub(crate) struct Relations {
    postgres: OfServer,
    mysql: OfServer,
    sqlite: OfServer,
}

/// The same of one kind of server.
#[derive(Debug, Default)]
struct OfServer {
    hazards: Hazards,
    kinship: Kinship,
}

impl Relations {
    pub(super) fn of<'f>(
        found: impl Iterator<Item = (DbBackend, &'f [Fact])>,
        functions: &Functions,
    ) -> Self {
        let mut relations = Self::default();
        for (backend, facts) in found {
            let known = match backend {
                DbBackend::Postgres => &mut relations.postgres,
                DbBackend::MySql => &mut relations.mysql,
                _ => &mut relations.sqlite,
            };
            known.hazards.add(backend, facts, functions);
            known.kinship.add(backend, facts);
        }
        relations
    }

    /// Makes a read a write if it reads what is more than a table.
    pub(crate) fn amend(&self, backend: DbBackend, class: &mut Class) {
        if !class.is_read() && !class.asks_server() {
            return;
        }
        let Some(reason) = self.known(backend).hazards.against(backend, class) else {
            return;
        };
        if class.is_read() || matches!(reason, Reason::Hides(_)) {
            class.amend(reason);
        }
    }

    /// The tables that a read depends on or a write changes; none where that is not known.
    pub(crate) fn touched(&self, backend: DbBackend, class: &Class) -> Arc<[TableKey]> {
        let OfServer { hazards, kinship } = self.known(backend);
        let tables = class.tables.iter();
        match &class.reason {
            _ if class.is_read() => kinship.read(backend, tables),
            Reason::Writes(_) | Reason::WritesInWith(_) | Reason::LocksRows
                if !tables
                    .clone()
                    .any(|table| hazards.has_effect(backend, table)) =>
            {
                let written = tables.filter(|table| table.usage >= Usage::Write);
                kinship.written(backend, written)
            }
            _ => Arc::default(),
        }
    }

    fn known(&self, backend: DbBackend) -> &OfServer {
        match backend {
            DbBackend::Postgres => &self.postgres,
            DbBackend::MySql => &self.mysql,
            _ => &self.sqlite,
        }
    }
}
