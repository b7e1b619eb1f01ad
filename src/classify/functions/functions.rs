use std::borrow::Cow;
use std::collections::HashMap;

use sea_orm::DbBackend;

use super::super::{Access, Reason};
use super::CallName;
use super::builtin::{Builtin, builtin};
use super::relations::{RelationArguments, told_relations};

/// The functions that are known: each server's built-ins and the names that were added.
///
/// An added name wins over the built-in of the same name, and the last addition wins over the ones
/// before it. A name is written as in SQL, with its schema or without: `app.tax`, `"AddTax"`. Without
/// quotes it is matched regardless of case; on PostgreSQL a name in quotes is matched as written.
/// A call with a schema is only matched by a name with that schema.
///
/// ```
/// use sea_orm::DbBackend;
/// use sea_orm_routing::classify::{Access, Functions, classify};
///
/// let functions = Functions::builtin().with("app.tax", Access::Read);
/// assert!(classify(DbBackend::Postgres, "SELECT app.tax(10)", &functions).is_read());
/// assert!(!classify(DbBackend::Postgres, "SELECT tax(10)", &functions).is_read());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Functions {
    added: HashMap<String, Access>,
    /// The arguments of functions that a catalogue told of which are names of relations.
    naming: HashMap<String, u32>,
}

impl Functions {
    /// The built-ins of every server, and nothing else.
    pub fn builtin() -> Self {
        Self::default()
    }

    /// Adds a function, or replaces what is known about it.
    #[must_use]
    pub fn with(mut self, name: impl AsRef<str>, access: Access) -> Self {
        self.added.insert(normalized(name.as_ref()), access);
        self
    }

    /// Adds a function that was found in a database, unless one of its name is known to write.
    ///
    /// A database may have a harmless function of the name of one that writes: which of the two a call means
    /// depends on its arguments.
    #[must_use]
    pub(crate) fn with_found(self, name: impl AsRef<str>, access: Access) -> Self {
        let name = name.as_ref();
        match access == Access::Read && self.writes(&normalized(name)) {
            true => self,
            false => self.with(name, access),
        }
    }

    /// Notes that arguments of a function are names of relations: those whose bits are set.
    #[must_use]
    pub(crate) fn that_names_relations(mut self, name: &str, places: u32) -> Self {
        *self.naming.entry(normalized(name)).or_default() |= places;
        self
    }

    /// Which strings PostgreSQL takes for names of relations that are given to this function.
    pub(crate) fn relation_arguments(&self, call: &CallName<'_>) -> Option<RelationArguments> {
        let is_own = call.schema.as_deref().is_none_or(|of| of == "pg_catalog");
        let added = || {
            let name = match &call.schema {
                Some(schema) => Cow::Owned(format!("{schema}.{}", call.name)),
                None => Cow::Borrowed(call.name.as_ref()),
            };
            self.naming.get(name.as_ref()).copied()
        };
        let own = is_own.then(|| told_relations(&call.name)).flatten();
        own.or_else(|| added().map(RelationArguments::At))
    }

    fn writes(&self, normalized: &str) -> bool {
        let backends = [DbBackend::Postgres, DbBackend::MySql, DbBackend::Sqlite];
        let writes = |backend| {
            matches!(
                builtin(backend, normalized),
                Some(Builtin::Write | Builtin::Session)
            )
        };
        self.added.get(normalized) == Some(&Access::Write) || backends.into_iter().any(writes)
    }

    /// Whether a function of that name was added, whatever its schema.
    pub(crate) fn has_added(&self, name: &str) -> bool {
        self.added.keys().any(|added| {
            let own = added.rsplit('.').next().unwrap_or(added);
            own.eq_ignore_ascii_case(name)
        })
    }

    /// What a call does, or `None` for a function that nobody told us about.
    pub(crate) fn effect(&self, backend: DbBackend, call: &CallName<'_>) -> Option<Builtin> {
        self.added_effect(backend, call)
            .or_else(|| known(backend, call))
    }

    /// Whether a function that was added under this name writes.
    pub(crate) fn added_writes(&self, backend: DbBackend, call: &CallName<'_>) -> bool {
        self.added_effect(backend, call) == Some(Builtin::Write)
    }

    /// Whether the server's own function of this name is in our lists.
    pub(crate) fn knows(&self, backend: DbBackend, name: &str) -> bool {
        builtin(backend, name).is_some()
    }

    /// Whether the server's own function of this name leaves no trace and answers alike on every server.
    pub(crate) fn reads(&self, backend: DbBackend, name: &str) -> bool {
        builtin(backend, name) == Some(Builtin::Read)
    }

    /// Why a slave may not call a function of this schema and name, as a catalogue has them; `None` if it may.
    pub(crate) fn against(&self, backend: DbBackend, schema: &str, name: &str) -> Option<Reason> {
        let call = CallName {
            schema: Some(schema.into()),
            name: name.into(),
            quoted: true,
        };
        let title = match (backend, schema) {
            (DbBackend::Postgres, "pg_catalog") => name.to_owned(),
            _ => format!("{schema}.{name}"),
        };
        match self.effect(backend, &call) {
            Some(Builtin::Read) => None,
            Some(Builtin::Server) => Some(Reason::AsksServer(title)),
            Some(Builtin::Session) => Some(Reason::Session(title)),
            Some(Builtin::Write) => Some(Reason::Calls(title)),
            None => Some(Reason::UnknownFunction(title)),
        }
    }

    fn added_effect(&self, backend: DbBackend, call: &CallName<'_>) -> Option<Builtin> {
        if self.added.is_empty() {
            return None;
        }
        let name = match &call.schema {
            Some(schema) => Cow::Owned(format!("{schema}.{}", call.name)),
            None => Cow::Borrowed(call.name.as_ref()),
        };
        let effect = match backend {
            DbBackend::Postgres => self.added.get(name.as_ref()),
            _ => self.added.get(&name.to_ascii_lowercase()),
        };
        effect.map(|effect| match effect {
            Access::Read => Builtin::Read,
            Access::Write => Builtin::Write,
        })
    }
}

/// A schema hides the built-ins, except PostgreSQL's own schema; quotes hide MySQL's.
fn known(backend: DbBackend, call: &CallName<'_>) -> Option<Builtin> {
    let reachable = match &call.schema {
        Some(schema) => backend == DbBackend::Postgres && schema == "pg_catalog",
        None => !(call.quoted && backend == DbBackend::MySql),
    };
    if !reachable {
        return None;
    }
    match backend {
        DbBackend::Postgres => builtin(backend, &call.name),
        _ => builtin(backend, &call.name.to_ascii_lowercase()),
    }
}

/// Unquoted parts in lower case, quoted ones without their quotes.
fn normalized(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    let mut quote = None;
    for character in name.trim().chars() {
        match (character, quote) {
            ('"' | '`', None) => quote = Some(character),
            (_, Some(open)) if open == character => quote = None,
            (_, Some(_)) => normal.push(character),
            (_, None) => normal.push(character.to_ascii_lowercase()),
        }
    }
    normal
}
