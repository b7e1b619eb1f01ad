use super::Keyword;

/// A piece of the text: what it is and where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SqlToken {
    pub(crate) kind: TokenKind,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A name or keyword without quotes.
    Word(Keyword),
    /// A name in quotes.
    Quoted,
    /// A name in quotes with escapes inside (`U&"…"`).
    Escaped,
    /// A string, a blob or a dollar-quoted text.
    String,
    /// A number.
    Number,
    /// A bound value.
    Parameter,
    /// `@name`: a variable of the session.
    Variable,
    /// `@@name`: a setting of the server.
    Setting,
    /// One byte of punctuation.
    Symbol(u8),
}
