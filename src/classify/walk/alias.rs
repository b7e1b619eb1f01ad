use sea_orm::DbBackend;

use super::super::Usage;
use super::super::lexer::{Keyword, TokenKind};
use super::frame::{Clause, RowChange};
use super::{Name, Walk};

/// Words that PostgreSQL takes for no name of a table or column, and so for no alias without `AS`: those that
/// `pg_get_keywords()` calls reserved, or names of functions and types alone.
const RESERVED_IN_POSTGRES: [&str; 100] = [
    "ALL",
    "ANALYSE",
    "ANALYZE",
    "AND",
    "ANY",
    "ARRAY",
    "AS",
    "ASC",
    "ASYMMETRIC",
    "AUTHORIZATION",
    "BINARY",
    "BOTH",
    "CASE",
    "CAST",
    "CHECK",
    "COLLATE",
    "COLLATION",
    "COLUMN",
    "CONCURRENTLY",
    "CONSTRAINT",
    "CREATE",
    "CROSS",
    "CURRENT_CATALOG",
    "CURRENT_DATE",
    "CURRENT_ROLE",
    "CURRENT_SCHEMA",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "DEFAULT",
    "DEFERRABLE",
    "DESC",
    "DISTINCT",
    "DO",
    "ELSE",
    "END",
    "EXCEPT",
    "FALSE",
    "FETCH",
    "FOR",
    "FOREIGN",
    "FREEZE",
    "FROM",
    "FULL",
    "GRANT",
    "GROUP",
    "HAVING",
    "ILIKE",
    "IN",
    "INITIALLY",
    "INNER",
    "INTERSECT",
    "INTO",
    "IS",
    "ISNULL",
    "JOIN",
    "LATERAL",
    "LEADING",
    "LEFT",
    "LIKE",
    "LIMIT",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "NATURAL",
    "NOT",
    "NOTNULL",
    "NULL",
    "OFFSET",
    "ON",
    "ONLY",
    "OR",
    "ORDER",
    "OUTER",
    "OVERLAPS",
    "PLACING",
    "PRIMARY",
    "REFERENCES",
    "RETURNING",
    "RIGHT",
    "SELECT",
    "SESSION_USER",
    "SIMILAR",
    "SOME",
    "SYMMETRIC",
    "TABLE",
    "TABLESAMPLE",
    "THEN",
    "TO",
    "TRAILING",
    "TRUE",
    "UNION",
    "UNIQUE",
    "USER",
    "USING",
    "VARIADIC",
    "VERBOSE",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
];

impl Walk<'_, '_> {
    /// Whether a word ends the sources of a query.
    pub(super) fn ends_sources(&self, at: usize, keyword: Keyword) -> bool {
        if self.follows_hint(at) {
            return false;
        }
        match keyword {
            Keyword::Where | Keyword::Having | Keyword::Order | Keyword::Limit => true,
            // Of `MERGE`, not of `CASE`.
            Keyword::When => {
                self.text.is(at + 1, Keyword::Matched) || self.text.is(at + 2, Keyword::Matched)
            }
            Keyword::Fetch
            | Keyword::Offset
            | Keyword::Procedure
            | Keyword::Qualify
            | Keyword::Returning
            | Keyword::Set
            | Keyword::Values
            | Keyword::Window => self.opens_clause(at, keyword),
            _ => false,
        }
    }

    /// Whether a word opens a clause behind the sources, and is no name there: each server has its own words.
    fn opens_clause(&self, at: usize, keyword: Keyword) -> bool {
        use Keyword as K;
        match self.text.backend {
            DbBackend::Postgres => match keyword {
                K::Set => {
                    // Its grammar takes no alias of that name for the table that is updated.
                    self.top.clause == Clause::Joined
                        && self.top.change == Some(RowChange::Update)
                        && self.top.usage == Usage::Write
                }
                _ => matches!(keyword, K::Fetch | K::Offset | K::Returning | K::Window),
            },
            DbBackend::MySql => match keyword {
                K::Set => true,
                _ if self.top.clause == Clause::Condition => self.follows_operand(at),
                _ => !self.is_alias_by_what_follows(at),
            },
            _ => match keyword {
                // `WINDOW` is a name to it unless a window's name and `AS` follow.
                K::Window => self.text.is_name(at + 1) && self.text.is(at + 2, K::As),
                _ => matches!(keyword, K::Returning | K::Set | K::Values),
            },
        }
    }

