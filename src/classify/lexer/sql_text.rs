use std::{borrow::Cow, cell::OnceCell, ops::Range};

use sea_orm::DbBackend;

use super::{Doubts, Keyword, LexFault, Reading, SqlToken, TokenKind, quote, scan};

/// Bytes of a name that PostgreSQL keeps: it cuts what is longer, and only says so.
const POSTGRES_NAME: usize = 63;

/// As much of a name as PostgreSQL keeps, in whole characters.
pub(crate) fn as_long_as_postgres_takes(name: &str) -> &str {
    name.get(..name.floor_char_boundary(POSTGRES_NAME))
        .unwrap_or(name)
}

/// The tokens of a text, with the questions that the walk asks about them.
///
/// Positions past the end, and before the start, answer like an empty token.
#[derive(Debug)]
pub(crate) struct SqlText<'a> {
    pub(crate) backend: DbBackend,
    sql: &'a str,
    tokens: Vec<SqlToken>,
    fault: Option<LexFault>,
    doubts: Doubts,
    /// Where each parenthesis closes, once that was asked.
    closings: OnceCell<Vec<Option<u32>>>,
}

impl<'a> SqlText<'a> {
    pub(crate) fn read(backend: DbBackend, sql: &'a str, reading: Reading) -> Self {
        let scanned = scan::scan(backend, sql, reading);
        Self {
            backend,
            sql,
            tokens: scanned.tokens,
            fault: scanned.fault,
            doubts: scanned.doubts,
            closings: OnceCell::new(),
        }
    }

    pub(crate) fn fault(&self) -> Option<LexFault> {
        self.fault
    }

    /// What this text leaves to the server's version or settings.
    pub(crate) fn doubts(&self) -> Doubts {
        self.doubts
    }

    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(crate) fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// The keyword at a position; `Keyword::Other` for other words, `None` for what is not a word.
    pub(crate) fn keyword(&self, at: usize) -> Option<Keyword> {
        match self.kind(at) {
            Some(TokenKind::Word(keyword)) => Some(keyword),
            _ => None,
        }
    }

    pub(crate) fn is(&self, at: usize, keyword: Keyword) -> bool {
        self.keyword(at) == Some(keyword)
    }

    pub(crate) fn is_symbol(&self, at: usize, symbol: u8) -> bool {
        self.kind(at) == Some(TokenKind::Symbol(symbol))
    }

    /// The token before a position.
    pub(crate) fn before(&self, at: usize) -> Option<TokenKind> {
        at.checked_sub(1).and_then(|before| self.kind(before))
    }

    pub(crate) fn follows_symbol(&self, at: usize, symbol: u8) -> bool {
        self.before(at) == Some(TokenKind::Symbol(symbol))
    }

