use std::sync::Arc;

use sea_orm::DbBackend;

use super::{facts::Fact, hazards::Hazards, kinship::Kinship};
use crate::{
    classify::{Access, Class, Functions, Reason, Usage},
    session::TableKey,
};

/// What the binds' catalogues say of relations: which a slave can't answer for, and which are one table.
#[derive(Debug, Default)]
pub(crate) struct Relations {
    postgres: Hazards,
    mysql: Hazards,
    sqlite: Hazards,
    kinship: Kinship,
}

impl Relations {
    pub(super) fn of<'f>(
        found: impl Iterator<Item = (DbBackend, &'f [Fact])> + Clone,
        functions: &Functions,
    ) -> Self {
        let mut relations = Self {
            kinship: Kinship::of(found.clone().flat_map(|(_, facts)| facts)),
            ..Self::default()
        };
        for (backend, facts) in found {
            let hazards = match backend {
                DbBackend::Postgres => &mut relations.postgres,
                DbBackend::MySql => &mut relations.mysql,
                _ => &mut relations.sqlite,
            };
            hazards.add(backend, facts, functions);
        }
        relations
    }

    /// Makes a read a write if it reads what is more than a table.
    pub(crate) fn amend(&self, backend: DbBackend, class: &mut Class) {
        if !class.is_read() && !class.asks_server() {
            return;
        }
        let Some(reason) = self.hazards(backend).against(backend, class) else {
            return;
        };
        if class.is_read() || matches!(reason, Reason::Hides(_)) {
            class.access = Access::Write;
            class.reason = reason;
        }
    }

    /// The tables that a read depends on or a write changes; none where that is not known.
    pub(crate) fn touched(&self, backend: DbBackend, class: &Class) -> Arc<[TableKey]> {
        let keys = |least| {
            let named = class.tables.iter();
            named
                .filter(move |table| table.usage >= least)
                .map(|table| TableKey::new(&table.name))
        };
        match &class.reason {
            _ if class.is_read() => self.kinship.read(keys(Usage::Read)).into(),
            Reason::Writes(_) | Reason::WritesInWith(_) | Reason::LocksRows
                if !self.has_effect(backend, class) =>
            {
                self.kinship.written(keys(Usage::Write)).into()
            }
            _ => Arc::default(),
        }
    }

    fn has_effect(&self, backend: DbBackend, class: &Class) -> bool {
        let hazards = self.hazards(backend);
        let mut tables = class.tables.iter();
        tables.any(|table| hazards.has_effect(backend, table))
    }

    fn hazards(&self, backend: DbBackend) -> &Hazards {
        match backend {
            DbBackend::Postgres => &self.postgres,
            DbBackend::MySql => &self.mysql,
            _ => &self.sqlite,
        }
    }
}
