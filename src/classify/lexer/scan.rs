use sea_orm::DbBackend;

use super::comment::{block_comment, executable_comment, line_comment};
use super::quote::{dollar_quoted, quoted};
use super::{Doubts, Keyword, LexFault, Reading, SqlToken, TokenKind};

/// A longer text is read up to here: twelve megabytes of tokens, while the 65,535 values that a
/// statement can bind make 131,070.
const MAX_TOKENS: usize = 1 << 20;

/// What the reading of a text found.
#[derive(Debug)]
pub(super) struct Scanned {
    pub(super) tokens: Vec<SqlToken>,
    pub(super) fault: Option<LexFault>,
    pub(super) doubts: Doubts,
}

pub(super) fn scan(backend: DbBackend, sql: &str, reading: Reading) -> Scanned {
    let mut lexer = Lexer {
        backend,
        sql: sql.as_bytes(),
        at: 0,
        reading,
        inside: false,
        is_unclear: false,
        doubts: Doubts::default(),
        openings: Vec::new(),
        tokens: Vec::with_capacity(sql.len().min(4096) / 4),
    };
    let fault = lexer.run().err();
    Scanned {
        tokens: lexer.tokens,
        fault,
        doubts: lexer.doubts,
    }
}

struct Lexer<'a> {
    backend: DbBackend,
    sql: &'a [u8],
    at: usize,
    reading: Reading,
    /// Between `/*!` and its `*/`.
    inside: bool,
    /// An optimizer hint may end elsewhere than its comment.
    is_unclear: bool,
    doubts: Doubts,
    /// How executable comments open, each once: `/*!80000`.
    openings: Vec<&'a [u8]>,
    tokens: Vec<SqlToken>,
}

impl<'a> Lexer<'a> {
    fn run(&mut self) -> Result<(), LexFault> {
        while self.at < self.sql.len() {
            if self.tokens.len() >= MAX_TOKENS || u32::try_from(self.at).is_err() {
                return Err(LexFault::TooLong);
            }
            self.step()?;
        }
        if self.inside || self.is_unclear {
            Err(LexFault::Unreadable)
        } else {
            Ok(())
        }
    }

    fn step(&mut self) -> Result<(), LexFault> {
        if let Some(end) = line_comment(self.backend, self.sql, self.at) {
            self.at = end;
            return Ok(());
        }
        match self.byte(0) {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => self.at += 1,
            0xef if self.is(DbBackend::Sqlite) && self.is_byte_order_mark(0) => self.at += 3,
            0 => return Err(LexFault::Unreadable),
            b'/' if self.byte(1) == b'*' => return self.comment(),
            b'*' if self.byte(1) == b'/' => return self.comment_end(),
            b'\'' => return self.string(),
            b'"' if self.is(DbBackend::MySql) => return self.string(),
            b'"' => return self.quoted(TokenKind::Quoted, false),
            b'`' if !self.is(DbBackend::Postgres) => return self.quoted(TokenKind::Quoted, false),
            b'[' if self.is(DbBackend::Sqlite) => return self.quoted(TokenKind::Quoted, false),
            b'$' if !self.is(DbBackend::MySql) => return self.dollar(),
            b'@' if self.is(DbBackend::MySql) => return self.variable(),
            b'@' | b':' | b'#' if self.is(DbBackend::Sqlite) => self.sqlite_parameter(),
            b'?' => self.question_mark(),
            b'0'..=b'9' => self.number(),
            b'.' if self.byte(1).is_ascii_digit() && !self.after_name() => self.number(),
            byte if is_word_start(byte) => return self.word(),
            byte => self.push(TokenKind::Symbol(byte), self.at + 1),
        }
        Ok(())
    }

    fn is(&self, backend: DbBackend) -> bool {
        self.backend == backend
    }

    /// White space to SQLite between its tokens, part of a name inside one.
    fn is_byte_order_mark(&self, distance: usize) -> bool {
        let rest = self.sql.get(self.at + distance..).unwrap_or_default();
        rest.starts_with(b"\xef\xbb\xbf")
    }

    /// The byte at a distance from the current one; a space past the end.
    fn byte(&self, distance: usize) -> u8 {
        self.sql.get(self.at + distance).copied().unwrap_or(b' ')
    }

    fn push(&mut self, kind: TokenKind, end: usize) {
        self.tokens.push(SqlToken {
            kind,
            start: u32::try_from(self.at).unwrap_or(u32::MAX),
            end: u32::try_from(end).unwrap_or(u32::MAX),
        });
        self.at = end;
    }

