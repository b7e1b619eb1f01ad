use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use tokio::{runtime::Runtime, time::Instant};

use test_cluster::Cluster;

use super::{Row, dialect::Dialect};

const SLAVES: usize = 2;

/// The faults of one kind of server, one after the other.
#[derive(Debug)]
pub(crate) struct Suite<S: Dialect> {
    runtime: Runtime,
    /// For faults that leave every server in its role.
    shared: Option<Arc<Cluster<S>>>,
    chosen: Vec<String>,
    /// The names of all faults.
    faults: Vec<&'static str>,
    rows: Vec<Row>,
}

impl<S: Dialect> Suite<S> {
    pub(crate) fn run(all: impl FnOnce(&mut Self), chosen: &[String]) -> Vec<Row> {
        let mut suite = Self::new(chosen.to_vec());
        all(&mut suite);
        suite.rows
    }

    /// The words that are in no fault's name, and those names.
    pub(crate) fn unknown(
        all: impl FnOnce(&mut Self),
        words: &[String],
    ) -> Option<(Vec<String>, Vec<&'static str>)> {
        // No fault has this in its name, so that none runs.
        let mut suite = Self::new(vec!["\0".to_owned()]);
        all(&mut suite);
        let is_unknown = |word: &&String| !suite.faults.iter().any(|fault| fault.contains(*word));
        let unknown: Vec<_> = words.iter().filter(is_unknown).cloned().collect();
        (!unknown.is_empty()).then_some((unknown, suite.faults))
    }

    fn new(chosen: Vec<String>) -> Self {
        Self {
            runtime: Runtime::new().unwrap(),
            shared: None,
            chosen,
            faults: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// A fault on the cluster that such faults share.
    pub(crate) fn shared(
        &mut self,
        fault: &'static str,
        run: impl AsyncFnOnce(&Cluster<S>) -> Row,
    ) {
        self.faults.push(fault);
        if !self.is_chosen(fault) {
            return;
        }
        let cluster = self.shared.take();
        let cluster = cluster.unwrap_or_else(|| Arc::new(self.start()));
        let row = self.attempt(fault, run, &cluster);
        // What a broken promise has left behind shall not break the next one.
        if row.broken.is_empty() {
            self.shared = Some(cluster);
        }
        self.note(row);
    }

    /// The same, if a word chooses it: it takes longer than others.
    pub(crate) fn asked(&mut self, fault: &'static str, run: impl AsyncFnOnce(&Cluster<S>) -> Row) {
        match self.chosen.is_empty() {
            true => self.faults.push(fault),
            false => self.shared(fault, run),
        }
    }

    /// A fault on a cluster of its own.
    pub(crate) fn own(&mut self, fault: &'static str, run: impl AsyncFnOnce(&Cluster<S>) -> Row) {
        self.faults.push(fault);
        if !self.is_chosen(fault) {
            return;
        }
        self.on_its_own(fault, run);
    }

    fn on_its_own(&mut self, fault: &'static str, run: impl AsyncFnOnce(&Cluster<S>) -> Row) {
        let cluster = self.start();
        let row = self.attempt(fault, run, &cluster);
        self.note(row);
    }

    /// What takes long, and runs only when its name is given.
    pub(crate) fn named(&mut self, fault: &'static str, run: impl AsyncFnOnce(&Cluster<S>) -> Row) {
        self.faults.push(fault);
        if self.chosen.iter().any(|word| word == fault) {
            self.on_its_own(fault, run);
        }
    }

    fn is_chosen(&self, fault: &str) -> bool {
        self.chosen.is_empty() || self.chosen.iter().any(|word| fault.contains(word))
    }

    fn start(&self) -> Cluster<S> {
        self.runtime.block_on(Cluster::start(SLAVES)).unwrap()
    }

    fn attempt(
        &self,
        fault: &'static str,
        run: impl AsyncFnOnce(&Cluster<S>) -> Row,
        cluster: &Cluster<S>,
    ) -> Row {
        let begun = Instant::now();
        let attempt = || self.runtime.block_on(run(cluster));
        let row = catch_unwind(AssertUnwindSafe(attempt));
        let row = row.unwrap_or_else(|_| Row::failed(fault, "the scenario panicked".to_owned()));
        let row = Row {
            server: S::NAME,
            fault,
            ..row
        };
        println!(
            "{} {fault} ({:.1} s): {row}",
            S::NAME,
            begun.elapsed().as_secs_f64()
        );
        row
    }

    fn note(&mut self, row: Row) {
        self.rows.push(row);
    }
}
