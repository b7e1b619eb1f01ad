use super::super::lexer::Keyword;
use super::super::{Reason, Usage};
use super::frame::{Change, Clause};
use super::{Name, Walk};

impl Walk<'_, '_> {
    /// A name where a table is expected: a table, a function that returns rows, or a word before one.
    /// Returns the position after it.
    pub(super) fn source(&mut self, at: usize) -> usize {
        match self.text.keyword(at) {
            Some(Keyword::Lateral | Keyword::Only) => return at + 1,
            Some(Keyword::Oj) if self.text.follows_symbol(at, b'{') => return at + 1,
            Some(Keyword::Rows) if self.text.is(at + 1, Keyword::From) => {
                self.top.clause = Clause::Joined;
                return at + 2;
            }
            Some(Keyword::Dual) if self.text.is_mysql() && !self.text.is_symbol(at + 1, b'.') => {
                self.top.clause = Clause::Joined;
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
        if !is_function {
            self.found(&name);
        }
        name.end
    }

    fn found(&mut self, name: &Name<'_>) {
        self.record(name, self.top.usage);
        if self.top.usage == Usage::Read {
            return;
        }
        self.blame_write(name);
        if self.top.change == Some(Change::Insert) {
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

    /// A word after a table; returns whether it was part of the sources.
    pub(super) fn joined(&mut self, at: usize, keyword: Keyword) {
        match keyword {
            Keyword::Natural
            | Keyword::Left
            | Keyword::Right
            | Keyword::Full
            | Keyword::Inner
            | Keyword::Cross
            | Keyword::Outer
            | Keyword::As
            | Keyword::Use
            | Keyword::Ignore
            | Keyword::Force
            | Keyword::Index
            | Keyword::Key
            | Keyword::Partition
            | Keyword::Tablesample
            | Keyword::Repeatable
            | Keyword::Indexed
            | Keyword::Not
            | Keyword::With
            | Keyword::Ordinality
            | Keyword::Of
            | Keyword::By => {}
            _ if self.text.follows(at, Keyword::Tablesample) => {}
            _ => {
                self.alias = Some(at);
                self.remember_alias(self.text.name(at).into_owned());
            }
        }
    }
}