    /// The end of the run of name bytes that starts at a distance from the current byte.
    fn run_end(&self, distance: usize, belongs: impl Fn(u8) -> bool) -> usize {
        let start = self.at + distance;
        let rest = self.sql.get(start..).unwrap_or_default();
        start + rest.iter().take_while(|byte| belongs(**byte)).count()
    }

    /// A string in plain quotes.
    fn string(&mut self) -> Result<(), LexFault> {
        let start = self.at;
        let is_double = self.byte(0) == b'"';
        let is_name = is_double && self.reading.ansi_quotes;
        let backslash = !is_name && self.is(DbBackend::MySql) != self.reading.other_backslash;
        self.quoted(TokenKind::String, backslash)?;
        let text = self.sql.get(start..self.at).unwrap_or_default();
        // Only a backslash before a quote moves the end of the string.
        if text
            .windows(2)
            .any(|pair| matches!(pair, [b'\\', b'\'' | b'"']))
        {
            let differs = self.backend != DbBackend::Sqlite;
            self.doubts.backslash |= differs && !is_name;
            self.doubts.double_quotes |= differs && is_double;
        }
        Ok(())
    }

    fn quoted(&mut self, kind: TokenKind, backslash: bool) -> Result<(), LexFault> {
        let end = quoted(self.sql, self.at, backslash).ok_or(LexFault::Unreadable)?;
        self.push(kind, end);
        Ok(())
    }

    fn comment(&mut self) -> Result<(), LexFault> {
        if self.is(DbBackend::MySql)
            && let Some(code) = executable_comment(self.sql, self.at)
        {
            return self.executable_comment(code);
        }
        let end = block_comment(self.backend, self.sql, self.at);
        let end = match self.backend {
            DbBackend::Sqlite => end.unwrap_or(self.sql.len()),
            _ => end.ok_or(LexFault::Unreadable)?,
        };
        // What stands behind is read on: a text that is in doubt still names its tables.
        self.is_unclear |= self.is(DbBackend::MySql) && self.is_ambiguous_hint(end);
        self.at = end;
        Ok(())
    }

    /// Inside an optimizer hint MySQL knows quoted names, which may contain the comment's end.
    fn is_ambiguous_hint(&self, end: usize) -> bool {
        let comment = self.sql.get(self.at..end).unwrap_or_default();
        comment.starts_with(b"/*+") && has_open_quote(comment)
    }

    fn executable_comment(&mut self, code: usize) -> Result<(), LexFault> {
        let opener = self.sql.get(self.at..code).unwrap_or_default();
        let digits = opener.iter().filter(|byte| byte.is_ascii_digit()).count();
        self.doubts.code = true;
        let opening = self.opening(opener);
        self.doubts.mixed_code |= opening > 0;
        // Of other digits than a version's, servers take different ones for code.
        self.doubts.mixed_code |= !matches!(digits, 0 | 5 | 6);
        if self.reading.skips_code & (1 << opening) == 0 {
            self.inside = true;
            self.at = code;
            return Ok(());
        }
        let end = block_comment(self.backend, self.sql, self.at).ok_or(LexFault::Unreadable)?;
        let body = self.sql.get(code..end).unwrap_or_default();
        // Versions differ in whether comments nest here.
        if body.windows(2).any(|pair| pair == b"/*") {
            return Err(LexFault::Unreadable);
        }
        self.at = end;
        Ok(())
    }

    /// The bit of an opening; those from the 32nd on share the last one.
    fn opening(&mut self, opener: &'a [u8]) -> u32 {
        let known = self.openings.iter().position(|known| *known == opener);
        let opening = known.unwrap_or_else(|| {
            if self.openings.len() < u32::BITS as usize {
                self.openings.push(opener);
            }
            self.openings.len() - 1
        });
        self.doubts.openings = u32::try_from(self.openings.len()).unwrap_or(u32::BITS);
        u32::try_from(opening).unwrap_or(u32::BITS - 1)
    }

    /// `*/` outside a comment is legal nowhere but at the end of executed code.
    fn comment_end(&mut self) -> Result<(), LexFault> {
        if self.byte(2) == b'*' && !self.inside {
            // `*/*`: a multiplication sign before a comment.
            self.push(TokenKind::Symbol(b'*'), self.at + 1);
            return Ok(());
        }
        if !self.inside {
            return Err(LexFault::Unreadable);
        }
        self.inside = false;
        self.at += 2;
        Ok(())
    }

