use std::{fmt, time::Duration};

use super::load::TASKS;

/// What one fault did to the load.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) server: &'static str,
    pub(crate) fault: &'static str,
    pub(crate) reads: u64,
    pub(crate) failed_reads: u64,
    pub(crate) writes: u64,
    pub(crate) failed_writes: u64,
    pub(crate) longest_read: Duration,
    pub(crate) recovery: Option<Duration>,
    /// Acknowledged, and not on the surviving master.
    pub(crate) lost: usize,
    /// Begun after the switch, and on the old master alone.
    pub(crate) wrong: usize,
    /// Reads that missed what their task had written.
    pub(crate) stale: u64,
    /// Failures of what was begun after the fault.
    pub(crate) late: u64,
    pub(crate) faults: u64,
    pub(crate) remark: String,
    /// Promises that were not kept.
    pub(crate) broken: Vec<String>,
}

impl Row {
    pub(crate) fn failed(fault: &'static str, why: String) -> Self {
        Self {
            fault,
            broken: vec![why],
            ..Self::default()
        }
    }

    /// Notes a promise, and whether it was kept.
    pub(crate) fn promise(mut self, what: &str, kept: bool) -> Self {
        if !kept {
            self.broken.push(what.to_owned());
        }
        self
    }

    pub(crate) fn no_failed_reads(self) -> Self {
        let kept = self.failed_reads == 0;
        self.promise("no failed reads", kept)
    }

    pub(crate) fn no_failed_writes(self) -> Self {
        let kept = self.failed_writes == 0;
        self.promise("no failed writes", kept)
    }

    pub(crate) fn none_lost(self) -> Self {
        let kept = self.lost == 0;
        self.promise("no acknowledged write lost", kept)
    }

    /// What is promised where only slaves are ill.
    pub(crate) fn unharmed(self) -> Self {
        let kept = self.stale == 0;
        self.no_failed_reads()
            .no_failed_writes()
            .none_lost()
            .promise("everybody reads their own writes", kept)
    }

    /// What is promised where only what is under way can be lost.
    pub(crate) fn only_in_flight(self) -> Self {
        let (kept, fresh) = (self.late == 0, self.stale == 0);
        let few = self.failed_writes <= TASKS / 2 * self.faults.max(1);
        self.no_failed_reads()
            .none_lost()
            .promise("no write fails but those in flight", few)
            .promise("nothing fails that begins after the fault", kept)
            .promise("everybody reads their own writes", fresh)
    }

    /// What is promised beside a plain connection.
    pub(crate) fn no_worse_than(self, plain: &Self) -> Self {
        let failed = |row: &Self| row.failed_reads + row.failed_writes;
        let kept = failed(&self) <= failed(plain);
        self.promise("no more fails than on a plain connection", kept)
    }

    pub(crate) fn reads_within(self, limit: Duration) -> Self {
        let kept = self.longest_read <= limit;
        self.promise(&format!("no read longer than {limit:?}"), kept)
    }

    pub(crate) fn recovered(mut self, after: Option<Duration>, limit: Duration) -> Self {
        self.recovery = after;
        let kept = after.is_some_and(|after| after <= limit);
        self.promise(&format!("recovered within {limit:?}"), kept)
    }

    pub(crate) fn remark(mut self, remark: impl Into<String>) -> Self {
        self.remark = remark.into();
        self
    }

    fn cells(&self) -> [String; COLUMNS.len()] {
        let seconds = |time: Duration| format!("{:.2} s", time.as_secs_f64());
        [
            self.fault.to_owned(),
            self.server.to_owned(),
            format!("{} of {}", self.failed_reads, self.reads),
            format!("{} of {}", self.failed_writes, self.writes),
            seconds(self.longest_read),
            self.recovery.map_or_else(|| "–".to_owned(), seconds),
            self.lost.to_string(),
            self.wrong.to_string(),
            self.remark.clone(),
        ]
    }
}

/// One line, for the time while the suite runs.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells = self.cells();
        for (name, cell) in COLUMNS.iter().zip(&cells).skip(2) {
            if !cell.is_empty() {
                write!(f, "{name}: {cell}; ")?;
            }
        }
        match self.broken.as_slice() {
            [] => f.write_str("ok"),
            broken => write!(f, "BROKEN: {}", broken.join("; ")),
        }
    }
}

const COLUMNS: [&str; 9] = [
    "fault",
    "server",
    "failed reads",
    "failed writes",
    "longest read",
    "recovery",
    "lost",
    "wrong node",
    "remark",
];

/// The table of all faults.
#[derive(Debug)]
pub(crate) struct Report(Vec<Row>);

impl Report {
    /// The rows of one fault beside each other.
    pub(crate) fn new(rows: Vec<Row>) -> Self {
        let order = |row: &Row| rows.iter().position(|other| other.fault == row.fault);
        let mut sorted = rows.clone();
        sorted.sort_by_key(order);
        Self(sorted)
    }

    pub(crate) fn broken(&self) -> usize {
        self.0.iter().filter(|row| !row.broken.is_empty()).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| {} |", COLUMNS.join(" | "))?;
        writeln!(f, "|{}", "---|".repeat(COLUMNS.len()))?;
        for row in &self.0 {
            writeln!(f, "| {} |", row.cells().join(" | "))?;
        }
        for row in self.0.iter().filter(|row| !row.broken.is_empty()) {
            writeln!(
                f,
                "BROKEN: {}, {}: {}",
                row.fault,
                row.server,
                row.broken.join("; ")
            )?;
        }
        Ok(())
    }
}
