use std::borrow::Cow;

use sea_orm::DbBackend;

use super::super::Reason;
use super::super::functions::{Builtin, CallName};
use super::super::lexer::{Keyword, TokenKind};
use super::frame::{Clause, Frame};
use super::{Name, Walk};

impl Walk<'_, '_> {
    /// A parenthesis after a name: a call, unless the name is a type or a word of the grammar.
    pub(super) fn before_parenthesis(&mut self, at: usize, frame: &mut Frame) {
        let Some(name) = Name::before(self.text, at) else {
            return;
        };
        if self.is_type(&name) {
            return;
        }
        if let Some(keyword) = name.keyword(self.text)
            && self.is_grammar(at - 1, keyword)
        {
            frame.is_call = self.takes_suffix(at - 1, keyword);
            if frame.clause == Clause::Start && self.opens_group(keyword) {
                frame.clause = Clause::Group;
            }
            return;
        }
        frame.is_call = true;
        self.call(&name, at);
    }

    fn call(&mut self, name: &Name<'_>, open: usize) {
        let last = self.text.kind(open - 1);
        let is_spaced_aggregate = self.text.is_mysql()
            && name.schema.is_none()
            && !self.text.touches_next(open - 1)
            && needs_touching(&name.name);
        if matches!(last, Some(TokenKind::Escaped | TokenKind::String)) || is_spaced_aggregate {
            return self.blame(Reason::UnknownFunction(name.display()));
        }
        let call = CallName {
            schema: name.schema.as_deref().map(Cow::Borrowed),
            name: Cow::Borrowed(&name.name),
            quoted: last == Some(TokenKind::Quoted),
        };
        match self.functions.effect(self.text.backend, &call) {
            Some(Builtin::Read) => {}
            Some(Builtin::Write) => self.blame(Reason::Calls(name.display())),
            Some(Builtin::Session) => self.blame(Reason::Session(name.display())),
            None => self.blame(Reason::UnknownFunction(name.display())),
        }
    }

    /// `x::name(…)` and `CAST(x AS name(…))`: a type with its length.
    fn is_type(&self, name: &Name<'_>) -> bool {
        let Some(before) = name.start.checked_sub(1) else {
            return false;
        };
        let casts = self.text.is_symbol(before, b':') && self.text.follows_symbol(before, b':');
        let labels = self.last_as == Some(before) && before >= self.start;
        casts && self.text.backend == DbBackend::Postgres || labels
    }

    /// Words that can't be a function's name where they stand.
    fn is_grammar(&self, at: usize, keyword: Keyword) -> bool {
        use Keyword as K;
        let postgres = self.text.backend == DbBackend::Postgres;
        let mysql = self.text.is_mysql();
        match keyword {
            K::And
            | K::Or
            | K::Not
            | K::In
            | K::Exists
            | K::Select
            | K::Distinct
            | K::From
            | K::On
            | K::Using
            | K::Where
            | K::Having
            | K::Case
            | K::When
            | K::Then
            | K::Else
            | K::Between
            | K::Union
            | K::Except
            | K::Intersect
            | K::Limit
            | K::Values
            | K::As
            | K::All => true,
            K::Any | K::Some | K::Array | K::Lateral | K::Variadic | K::Offset if postgres => true,
            K::Row => !matches!(self.text.backend, DbBackend::Sqlite),
            K::Any | K::Some => mysql && self.follows_comparison(at),
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
                if mysql =>
            {
                true
            }
            K::Like
            | K::Ilike
            | K::Similar
            | K::Overlaps
            | K::Is
            | K::Glob
            | K::Regexp
            | K::Match
            | K::To => self.follows_operand(at),
            K::By => matches!(
                self.text.before(at),
                Some(TokenKind::Word(K::Group | K::Order | K::Partition))
            ),
            K::Over | K::Filter | K::Group | K::Repeatable | K::Within => {
                self.closed_call == at.checked_sub(1)
                    || keyword == K::Group && self.text.follows(at, K::Within)
            }
            K::Rollup | K::Cube | K::Sets => self.top.clause == Clause::Group,
            K::Columns => self.top.is_call && self.follows_operand(at),
            K::Of => mysql && self.text.is_raw(at.wrapping_sub(1), "MEMBER"),
            K::Value => mysql && self.top.clause == Clause::Body,
            K::For if postgres => self.text.is_raw(at.wrapping_sub(1), "COLLATION"),
            K::Set | K::Insert => self.top.change.is_some(),
            K::Analyse => self.text.follows(at, K::Procedure),
            K::Operator if postgres => self.is_own_operator(at),
            _ => self.follows_tablesample(at) || self.is_type_word(at),
        }
    }