    /// `$1`, `$tag$ … $tag$` on PostgreSQL, `$name` on SQLite.
    fn dollar(&mut self) -> Result<(), LexFault> {
        if self.is(DbBackend::Sqlite) {
            self.sqlite_parameter();
        } else if self.byte(1).is_ascii_digit() {
            let end = self.run_end(1, |byte| byte.is_ascii_digit());
            self.push(TokenKind::Parameter, end);
        } else {
            match dollar_quoted(self.sql, self.at) {
                Ok(Some(end)) => self.push(TokenKind::String, end),
                _ => return Err(LexFault::Unreadable),
            }
        }
        Ok(())
    }

    /// `?`, `?1`; on PostgreSQL `?` is an operator, which makes no difference here.
    fn question_mark(&mut self) {
        let end = self.run_end(1, |byte| byte.is_ascii_digit());
        self.push(TokenKind::Parameter, end);
    }

    /// `:a`, `@a`, `$a`, `$a::b(c)`: what SQLite takes for a parameter's name. Without a name it is
    /// punctuation that no statement has.
    fn sqlite_parameter(&mut self) {
        let mut end = self.at + 1;
        loop {
            match self.sql.get(end) {
                Some(byte) if is_word_byte(*byte) => end += 1,
                Some(b':') if self.sql.get(end + 1) == Some(&b':') => end += 2,
                Some(b'(') if end > self.at + 1 => {
                    end = self.parameter_suffix(end);
                    break;
                }
                _ => break,
            }
        }
        let kind = if end > self.at + 1 {
            TokenKind::Parameter
        } else {
            TokenKind::Symbol(self.byte(0))
        };
        self.push(kind, end);
    }

    fn parameter_suffix(&self, open: usize) -> usize {
        let end = self.run_end(open - self.at, |byte| {
            byte != b')' && !byte.is_ascii_whitespace()
        });
        end + usize::from(self.sql.get(end) == Some(&b')'))
    }

    /// `@name`, `@'name'`, `@@name` on MySQL.
    fn variable(&mut self) -> Result<(), LexFault> {
        let belongs = |byte| is_word_byte(byte) || byte == b'.';
        if self.byte(1) == b'@' {
            let end = self.run_end(2, belongs);
            self.push(TokenKind::Setting, end);
        } else if matches!(self.byte(1), b'\'' | b'"' | b'`') {
            let backslash = self.byte(1) != b'`';
            let end = quoted(self.sql, self.at + 1, backslash).ok_or(LexFault::Unreadable)?;
            self.push(TokenKind::Variable, end);
        } else {
            let end = self.run_end(1, belongs);
            self.push(TokenKind::Variable, end);
        }
        Ok(())
    }

    /// Whether the current byte directly follows a name, so that a dot separates two names.
    fn after_name(&self) -> bool {
        self.tokens.last().is_some_and(|token| {
            token.end as usize == self.at
                && matches!(token.kind, TokenKind::Word(_) | TokenKind::Quoted)
        })
    }

    /// MySQL's names may start with a digit, and after a dot may consist of digits; an exponent ends a number, whatever
    /// follows it: `1e5FROM` is two tokens there, `1FROM` is one.
    fn number(&mut self) {
        let digits = self.digits_end();
        let end = match self.is_hexadecimal() {
            true => digits,
            false => self.exponent_end(digits),
        };
        let follows = self.sql.get(end).copied().unwrap_or(b' ');
        let is_plain = self
            .sql
            .get(self.at..end)
            .is_some_and(|n| n.iter().all(u8::is_ascii_alphanumeric));
        let is_name = end == digits && is_plain && is_word_byte(follows) || self.follows_dot();
        if self.is(DbBackend::MySql) && is_name {
            let end = self.run_end(0, is_word_byte);
            self.push(TokenKind::Word(Keyword::Other), end);
        } else {
            self.push(TokenKind::Number, end);
        }
    }

    fn follows_dot(&self) -> bool {
        self.tokens.last().is_some_and(|token| {
            token.end as usize == self.at && token.kind == TokenKind::Symbol(b'.')
        })
    }

    fn is_hexadecimal(&self) -> bool {
        self.byte(0) == b'0' && matches!(self.byte(1), b'x' | b'X' | b'b' | b'B' | b'o' | b'O')
    }