    /// MySQL and MariaDB reserve different words: what follows shows whether a word is an alias on the one that takes it.
    fn is_alias_by_what_follows(&self, at: usize) -> bool {
        use Keyword as K;
        // Only the alias of a query names columns.
        let columns = self.text.is_symbol(at + 1, b'(') && self.text.follows_symbol(at, b')');
        let end = match columns {
            true => self.text.closing(at + 1).unwrap_or(at),
            false => at,
        } + 1;
        let ends = matches!(
            self.text.kind(end),
            None | Some(
                TokenKind::Symbol(b',' | b')' | b';')
                    | TokenKind::Word(
                        K::On
                            | K::Using
                            | K::Join
                            | K::StraightJoin
                            | K::Natural
                            | K::Left
                            | K::Right
                            | K::Inner
                            | K::Cross
                            | K::Where
                            | K::Having
                            | K::Group
                            | K::Order
                            | K::Limit
                            | K::Union
                            | K::Intersect
                            | K::Except
                            | K::Set
                            | K::Use
                            | K::Force
                            | K::Ignore
                    )
            )
        );
        self.may_be_named(at) && ends
    }

    /// A word after a table that is no keyword there is its alias.
    pub(super) fn joined(&mut self, at: usize, keyword: Keyword) {
        use Keyword as K;
        let is_keyword = match self.text.backend {
            DbBackend::Postgres => {
                // `TABLESAMPLE system (1) REPEATABLE (2)`
                self.is_reserved_in_postgres(at)
                    || keyword == K::Repeatable && self.text.follows_symbol(at, b')')
            }
            DbBackend::MySql => matches!(
                keyword,
                K::Natural
                    | K::Left
                    | K::Right
                    | K::Full
                    | K::Inner
                    | K::Cross
                    | K::Outer
                    | K::As
                    | K::Use
                    | K::Ignore
                    | K::Force
                    | K::Partition
                    | K::Tablesample
                    | K::Not
                    | K::With
            ),
            _ => matches!(
                keyword,
                K::Natural
                    | K::Left
                    | K::Right
                    | K::Full
                    | K::Inner
                    | K::Cross
                    | K::Outer
                    | K::As
                    | K::Indexed
                    | K::Not
            ),
        };
        if !is_keyword {
            self.bare_alias(at);
        }
    }

    fn is_reserved_in_postgres(&self, at: usize) -> bool {
        self.text.keyword(at).is_some() && self.text.is_any_raw(at, &RESERVED_IN_POSTGRES)
    }

    /// An alias without `AS` directly follows its table: further on, a name before a parenthesis may be
    /// a function.
    pub(super) fn bare_alias(&mut self, at: usize) {
        if self.may_be_named(at) {
            self.alias = Some(at);
            self.remember_alias(self.text.name(at).into_owned());
        }
    }

    /// Whether a source ends directly before a position, where its alias may stand.
    pub(super) fn may_be_named(&self, at: usize) -> bool {
        self.table_end == Some(at)
            || matches!(
                self.text.before(at),
                Some(TokenKind::Symbol(b')' | b'*') | TokenKind::Word(Keyword::Ordinality))
            )
    }

    /// Whether the parenthesis at a position holds the length of a column's type, which is the only one that may stand
    /// among the names behind an alias: `AS v (a varchar(10), b character varying(10))`. Two names in a row, of which the
    /// first may be a column's, are no expression.
    pub(super) fn is_length_of_type(&self, at: usize) -> bool {
        if self.text.backend != DbBackend::Postgres {
            return false;
        }
        let Some(kind) = Name::before(self.text, at) else {
            return false;
        };
        let before = |at: usize, words: &[&str]| self.text.is_any_raw(at, words);
        let has_two_words = kind.start > 0
            && (before(kind.start, &["varying"])
                && before(kind.start - 1, &["character", "char", "nchar", "bit"])
                || before(kind.start, &["second"]) && before(kind.start - 1, &["interval", "to"])
                || before(kind.start, &["character", "char"])
                    && before(kind.start - 1, &["national"]));
        let Some(column) = kind.start.checked_sub(1 + usize::from(has_two_words)) else {
            return false;
        };
        self.text.is_name(column)
            && !self.is_reserved_in_postgres(column)
            && !self.is_reserved_in_postgres(kind.start)
            && matches!(
                self.text.before(column),
                Some(TokenKind::Symbol(b'(' | b','))
            )
    }
}
