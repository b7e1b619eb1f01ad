use std::time::Duration;

use test_cluster::{MariaDb, Postgres, Server};

use crate::{contender::Contender, workload::Workload};

/// Enough for a median; of all cells this takes ten minutes.
const ROUNDS: usize = 5;
const SLICE: Duration = Duration::from_millis(250);
const CLIENTS: &[usize] = &[1, 16, 64, 256];
const SERVERS: &[&str] = &[Postgres::NAME, MariaDb::NAME];

/// What is run of all there is.
#[derive(Debug)]
pub(crate) struct Selection {
    servers: Vec<&'static str>,
    contenders: Vec<Contender>,
    pub(crate) workloads: Vec<Workload>,
    pub(crate) clients: Vec<usize>,
    pub(crate) rounds: usize,
    pub(crate) slice: Duration,
    is_whole: bool,
}

impl Selection {
    /// What the words of the command line name; where they name nothing of a kind, all of it.
    pub(crate) fn new(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut selection = Self {
            servers: Vec::new(),
            contenders: Vec::new(),
            workloads: Vec::new(),
            clients: Vec::new(),
            rounds: ROUNDS,
            slice: SLICE,
            is_whole: true,
        };
        for word in words {
            selection.is_whole = false;
            selection.take(&word)?;
        }
        or_all(&mut selection.servers, SERVERS);
        or_all(&mut selection.contenders, &Contender::all());
        or_all(&mut selection.workloads, Workload::ALL);
        or_all(&mut selection.clients, CLIENTS);
        Ok(selection)
    }

    fn take(&mut self, word: &str) -> Result<(), String> {
        if let Some(server) = SERVERS.iter().find(|name| is_named(name, word)) {
            self.servers.push(server);
        } else if let Some(&workload) = Workload::ALL.iter().find(|known| known.name() == word) {
            self.workloads.push(workload);
        } else if let Some(contender) = Contender::named(word) {
            self.contenders.push(contender);
        } else if let Ok(clients @ 1..) = word.parse() {
            self.clients.push(clients);
        } else if let Some(Ok(rounds @ 1..)) = word.strip_prefix("rounds=").map(str::parse) {
            self.rounds = rounds;
        } else if let Some(Ok(slice @ 1..)) = milliseconds(word).map(str::parse) {
            self.slice = Duration::from_millis(slice);
        } else {
            return Err(unknown(word));
        }
        Ok(())
    }

    pub(crate) fn has(&self, server: &str) -> bool {
        self.servers.contains(&server)
    }

    pub(crate) fn contenders_on(&self, server: &str) -> Vec<Contender> {
        let all = self.contenders.iter().copied();
        all.filter(|contender| server == Postgres::NAME || !contender.is_only_for_postgres())
            .collect()
    }

    /// Whether nothing was left out.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }
}

fn or_all<T: Clone>(chosen: &mut Vec<T>, all: &[T]) {
    if chosen.is_empty() {
        chosen.extend_from_slice(all);
    }
}

/// `postgres`, too, names PostgreSQL.
fn is_named(server: &str, word: &str) -> bool {
    let server = server.to_lowercase();
    server == word || server.strip_suffix("ql") == Some(word)
}

fn milliseconds(word: &str) -> Option<&str> {
    word.strip_prefix("slice=")?.strip_suffix("ms")
}

fn unknown(word: &str) -> String {
    let workloads = Workload::ALL.iter().map(|workload| workload.name());
    let contenders = Contender::all().into_iter().map(Contender::name);
    format!(
        "unknown word `{word}`; known are `postgresql`, `mariadb`, a number of clients, `rounds=5`, `slice=250ms`, {}",
        workloads
            .map(str::to_owned)
            .chain(contenders)
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ")
    )
}
