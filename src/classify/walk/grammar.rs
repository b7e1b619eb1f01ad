use sea_orm::DbBackend;

use super::super::lexer::{Keyword, TokenKind};
use super::Walk;
use super::frame::{Clause, RowChange};

impl Walk<'_, '_> {
    /// Words that can't be a function's name where they stand: reserved ones, and those that stand where no
    /// expression can begin. Which words are reserved was asked of the servers, with a function of each name.
    pub(super) fn is_grammar(&self, at: usize, keyword: Keyword) -> bool {
        is_reserved(self.text.backend, keyword) || self.is_placed(at, keyword)
    }

    fn is_placed(&self, at: usize, keyword: Keyword) -> bool {
        use Keyword as K;
        let postgres = self.text.backend == DbBackend::Postgres;
        let mysql = self.text.is_mysql();
        match keyword {
            K::Ilike | K::Similar | K::Overlaps => postgres && self.follows_operand(at),
            K::Glob => !postgres && !mysql && self.follows_operand(at),
            K::Like | K::Is | K::Regexp | K::Match | K::Escape => self.follows_operand(at),
            // MySQL's clause: MariaDB takes no parenthesis behind an alias of that name.
            K::Qualify if mysql => self.follows_operand(at),
            // `LIMIT ?1 OFFSET (?2 * ?1)`
            K::Offset => self.follows_operand(at),
            // `json_object('a' VALUE (b))`
            K::Value if postgres && self.top.is_call => self.follows_operand(at),
            K::By => matches!(
                self.text.before(at),
                Some(TokenKind::Word(K::Group | K::Order | K::Partition))
            ),
            K::Over | K::Filter | K::Repeatable | K::Within => {
                // `first_value(a) IGNORE NULLS OVER (…)`
                let treats_nulls = self.text.follows(at, K::Nulls)
                    && self
                        .text
                        .is_any_raw(at.saturating_sub(2), &["IGNORE", "RESPECT"]);
                let call = at.checked_sub(if treats_nulls { 3 } else { 1 });
                call.is_some() && self.closed_call == call
            }
            K::Rollup | K::Cube => postgres && self.begins_group(at),
            K::Sets => postgres && self.text.follows(at, K::Grouping),
            K::Columns => self.top.is_call && self.follows_operand(at),
            K::Of => mysql && self.text.is_raw(at.wrapping_sub(1), "MEMBER"),
            K::Set => {
                self.top.change.is_some()
                    && (self.follows_operand(at) || self.text.follows(at, K::Update))
            }
            K::Insert => self.top.change.is_some() && self.text.follows(at, K::Then),
            K::Analyse => self.text.follows(at, K::Procedure),
            // `FETCH FIRST ($1) ROWS ONLY`, `PASSING (a)`: no function's name stands there.
            K::Next | K::Other
                if postgres
                    && self.text.follows(at, K::Fetch)
                    && self.text.is_any_raw(at, &["FIRST", "NEXT"]) =>
            {
                true
            }
            K::Other if postgres && self.text.is_raw(at, "PASSING") => self.follows_operand(at),
            // Reserved, on MySQL too as far as it has them.
            K::Symmetric if postgres => true,
            K::Other
                if postgres && self.text.is_any_raw(at, &["ASYMMETRIC", "PLACING"])
                    || (postgres || mysql)
                        && self.text.is_any_raw(at, &["BOTH", "LEADING", "TRAILING"]) =>
            {
                true
            }
            K::Other if mysql && self.text.follows(at, K::Select) => self
                .text
                .is_any_raw(at, &["HIGH_PRIORITY", "SQL_SMALL_RESULT", "SQL_BIG_RESULT"]),
            K::Operator if postgres => self.is_own_operator(at),
            _ => postgres && self.text.follows(at, K::Tablesample) || self.is_type_word(at),
        }
    }

    /// `OPERATOR(pg_catalog.+)`: an operator of another schema calls anyone's function.
    fn is_own_operator(&self, at: usize) -> bool {
        match self.text.kind(at + 2) {
            Some(TokenKind::Symbol(_)) => true,
            Some(TokenKind::Word(_) | TokenKind::Quoted) => self.text.name(at + 2) == "pg_catalog",
            _ => false,
        }
    }

    /// Whether an element of `GROUP BY` begins here: further on, `ROLLUP` and `CUBE` are functions.
    fn begins_group(&self, at: usize) -> bool {
        self.top.clause == Clause::Group
            && matches!(
                self.text.before(at),
                Some(
                    TokenKind::Symbol(b',' | b'(')
                        | TokenKind::Word(Keyword::By | Keyword::Distinct | Keyword::All)
                )
            )
    }

    /// Whether what stands before a position ends an operand, so that an infix operator must follow.
    pub(super) fn follows_operand(&self, at: usize) -> bool {
        let mut operand = at;
        if let Some(TokenKind::Word(Keyword::Not | Keyword::Similar)) = self.text.before(at) {
            operand = at.saturating_sub(1);
        }
        match self.text.before(operand) {
            Some(TokenKind::Word(Keyword::Other)) => !self.introduces_operand(operand - 1),
            Some(
                TokenKind::Quoted
                | TokenKind::String
                | TokenKind::Number
                | TokenKind::Parameter
                | TokenKind::Symbol(b')' | b']')
                | TokenKind::Word(Keyword::Null | Keyword::True | Keyword::False | Keyword::End),
            ) => true,
            _ => false,
        }
    }

