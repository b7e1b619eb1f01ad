use std::borrow::Cow;

use sea_orm::DbBackend;

use super::{Keyword, Kind, Token, quote, scan};

/// The tokens of a text, with the questions that the walk asks about them.
///
/// Positions past the end, and before the start, answer like an empty token.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    pub(crate) backend: DbBackend,
    sql: &'a str,
    tokens: Vec<Token>,
    fault: Option<Fault>,
    other_readings: Vec<Reading>,
}

/// What ended the reading before the end of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A string, name or comment without its end, or a byte that no statement contains.
    Unreadable,
    /// More tokens than are looked at.
    TooLong,
}

/// How a text is read where servers differ by version or setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As the server does by default; the code inside `/*! … */` counts.
    Usual,
    /// The code inside `/*! … */` is a comment.
    SkippingCode,
    /// A backslash in a string hides the next byte on PostgreSQL (`standard_conforming_strings` is off)
    /// and does not on MySQL (`NO_BACKSLASH_ESCAPES`).
    OtherBackslash,
    /// On MySQL, double quotes are for names (`ANSI_QUOTES`).
    AnsiQuotes,
}

impl<'a> Text<'a> {
    pub(crate) fn read(backend: DbBackend, sql: &'a str, reading: Reading) -> Self {
        let scanned = scan::scan(backend, sql, reading);
        Self {
            backend,
            sql,
            tokens: scanned.tokens,
            fault: scanned.fault,
            other_readings: scanned.other_readings,
        }
    }

    pub(crate) fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// The other ways in which a server may read this text.
    pub(crate) fn other_readings(&self) -> &[Reading] {
        &self.other_readings
    }

    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(crate) fn kind(&self, at: usize) -> Option<Kind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// The keyword at a position; `Keyword::Other` for other words, `None` for what is not a word.
    pub(crate) fn keyword(&self, at: usize) -> Option<Keyword> {
        match self.kind(at) {
            Some(Kind::Word(keyword)) => Some(keyword),
            _ => None,
        }
    }

    pub(crate) fn is(&self, at: usize, keyword: Keyword) -> bool {
        self.keyword(at) == Some(keyword)
    }

    pub(crate) fn is_symbol(&self, at: usize, symbol: u8) -> bool {
        self.kind(at) == Some(Kind::Symbol(symbol))
    }

    /// The token before a position.
    pub(crate) fn before(&self, at: usize) -> Option<Kind> {
        at.checked_sub(1).and_then(|before| self.kind(before))
    }

    pub(crate) fn follows_symbol(&self, at: usize, symbol: u8) -> bool {
        self.before(at) == Some(Kind::Symbol(symbol))
    }

    pub(crate) fn follows(&self, at: usize, keyword: Keyword) -> bool {
        self.before(at) == Some(Kind::Word(keyword))
    }

    /// Whether nothing, not even a space, stands between a token and the next.
    pub(crate) fn touches_next(&self, at: usize) -> bool {
        match (self.tokens.get(at), self.tokens.get(at + 1)) {
            (Some(token), Some(next)) => token.end == next.start,
            _ => false,
        }
    }

    /// The text of a token as written.
    pub(crate) fn raw(&self, at: usize) -> &'a str {
        self.tokens
            .get(at)
            .and_then(|token| self.sql.get(token.start as usize..token.end as usize))
            .unwrap_or_default()
    }

    /// Whether a token can stand for a name: a word, a quoted name, and a string where the server
    /// takes it for one.
    pub(crate) fn is_name(&self, at: usize) -> bool {
        matches!(
            self.kind(at),
            Some(Kind::Word(_) | Kind::Quoted | Kind::Escaped)
        )
    }

    pub(crate) fn is_string(&self, at: usize) -> bool {
        self.kind(at) == Some(Kind::String)
    }

    pub(crate) fn is_mysql(&self) -> bool {
        self.backend == DbBackend::MySql
    }

    /// A name with its quotes removed and its case folded as the server folds it.
    pub(crate) fn name(&self, at: usize) -> Cow<'a, str> {
        let raw = self.raw(at);
        match self.kind(at) {
            Some(Kind::Quoted | Kind::Escaped | Kind::String) => quote::unquote(raw),
            Some(Kind::Word(_))
                if self.backend == DbBackend::Postgres
                    && raw.bytes().any(|byte| byte.is_ascii_uppercase()) =>
            {
                Cow::Owned(raw.to_ascii_lowercase())
            }
            _ => Cow::Borrowed(raw),
        }
    }

    /// Whether the word at a position is this one, in any case.
    pub(crate) fn is_raw(&self, at: usize, word: &str) -> bool {
        self.raw(at).eq_ignore_ascii_case(word)
    }

    pub(crate) fn is_any_raw(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_raw(at, word))
    }

    /// The position of the `)` that closes the `(` at a position, in the same statement.
    pub(crate) fn closing(&self, open: usize) -> Option<usize> {
        let mut depth = 0usize;
        for at in open..self.len() {
            match self.kind(at) {
                Some(Kind::Symbol(b'(')) => depth += 1,
                Some(Kind::Symbol(b')')) => depth = depth.saturating_sub(1),
                Some(Kind::Symbol(b';')) => return None,
                _ => {}
            }
            if depth == 0 {
                return Some(at);
            }
        }
        None
    }

    /// The position of the first semicolon from a position on, or the end of the text.
    pub(crate) fn statement_end(&self, from: usize) -> usize {
        (from..self.len())
            .find(|at| self.is_symbol(*at, b';'))
            .unwrap_or(self.len())
    }
}