    /// PostgreSQL and SQLite allow `_` between digits; on MySQL it makes a name of them.
    fn digits_end(&self) -> usize {
        let separates = |byte: u8| byte == b'_' && !self.is(DbBackend::MySql);
        if self.is_hexadecimal() {
            return self.run_end(2, |byte| byte.is_ascii_hexdigit() || separates(byte));
        }
        let is_digit = |byte: u8| byte.is_ascii_digit() || separates(byte);
        let end = self.run_end(0, is_digit);
        match self.sql.get(end) {
            Some(b'.') => self.run_end(end + 1 - self.at, is_digit),
            _ => end,
        }
    }

    fn exponent_end(&self, end: usize) -> usize {
        let digit_at = |at: usize| self.sql.get(at).is_some_and(u8::is_ascii_digit);
        let start = match (self.sql.get(end), self.sql.get(end + 1)) {
            (Some(b'e' | b'E'), Some(b'+' | b'-')) if digit_at(end + 2) => end + 2,
            (Some(b'e' | b'E'), _) if digit_at(end + 1) => end + 1,
            _ => return end,
        };
        self.run_end(start - self.at, |byte| byte.is_ascii_digit())
    }

    fn word(&mut self) -> Result<(), LexFault> {
        let end = self.run_end(0, is_word_byte);
        let word = self.sql.get(self.at..end).unwrap_or_default();
        if self.is(DbBackend::Postgres) {
            match (word, self.sql.get(end), self.sql.get(end + 1)) {
                (b"e" | b"E", Some(b'\''), _) => return self.escape_string(),
                (b"u" | b"U", Some(b'&'), Some(b'"')) => {
                    self.at = end + 1;
                    self.quoted(TokenKind::Escaped, false)?;
                    self.take_escape();
                    return Ok(());
                }
                _ => {}
            }
        }
        self.push(TokenKind::Word(Keyword::of(word)), end);
        Ok(())
    }

    /// `UESCAPE '!'` behind a name is a part of it, whatever white space and comments stand between.
    fn take_escape(&mut self) {
        let end = self.gap_end(self.at).and_then(|word| {
            let found = self.sql.get(word..word + 7)?;
            let quote = self.gap_end(word + 7)?;
            let is_escape =
                found.eq_ignore_ascii_case(b"uescape") && self.sql.get(quote) == Some(&b'\'');
            is_escape.then(|| quoted(self.sql, quote, false))?
        });
        if let (Some(end), Some(name)) = (end, self.tokens.last_mut()) {
            name.end = u32::try_from(end).unwrap_or(u32::MAX);
            self.at = end;
        }
    }

    /// Where the next token starts, if there is one.
    fn gap_end(&self, mut at: usize) -> Option<usize> {
        loop {
            match (self.sql.get(at)?, self.sql.get(at + 1)) {
                (b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c, _) => at += 1,
                (b'/', Some(b'*')) => at = block_comment(self.backend, self.sql, at)?,
                _ => match line_comment(self.backend, self.sql, at) {
                    Some(end) => at = end,
                    None => return Some(at),
                },
            }
        }
    }

    /// `E'…'`, and what continues it on the next line, where backslashes count as well.
    fn escape_string(&mut self) -> Result<(), LexFault> {
        self.at += 1;
        self.quoted(TokenKind::String, true)?;
        while let Some(next) = self.continuation() {
            self.at = next;
            self.quoted(TokenKind::String, true)?;
        }
        Ok(())
    }

    /// Where the next string starts, if only white space and line comments stand before it.
    fn continuation(&self) -> Option<usize> {
        let mut at = self.at;
        loop {
            match self.sql.get(at)? {
                b'\'' => return Some(at),
                byte if byte.is_ascii_whitespace() => at += 1,
                _ => at = line_comment(self.backend, self.sql, at)?,
            }
        }
    }
}

/// Whether a quote in an optimizer hint may have its end behind the comment's.
fn has_open_quote(hint: &[u8]) -> bool {
    let mut at = 0;
    while let Some(byte) = hint.get(at) {
        match byte {
            b'\\' => return true,
            b'\'' | b'"' | b'`' => match quoted(hint, at, false) {
                Some(end) => at = end,
                None => return true,
            },
            _ => at += 1,
        }
    }
    false
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte == b'$' || byte >= 0x80
}

fn is_word_byte(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit()
}
