/// What ended the reading before the end of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LexFault {
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
