use sea_orm::DbBackend;

use super::super::functions::{About, Pragma};
use super::super::lexer::{Keyword, TokenKind};
use super::super::table::is_of_all_tables;
use super::super::{ObjectKind, Reach, Reason, Usage};
use super::frame::{Clause, RowChange};
use super::{Name, Walk};

impl Walk<'_, '_> {
    /// A name where a table is expected: a table, a function that returns rows, or a word before one.
    /// Returns the position after it.
    pub(super) fn source(&mut self, at: usize) -> usize {
        match self.text.keyword(at) {
            Some(Keyword::Only) if self.text.backend == DbBackend::Postgres => return at + 1,
            // A name on SQLite, and on MariaDB where no query follows.
            Some(Keyword::Lateral)
                if self.text.backend == DbBackend::Postgres
                    || self.text.is_mysql()
                        && self.top.usage == Usage::Read
                        && self.text.is_symbol(at + 1, b'(') =>
            {
                return at + 1;
            }
            Some(_) if self.text.is_mysql() && self.text.follows_symbol(at, b'{') => return at + 1,
            Some(Keyword::Other) if self.is_value(at) => {
                // Only newer versions reserve it.
                if self.text.is_raw(at, "SYSTEM_USER")
                    && let Some(name) = Name::at(self.text, at)
                {
                    self.tables.add_perhaps(&name);
                }
                self.top.clause = Clause::Joined;
                self.table_end = Some(at + 1);
                return at + 1;
            }
            Some(Keyword::Rows) if self.text.is(at + 1, Keyword::From) => {
                self.top.clause = Clause::Joined;
                return at + 2;
            }
            Some(Keyword::Dual) if self.text.is_mysql() && !self.text.is_symbol(at + 1, b'.') => {
                self.top.clause = Clause::Joined;
                self.table_end = Some(at + 1);
                return at + 1;
            }
            _ => {}
        }
        let Some(name) = Name::at(self.text, at) else {
            self.top.clause = Clause::Joined;
            return at + 1;
        };
        self.top.clause = Clause::Joined;
        let is_function = self.text.is_symbol(name.end, b'(') && self.top.usage == Usage::Read;
        self.table_end = Some(name.end);
        if is_function && self.text.backend == DbBackend::Sqlite {
            self.table_with_arguments(&name);
        }
        match self.pragma(&name) {
            _ if is_function => {}
            Some(pragma) if self.top.usage == Usage::Read => self.read_pragma(&name, pragma),
            _ => self.found(&name),
        }
        name.end
    }

    /// SQLite's virtual tables take arguments as functions do: `words('b')`, and a pragma's first is what it is about.
    pub(super) fn table_with_arguments(&mut self, name: &Name<'_>) {
        if is_of_all_tables(&name.name) {
            self.tables.note_told();
        }
        match self.pragma(name) {
            Some(pragma) => {
                let about = Pragma::about(pragma);
                self.told_by_condition(about);
                self.note_about(about, name.end + 1);
            }
            None if self
                .functions
                .knows(DbBackend::Sqlite, &name.name.to_ascii_lowercase()) => {}
            None => self.tables.add_perhaps(name),
        }
    }

    /// Notes what a pragma is about, from its first argument on. A string says it; a part of an expression, or a name that
    /// the server takes for a string where there is no such column, may say it.
    fn note_about(&mut self, about: Option<About>, from: usize) {
        let Some(about) = about else {
            return;
        };
        let mut is_first = true;
        let mut depth = 0usize;
        let is_whole = |at: usize| {
            self.text.is_string(at)
                && [b')', b',']
                    .into_iter()
                    .any(|symbol| self.text.is_symbol(at + 1, symbol))
        };
        for at in from..self.limit {
            match self.text.kind(at) {
                Some(TokenKind::Symbol(b'(')) => depth += 1,
                Some(TokenKind::Symbol(b')')) if depth == 0 => return,
                Some(TokenKind::Symbol(b')')) => depth -= 1,
                // The walk comes to a query, and to what that is about.
                Some(
                    TokenKind::Symbol(b';')
                    | TokenKind::Word(Keyword::Select | Keyword::From | Keyword::In),
                ) => return,
                _ => {}
            }
            if self.text.is_symbol(at, b'(') {
                continue;
            }
            let is_alone = std::mem::take(&mut is_first) && is_whole(at);
            let is_name = self.text.is_string(at) || self.text.raw(at).starts_with('"');
            let Some(name) = Name::at(self.text, at).filter(|_| is_name) else {
                continue;
            };
            match about {
                About::Table if is_alone => self.tables.add(&name, Usage::Read),
                About::Index => self.tables.add_object(ObjectKind::Index, &name),
                About::Table | About::Either => self.tables.add_perhaps(&name),
            }
            if about == About::Index {
                return;
            }
        }
    }

    /// PostgreSQL's functions without parentheses, whose names are reserved: `FROM current_date`.
    fn is_value(&self, at: usize) -> bool {
        const VALUES: [&str; 12] = [
            "CURRENT_CATALOG",
            "CURRENT_DATE",
            "CURRENT_ROLE",
            "CURRENT_SCHEMA",
            "CURRENT_TIME",
            "CURRENT_TIMESTAMP",
            "CURRENT_USER",
            "LOCALTIME",
            "LOCALTIMESTAMP",
            "SESSION_USER",
            "SYSTEM_USER",
            "USER",
        ];
        self.text.backend == DbBackend::Postgres
            && self.text.is_any_raw(at, &VALUES)
            && !self.text.is_symbol(at + 1, b'.')
    }

    /// SQLite's pragmas are tables as well: `pragma_table_list`.
    pub(super) fn pragma<'n>(&self, name: &'n Name<'_>) -> Option<&'n str> {
        let (prefix, pragma) = name.name.split_at_checked(7)?;
        let is_pragma =
            self.text.backend == DbBackend::Sqlite && prefix.eq_ignore_ascii_case("pragma_");
        is_pragma.then_some(pragma)
    }

    /// `FROM pragma_table_info WHERE arg = 'report'`
    fn told_by_condition(&mut self, about: Option<About>) {
        if matches!(about, Some(About::Table | About::Either)) {
            self.tables.note_told();
        }
    }

    /// A user's table may have such a name where there is no such pragma.
    pub(super) fn read_pragma(&mut self, name: &Name<'_>, pragma: &str) {
        self.told_by_condition(Pragma::about(pragma));
        match Pragma::of(pragma) {
            None => {
                self.record(name, Usage::Read);
                self.blame(Reason::UnknownFunction(name.name.to_string()));
            }
            Some(pragma) if pragma.is_connections() => {
                self.blame_for(Reason::AsksServer(name.name.to_string()), Reach::Answer);
            }
            Some(_) => {}
        }
    }

    fn found(&mut self, name: &Name<'_>) {
        self.record(name, self.top.usage);
        if self.top.usage == Usage::Read {
            return;
        }
        self.blame_write(name);
        if self.top.change == Some(RowChange::Insert) {
            self.top.clause = Clause::Body;
            self.alias = Some(name.end - 1);
        }
    }

    fn blame_write(&mut self, name: &Name<'_>) {
        let table = name.display();
        self.blame(match self.top.is_with_body {
            true => Reason::WritesInWith(table),
            false => Reason::Writes(table),
        });
    }
}
