use sea_orm::DbBackend;

use super::super::lexer::{Keyword, TokenKind};
use super::super::walk::Name;
use super::super::{Object, ObjectKind};
use super::Statement;

impl Statement<'_, '_> {
    /// The kind of object that a word says, where what follows is its name and nothing tells its table.
    pub(super) fn object_kind(&self, at: usize) -> Option<ObjectKind> {
        let raw = |word| self.text.is_raw(at, word);
        let is_postgres = self.text.backend == DbBackend::Postgres;
        Some(match self.text.keyword(at)? {
            Keyword::Event if is_postgres && self.text.is(at + 1, Keyword::Trigger) => {
                ObjectKind::EventTrigger
            }
            Keyword::Foreign if self.text.is(at + 1, Keyword::Data) => ObjectKind::Wrapper,
            Keyword::Foreign if self.text.is_raw(at + 1, "SERVER") => ObjectKind::Server,
            Keyword::Operator if is_postgres => match self.class_of_operators(at) {
                true => ObjectKind::OperatorClass,
                false => ObjectKind::Operator,
            },
            Keyword::Index => ObjectKind::Index,
            Keyword::Trigger => ObjectKind::Trigger,
            Keyword::Sequence => ObjectKind::Sequence,
            Keyword::View => ObjectKind::View,
            Keyword::Type => ObjectKind::Type,
            Keyword::Function | Keyword::Procedure => ObjectKind::Routine,
            Keyword::Event if self.text.is_mysql() => ObjectKind::Event,
            Keyword::Extension => ObjectKind::Extension,
            Keyword::Schema if is_postgres => ObjectKind::Schema,
            _ if raw("DOMAIN") => ObjectKind::Type,
            _ if raw("ROUTINE") || raw("AGGREGATE") => ObjectKind::Routine,
            _ if raw("COLLATION") => ObjectKind::Collation,
            _ if raw("STATISTICS") => ObjectKind::Statistics,
            _ if raw("PUBLICATION") => ObjectKind::Publication,
            _ if raw("SUBSCRIPTION") => ObjectKind::Subscription,
            _ if raw("SERVER") && is_postgres => ObjectKind::Server,
            _ if raw("CONVERSION") && is_postgres => ObjectKind::Conversion,
            _ if raw("TEXT") && self.text.is(at + 1, Keyword::Search) => ObjectKind::TextSearch,
            _ if raw("WRAPPER") && is_postgres => ObjectKind::Wrapper,
            _ if raw("PACKAGE") => ObjectKind::Routine,
            _ if raw("LIBRARY") => ObjectKind::Library,
            _ => return None,
        })
    }

    fn class_of_operators(&self, at: usize) -> bool {
        self.text.is_any_raw(at + 1, &["CLASS", "FAMILY"])
    }

    /// The position after the words that say what an object is: `FOREIGN DATA WRAPPER`, `PACKAGE BODY`.
    pub(super) fn after_kind(&self, at: usize) -> usize {
        let words = match self.text.keyword(at) {
            Some(Keyword::Foreign) if self.text.is(at + 1, Keyword::Data) => 3,
            Some(Keyword::Foreign | Keyword::Event) if !self.text.is_mysql() => 2,
            Some(Keyword::Operator) if self.class_of_operators(at) => 2,
            Some(_) if self.text.is_raw(at, "TEXT") => 3,
            Some(_) if self.text.is_raw(at, "PACKAGE") && self.text.is_raw(at + 1, "BODY") => 2,
            _ => 1,
        };
        at + words
    }

    /// Records the objects behind their kind: `a, b (int), c`.
    pub(super) fn objects(&mut self, at: usize) {
        let Some(kind) = self.object_kind(at) else {
            return;
        };
        let mut next = self.after_conditions(self.after_kind(at));
        if kind == ObjectKind::Operator {
            return self.operator(next);
        }
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

    /// `s.<= (t, u)`
    fn operator(&mut self, at: usize) {
        let schema = Name::at(self.text, at).filter(|name| self.text.is_symbol(name.end, b'.'));
        let symbols = schema.as_ref().map_or(at, |schema| schema.end + 1);
        let name: String = (symbols..symbols + 64)
            .take_while(|at| {
                !self.text.is_symbol(*at, b'(')
                    && matches!(self.text.kind(*at), Some(TokenKind::Symbol(_)))
            })
            .map(|at| self.text.raw(at))
            .collect();
        let operator = Object {
            kind: ObjectKind::Operator,
            schema: schema.map(|schema| schema.name.into_owned()),
            name,
        };
        if !operator.name.is_empty() {
            self.tables.note_object(operator);
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
