use sea_orm::DbBackend;

use super::super::ObjectKind;
use super::super::lexer::Keyword;
use super::super::walk::Name;
use super::Statement;

impl Statement<'_, '_> {
    /// The kind of object that a word says, where what follows is its name and nothing tells its table.
    pub(super) fn object_kind(&self, at: usize) -> Option<ObjectKind> {
        let raw = |word| self.text.is_raw(at, word);
        Some(match self.text.keyword(at)? {
            Keyword::Index => ObjectKind::Index,
            Keyword::Trigger => ObjectKind::Trigger,
            Keyword::Sequence => ObjectKind::Sequence,
            Keyword::View => ObjectKind::View,
            Keyword::Type => ObjectKind::Type,
            Keyword::Function | Keyword::Procedure => ObjectKind::Routine,
            Keyword::Event if self.text.is_mysql() => ObjectKind::Event,
            Keyword::Extension => ObjectKind::Extension,
            Keyword::Schema if self.text.backend == DbBackend::Postgres => ObjectKind::Schema,
            _ if raw("DOMAIN") => ObjectKind::Type,
            _ if raw("ROUTINE") || raw("AGGREGATE") => ObjectKind::Routine,
            _ if raw("COLLATION") => ObjectKind::Collation,
            _ if raw("STATISTICS") => ObjectKind::Statistics,
            _ if raw("PUBLICATION") => ObjectKind::Publication,
            _ if raw("SUBSCRIPTION") => ObjectKind::Subscription,
            _ if raw("SERVER") && self.text.backend == DbBackend::Postgres => ObjectKind::Server,
            _ => return None,
        })
    }

    /// Records the objects behind their kind: `a, b (int), c`.
    pub(super) fn objects(&mut self, at: usize) {
        let Some(kind) = self.object_kind(at) else {
            return;
        };
        let mut next = self.after_conditions(at + 1);
        while let Some(name) = Name::at(self.text, next) {
            self.tables.add_object(kind, &name);
            next = match self.text.is_symbol(name.end, b'(') {
                true => self
                    .text
                    .closing(name.end)
                    .map_or(name.end, |close| close + 1),
                false => name.end,
            };
            if !self.text.is_symbol(next, b',') {
                return;
            }
            next += 1;
        }
    }

    /// `OWNED BY table.column` of a sequence.
    pub(super) fn owner(&mut self, at: usize) {
        if self.object_kind(at) != Some(ObjectKind::Sequence) {
            return;
        }
        let from = at + 2;
        let owned = (from..self.end())
            .find(|at| self.text.is_raw(*at, "OWNED") && self.text.is(*at + 1, Keyword::By));
        if let Some(owned) = owned {
            // It goes with its table, which only a name that is an object's lets it do.
            self.objects(at);
            self.table_of_column(owned + 2);
        }
    }
}