    pub(crate) fn follows(&self, at: usize, keyword: Keyword) -> bool {
        self.before(at) == Some(TokenKind::Word(keyword))
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

    /// Where a token stands in the text.
    pub(crate) fn range(&self, at: usize) -> Range<usize> {
        let end = self.sql.len();
        let found = self.tokens.get(at);
        found.map_or(end..end, |token| token.start as usize..token.end as usize)
    }

    /// Whether a token can stand for a name: a word, a quoted name, and a string where the server
    /// takes it for one.
    pub(crate) fn is_name(&self, at: usize) -> bool {
        matches!(
            self.kind(at),
            Some(TokenKind::Word(_) | TokenKind::Quoted | TokenKind::Escaped)
        )
    }

    pub(crate) fn is_string(&self, at: usize) -> bool {
        self.kind(at) == Some(TokenKind::String)
    }

    pub(crate) fn is_mysql(&self) -> bool {
        self.backend == DbBackend::MySql
    }

    /// What PostgreSQL's string at a position stands for, with what continues it, and the position after it.
    pub(crate) fn string(&self, at: usize) -> Option<(String, usize)> {
        if self.is_raw(at, "U") && self.is_symbol(at + 1, b'&') {
            return self.escaped_string(at + 2);
        }
        if !self.is_string(at) {
            return None;
        }
        let mut string = quote::string(self.raw(at))?;
        let mut end = at + 1;
        while self.goes_on(end) {
            string.push_str(&quote::string(self.raw(end))?);
            end += 1;
        }
        Some((string, end))
    }

    /// Whether a string at a position belongs to the one before it. PostgreSQL wants a new line between them.
    pub(crate) fn goes_on(&self, at: usize) -> bool {
        let is_next = self.is_string(at) && at > 0 && self.is_string(at - 1);
        is_next
            && match self.backend {
                DbBackend::MySql => true,
                DbBackend::Postgres => {
                    let between = self.range(at - 1).end..self.range(at).start;
                    let between = self.sql.get(between).unwrap_or_default();
                    self.raw(at).starts_with('\'') && between.contains(['\n', '\r'])
                }
                _ => false,
            }
    }

    /// `U&'…'`, perhaps with `UESCAPE '!'` behind it.
    fn escaped_string(&self, at: usize) -> Option<(String, usize)> {
        if !self.is_string(at) {
            return None;
        }
        let is_said = self.is_raw(at + 1, "UESCAPE") && self.is_string(at + 2);
        let said = is_said.then(|| self.raw(at + 2).chars().nth(1));
        let string = quote::string(self.raw(at))?;
        let string = quote::unescape(&string, said.flatten().unwrap_or('\\'));
        Some((string, at + 1 + 2 * usize::from(is_said)))
    }

    /// A name with its quotes removed, its case folded as the server folds it, and no longer than there.
    pub(crate) fn name(&self, at: usize) -> Cow<'a, str> {
        let name = self.whole_name(at);
        match self.backend {
            DbBackend::Postgres if name.len() > POSTGRES_NAME => {
                Cow::Owned(as_long_as_postgres_takes(&name).to_owned())
            }
            _ => name,
        }
    }

    fn whole_name(&self, at: usize) -> Cow<'a, str> {
        let raw = self.raw(at);
        match self.kind(at) {
            Some(TokenKind::Escaped) => Cow::Owned(quote::escaped(raw)),
            Some(TokenKind::Quoted | TokenKind::String) => quote::unquote(raw),
            Some(TokenKind::Word(_))
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

    /// The text from a token on.
    pub(crate) fn rest(&self, at: usize) -> &'a str {
        let start = self.tokens.get(at).map(|token| token.start as usize);
        start
            .and_then(|start| self.sql.get(start..))
            .unwrap_or_default()
    }

    /// The position of the `)` that closes the `(` at a position, in the same statement.
    pub(crate) fn closing(&self, open: usize) -> Option<usize> {
        match self.kind(open)? {
            TokenKind::Symbol(b'(') => {
                let closings = self.closings.get_or_init(|| self.find_closings());
                closings.get(open)?.map(|close| close as usize)
            }
            TokenKind::Symbol(b';') => None,
            _ => Some(open),
        }
    }

    /// All of them in one pass, so that who asks at every depth takes no longer.
    fn find_closings(&self) -> Vec<Option<u32>> {
        let mut closings = vec![None; self.len()];
        let mut open = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            match token.kind {
                TokenKind::Symbol(b'(') => open.push(at),
                TokenKind::Symbol(b')') => {
                    let closed = open.pop().and_then(|open| closings.get_mut(open));
                    if let Some(closing) = closed {
                        *closing = u32::try_from(at).ok();
                    }
                }
                TokenKind::Symbol(b';') => open.clear(),
                _ => {}
            }
        }
        closings
    }

    /// Whether MySQL takes a word for a name although it is reserved, as it touches the dot of the next: `union.report`.
    pub(crate) fn is_before_dot(&self, at: usize) -> bool {
        self.is_mysql()
            && self.is_symbol(at + 1, b'.')
            && self.touches_next(at)
            && self.touches_next(at + 1)
            && self.keyword(at + 2).is_some()
    }

    /// The position of the first semicolon from a position on, or else the limit or the end of the text.
    pub(crate) fn statement_end(&self, from: usize, limit: usize) -> usize {
        let limit = limit.min(self.len());
        (from..limit)
            .find(|at| self.is_symbol(*at, b';'))
            .unwrap_or(limit)
    }
}
