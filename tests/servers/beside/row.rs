use std::{collections::BTreeSet, fmt};

use sea_orm::DbErr;

/// What became of some work.
#[derive(Clone, Debug, Default)]
pub(super) struct Count {
    pub(super) failed: usize,
    of: usize,
    errors: BTreeSet<String>,
}

impl Count {
    /// Whether there was an error of this kind.
    pub(super) fn met(&self, kind: &str) -> bool {
        self.errors.iter().any(|error| error.starts_with(kind))
    }

    pub(super) fn note<T>(&mut self, answer: &Result<T, DbErr>) {
        self.of += 1;
        if let Err(error) = answer {
            self.failed += 1;
            self.errors.insert(error.to_string());
        }
    }
}

impl Count {
    pub(super) fn add(&mut self, more: Self) {
        self.of += more.of;
        self.failed += more.failed;
        self.errors.extend(more.errors);
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.failed, self.of)
    }
}

/// A fault, and what it cost on both ways.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) fault: String,
    pub(super) server: &'static str,
    pub(super) routed: Count,
    pub(super) plain: Count,
}

impl Row {
    pub(super) fn is_no_worse(&self) -> bool {
        self.routed.failed <= self.plain.failed
    }

    /// What went wrong, if it is worse.
    pub(super) fn complaint(&self) -> Option<String> {
        (!self.is_no_worse()).then(|| format!("{self}: {:#?}", self.routed.errors))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            fault,
            server,
            routed,
            plain,
        } = self;
        write!(f, "| {fault} | {server} | {routed} | {plain} |")
    }
}

/// The promise of all rows at once, so that a run tells everything.
pub(super) fn none_is_worse(rows: &[Row]) {
    rows.iter().for_each(|row| println!("{row}"));
    let complaints: Vec<_> = rows.iter().filter_map(Row::complaint).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