    /// Whether an operand begins at a position: what stands before it is no operand, and no word behind which a string
    /// says something else.
    pub(super) fn begins_operand(&self, at: usize) -> bool {
        use Keyword as K;
        match self.text.before(at) {
            _ if at == self.start => true,
            Some(TokenKind::Symbol(symbol)) => !b")].".contains(&symbol),
            Some(TokenKind::Word(keyword)) => matches!(
                keyword,
                K::All
                    | K::And
                    | K::Between
                    | K::By
                    | K::Case
                    | K::Distinct
                    | K::Else
                    | K::From
                    | K::Having
                    | K::Ilike
                    | K::Like
                    | K::Limit
                    | K::Not
                    | K::Offset
                    | K::On
                    | K::Or
                    | K::Returning
                    | K::Select
                    | K::Symmetric
                    | K::Then
                    | K::To
                    | K::Using
                    | K::When
                    | K::Where
            ),
            _ => false,
        }
    }

    /// Words without a meaning to the walk that an expression may follow. Those that can be a column's name
    /// count only where a column can't stand.
    fn introduces_operand(&self, at: usize) -> bool {
        let is = |words: &[&str]| self.text.is_any_raw(at, words);
        let follows_name = matches!(
            self.text.before(at),
            Some(
                TokenKind::Word(Keyword::Other)
                    | TokenKind::Quoted
                    | TokenKind::String
                    | TokenKind::Number
                    | TokenKind::Parameter
                    | TokenKind::Symbol(b')' | b']')
            )
        );
        let follows = |distance: usize, words: &[&str]| {
            at.checked_sub(distance)
                .is_some_and(|at| self.text.is_any_raw(at, words))
        };
        if self.text.follows_symbol(at, b'.') {
            return false;
        }
        let is_option = self.text.is_mysql()
            && is(&[
                "HIGH_PRIORITY",
                "SQL_BIG_RESULT",
                "SQL_BUFFER_RESULT",
                "SQL_CACHE",
                "SQL_NO_CACHE",
                "SQL_SMALL_RESULT",
            ]);
        is_option
            || is(&["ASYMMETRIC", "BOTH", "LEADING", "TRAILING"])
            || is(&["PASSING", "PATH", "PLACING"]) && follows_name
            || is(&["CONTENT", "DOCUMENT"]) && follows(2, &["xmlparse", "xmlserialize"])
            || is(&["FIRST"]) && follows(1, &["FETCH"])
            || is(&["VERSION"]) && self.top.is_call && self.text.follows_symbol(at, b',')
            || is(&["ZONE"]) && follows(1, &["TIME"])
    }

    /// `character varying(…)`, `interval second(…)`, `AT TIME ZONE (…)`, `ON CONFLICT (…)`.
    fn is_type_word(&self, at: usize) -> bool {
        let before = |distance: usize, words: &[&str]| {
            at.checked_sub(distance)
                .is_some_and(|at| self.text.is_any_raw(at, words))
        };
        if self.text.is_raw(at, "varying") {
            before(1, &["character", "char", "bit", "nchar"])
        } else if self.text.is_raw(at, "second") {
            let ends_range = before(1, &["to"]) && before(2, &["day", "hour", "minute"]);
            ends_range || before(1, &["interval"]) || self.qualifies_interval(at)
        } else if self.text.is_raw(at, "zone") {
            before(1, &["time"]) && before(2, &["at"])
        } else {
            self.text.is_raw(at, "conflict")
                && before(1, &["on"])
                && self.top.change == Some(RowChange::Insert)
        }
    }

    /// `INTERVAL '…' SECOND(…)`
    fn qualifies_interval(&self, at: usize) -> bool {
        at >= 2 && self.text.is_string(at - 1) && self.text.is(at - 2, Keyword::Interval)
    }
}

/// Words that no function can have for its name unless it is quoted. MySQL's are those that are reserved on
/// MariaDB too.
fn is_reserved(backend: DbBackend, keyword: Keyword) -> bool {
    use Keyword as K;
    match keyword {
        K::All
        | K::And
        | K::As
        | K::Between
        | K::Case
        | K::Distinct
        | K::Else
        | K::Except
        | K::Exists
        | K::From
        | K::Group
        | K::Having
        | K::In
        | K::Intersect
        | K::Limit
        | K::Not
        | K::On
        | K::Or
        | K::Select
        | K::Then
        | K::To
        | K::Union
        | K::Using
        | K::Values
        | K::When
        | K::Where => true,
        K::Default => backend != DbBackend::MySql,
        K::Row => backend != DbBackend::Sqlite,
        K::Array | K::Lateral | K::Variadic | K::Offset | K::For => backend == DbBackend::Postgres,
        K::Any | K::Some => backend != DbBackend::Sqlite,
        K::Distinctrow
        | K::Xor
        | K::Div
        | K::Rlike
        | K::Regexp
        | K::Like
        | K::Key
        | K::Index
        | K::Partition
        | K::StraightJoin
        | K::Join
        | K::Binary
        | K::Is
        | K::Interval
        | K::Value => backend == DbBackend::MySql,
        _ => false,
    }
}
