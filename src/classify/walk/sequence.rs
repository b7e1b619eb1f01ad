use sea_orm::DbBackend;

use super::super::lexer::{Reading, SqlText};
use super::super::{ObjectKind, Usage};
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
    pub(super) fn sequence(&mut self, function: &Name<'_>, open: usize) {
        let is = |name: &str| function.name.eq_ignore_ascii_case(name);
        let takes_sequence = FUNCTIONS.into_iter().any(is);
        match self.text.backend {
            DbBackend::MySql if takes_sequence => self.sequence_at(open + 1),
            DbBackend::Postgres if takes_sequence => {
                self.named_in_string(open + 1, |walk, name| {
                    walk.tables.add_object(ObjectKind::Sequence, name);
                });
            }
            DbBackend::Postgres if is("pg_get_serial_sequence") => {
                self.named_in_string(open + 1, |walk, name| walk.tables.add(name, Usage::Read));
            }
            _ => {}
        }
    }

    pub(super) fn sequence_at(&mut self, at: usize) {
        if let Some(name) = Name::at(self.text, at) {
            self.tables.add_object(ObjectKind::Sequence, &name);
        }
    }

    /// The string at a position, also where a type stands before it: `regclass 's'`, `CAST('s' AS regclass)`.
    fn string_at(&self, at: usize) -> Option<&str> {
        let casts = self.text.is_raw(at, "CAST") && self.text.is_symbol(at + 1, b'(');
        let string = match () {
            () if self.text.is_string(at) => at,
            () if casts => at + 2,
            () => at + 1,
        };
        (self.text.is_string(string)).then(|| self.text.raw(string))
    }

    /// A name in a string follows the rules of a name in SQL: `'app."Counter"'`.
    fn named_in_string(&mut self, at: usize, note: impl FnOnce(&mut Self, &Name<'_>)) {
        let Some(inner) = self.string_at(at).map(plain) else {
            return;
        };
        let inner = SqlText::read(DbBackend::Postgres, &inner, Reading::default());
        if let Some(name) = Name::at(&inner, 0).filter(|name| name.end == inner.len()) {
            note(self, &name);
        }
    }
}

/// The text of a string without escapes: `'…'`, `E'…'`, `U&'…'` or `$tag$…$tag$`.
fn plain(raw: &str) -> String {
    if let Some(tagged) = raw.strip_prefix('$') {
        let inner = tagged.split_once('$').map_or("", |(_, rest)| rest);
        return inner
            .rsplit_once('$')
            .map_or("", |(rest, _)| rest)
            .rsplit_once('$')
            .map_or_else(String::new, |(inner, _)| inner.to_owned());
    }
    let quoted = raw
        .strip_prefix(['u', 'U'])
        .and_then(|raw| raw.strip_prefix('&'));
    let quoted = quoted.unwrap_or_else(|| raw.trim_start_matches(['e', 'E']));
    let inner = quoted
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    match inner {
        Some(inner) if !inner.contains('\\') => inner.replace("''", "'"),
        _ => String::new(),
    }
}
