use sea_orm::DbBackend;

use super::super::lexer::{Reading, SqlText};
use super::super::{ObjectKind, Usage};
use super::relation_names::Operand;
use super::{Name, Walk};

/// Functions whose first argument is a sequence: its name in a string on PostgreSQL, the name itself on MariaDB.
const FUNCTIONS: [&str; 6] = [
    "nextval",
    "currval",
    "lastval",
    "setval",
    "pg_sequence_last_value",
    "pg_get_sequence_data",
];

impl Walk<'_, '_> {
    /// Notes the sequence that a call is about, or the table whose sequence.
    pub(crate) fn sequence(&mut self, function: &Name<'_>, open: usize) {
        let is = |name: &str| function.name.eq_ignore_ascii_case(name);
        let takes_sequence = FUNCTIONS.into_iter().any(is);
        match self.text.backend {
            DbBackend::MySql if takes_sequence => self.sequence_at(open + 1),
            DbBackend::Postgres if takes_sequence => {
                self.named_in_string(open + 1, |walk, name| {
                    walk.tables.add_told_object(ObjectKind::Sequence, name);
                });
            }
            DbBackend::Postgres if is("pg_get_serial_sequence") => {
                self.named_in_string(open + 1, |walk, name| {
                    walk.tables.add_told(name, Usage::Read)
                });
            }
            _ => {}
        }
    }

    pub(crate) fn sequence_at(&mut self, at: usize) {
        if let Some(name) = Name::at(self.text, at) {
            self.tables.add_object(ObjectKind::Sequence, &name);
        }
    }

    /// The string that is all of an argument, in whatever casts and parentheses: `regclass 's'`, `CAST('s' AS regclass)`,
    /// `('s'::text)`. What is only a part of an expression says nothing.
    fn string_at(&self, at: usize) -> Option<String> {
        let mut start = at;
        while self.text.is_symbol(start, b'(') || self.text.is_raw(start, "CAST") {
            start += 1;
        }
        // A type's name.
        if self.text.is_name(start) && !self.text.is_symbol(start + 1, b'&') {
            start += 1;
        }
        let (string, end) = self.text.string(start)?;
        let operand = Operand::around(self.text, start, end);
        let begins = operand.start == at || start == at + 1 && operand.start == start;
        let ends = [b')', b',']
            .into_iter()
            .any(|symbol| self.text.is_symbol(operand.end, symbol));
        (begins && ends).then_some(string)
    }

    /// A name in a string follows the rules of a name in SQL: `'app."Counter"'`.
    fn named_in_string(&mut self, at: usize, note: impl FnOnce(&mut Self, &Name<'_>)) {
        let Some(inner) = self.string_at(at) else {
            return;
        };
        let inner = SqlText::read(DbBackend::Postgres, &inner, Reading::default());
        if let Some(name) = Name::at(&inner, 0).filter(|name| name.end == inner.len()) {
            note(self, &name);
        }
    }
}
