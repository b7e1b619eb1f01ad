/// What ended the reading before the end of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LexFault {
    /// A string, name or comment without its end, or a byte that no statement contains.
    Unreadable,
    /// More tokens than are looked at.
    TooLong,
}

/// How a text is read where servers differ by version or setting. The default is what servers do by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// The code inside `/*! … */` is a comment.
    pub(crate) skips_code: bool,
    /// A backslash in a string hides the next byte on PostgreSQL (`standard_conforming_strings` is off)
    /// and does not on MySQL (`NO_BACKSLASH_ESCAPES`).
    pub(crate) other_backslash: bool,
    /// On MySQL, double quotes are for names (`ANSI_QUOTES`).
    pub(crate) ansi_quotes: bool,
}

/// What a text leaves to the server's version or settings, as far as one reading of it has shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Doubts {
    pub(crate) code: bool,
    pub(crate) backslash: bool,
    pub(crate) double_quotes: bool,
    /// Comments that are code for different servers or versions: some may count while others do not.
    pub(crate) mixed_code: bool,
}

impl Reading {
    /// The readings that differ from this one in one doubt.
    pub(crate) fn others(self, doubts: Doubts) -> impl Iterator<Item = Self> {
        let code = Self {
            skips_code: !self.skips_code,
            ..self
        };
        let backslash = Self {
            other_backslash: !self.other_backslash,
            ..self
        };
        let quotes = Self {
            ansi_quotes: !self.ansi_quotes,
            ..self
        };
        [
            doubts.code.then_some(code),
            doubts.backslash.then_some(backslash),
            doubts.double_quotes.then_some(quotes),
        ]
        .into_iter()
        .flatten()
    }
}
