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
    /// For which openings (`/*!50800`, `/*M!`) the code inside is a comment, a bit each in the order in which they come; the last
    /// bit is for all from the 32nd on.
    pub(crate) skips_code: u32,
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
    /// How many different openings such comments have.
    pub(crate) openings: u32,
}

/// The code of all openings is skipped.
pub(crate) const ALL_CODE: u32 = u32::MAX;

/// With so many openings each set of them is looked at.
const FEW_OPENINGS: u32 = 4;

impl Doubts {
    /// What servers may skip together: which that is depends on their kind and version. Of many openings it is each alone, all but
    /// one, and all.
    pub(crate) fn skipped_code(self) -> Vec<u32> {
        match self.openings {
            0 => Vec::new(),
            1 => vec![ALL_CODE],
            few @ 2..=FEW_OPENINGS => (1..1 << few).collect(),
            many => {
                let alone = (0..many.min(u32::BITS)).map(|opening| 1 << opening);
                let others = alone.clone().map(|skipped: u32| !skipped);
                alone.chain(others).chain([ALL_CODE]).collect()
            }
        }
    }
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