    /// `OPERATOR(pg_catalog.+)`: an operator of another schema calls anyone's function.
    fn is_own_operator(&self, at: usize) -> bool {
        let first = self.text.raw(at + 2);
        match self.text.kind(at + 2) {
            Some(TokenKind::Symbol(_)) => true,
            _ => first.eq_ignore_ascii_case("pg_catalog"),
        }
    }

    fn follows_comparison(&self, at: usize) -> bool {
        matches!(
            self.text.before(at),
            Some(TokenKind::Symbol(b'=' | b'<' | b'>'))
        )
    }

    /// Whether what stands before a position ends an operand, so that an infix operator must follow.
    fn follows_operand(&self, at: usize) -> bool {
        let before = match self.text.before(at) {
            Some(TokenKind::Word(Keyword::Not | Keyword::Similar)) => {
                at.checked_sub(1).and_then(|at| self.text.before(at))
            }
            before => before,
        };
        matches!(
            before,
            Some(
                TokenKind::Quoted
                    | TokenKind::String
                    | TokenKind::Number
                    | TokenKind::Parameter
                    | TokenKind::Symbol(b')' | b']')
                    | TokenKind::Word(
                        Keyword::Other
                            | Keyword::Null
                            | Keyword::True
                            | Keyword::False
                            | Keyword::End
                    )
            )
        )
    }

    fn follows_tablesample(&self, at: usize) -> bool {
        self.text.follows(at, Keyword::Tablesample)
    }

    /// `character varying(…)`, `interval second(…)`, `AT TIME ZONE (…)`.
    fn is_type_word(&self, at: usize) -> bool {
        let word = self.text.raw(at);
        let before = at.checked_sub(1).map_or("", |before| self.text.raw(before));
        let is =
            |word: &str, any: &[&str]| any.iter().any(|known| word.eq_ignore_ascii_case(known));
        is(word, &["varying"]) && is(before, &["character", "char", "bit", "nchar"])
            || is(word, &["second"])
                && (is(before, &["interval", "to"]) || self.qualifies_interval(at))
            || is(word, &["zone"]) && is(before, &["time"])
            || is(word, &["conflict"]) && is(before, &["on"])
    }

    /// `INTERVAL '…' SECOND(…)`
    fn qualifies_interval(&self, at: usize) -> bool {
        at >= 2 && self.text.is_string(at - 1) && self.text.is(at - 2, Keyword::Interval)
    }

    fn takes_suffix(&self, at: usize, keyword: Keyword) -> bool {
        matches!(keyword, Keyword::Filter | Keyword::Group | Keyword::Columns)
            || self.follows_tablesample(at)
    }

    fn opens_group(&self, keyword: Keyword) -> bool {
        self.top.clause == Clause::Group && keyword == Keyword::Sets
    }
}

/// Names that MySQL takes for its own function only when the parenthesis touches them; after a space
/// they call a stored function of that name.
fn needs_touching(name: &str) -> bool {
    const NAMES: [&str; 30] = [
        "adddate",
        "bit_and",
        "bit_or",
        "bit_xor",
        "cast",
        "count",
        "curdate",
        "curtime",
        "date_add",
        "date_sub",
        "extract",
        "group_concat",
        "max",
        "mid",
        "min",
        "now",
        "position",
        "session_user",
        "std",
        "stddev",
        "stddev_pop",
        "stddev_samp",
        "subdate",
        "substr",
        "substring",
        "sum",
        "sysdate",
        "system_user",
        "trim",
        "variance",
    ];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}
