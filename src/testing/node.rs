use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use parking_lot::Mutex;
use sea_orm::{
    DatabaseConnection, SqlxSqliteConnector,
    sqlx::{
        ConnectOptions, Error, SqlitePool,
        sqlite::{SqliteConnectOptions, SqlitePoolOptions},
    },
};
use tokio::sync::watch;

use super::history::{History, Version, writable};
use crate::{
    error::ConnectError,
    freshness::Position,
    node::{Opener, Role, Said, Script},
    observe::Fault,
};

/// As many as a server's pool has that nobody has tuned, more or less.
const CONNECTIONS: u32 = 8;

/// As those of configured nodes.
const MASTER_TIMEOUT: Duration = Duration::from_secs(3);
const SLAVE_TIMEOUT: Duration = Duration::from_secs(1);

/// A server of a lab, as the database above it sees it: it opens pools, and says how far it is.
#[derive(Debug)]
pub(super) struct LabNode {
    pub(super) name: String,
    history: Arc<History>,
    state: Mutex<State>,
    trouble: watch::Sender<Option<Trouble>>,
    /// Whether a connection has come back since somebody asked.
    was_used: Arc<AtomicBool>,
}

#[derive(Debug)]
struct State {
    is_master: bool,
    lag: Duration,
    /// What it holds: the number of a version, and the file.
    number: u64,
    file: PathBuf,
    pools: Vec<(Role, SqlitePool)>,
}

/// What a test has made of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nobody listens there.
    Dead,
    /// Nothing that is sent there is answered.
    Silent,
    /// It is well, and lets no more connections in.
    Refusing,
}

impl LabNode {
    pub(super) fn new(name: &str, history: &Arc<History>, role: Role, first: &Version) -> Self {
        let is_master = role == Role::Master;
        Self {
            name: name.to_owned(),
            history: history.clone(),
            state: Mutex::new(State {
                is_master,
                lag: Duration::ZERO,
                number: first.number,
                file: match is_master {
                    true => history.first(),
                    false => first.file.clone(),
                },
                pools: Vec::new(),
            }),
            trouble: watch::Sender::new(None),
            was_used: Arc::default(),
        }
    }

    fn trouble(&self) -> Option<Trouble> {
        *self.trouble.borrow()
    }

    pub(super) fn is_master(&self) -> bool {
        self.state.lock().is_master
    }

    /// How long a version takes to arrive; `None` while none does.
    pub(super) fn lag(&self) -> Option<Duration> {
        let state = self.state.lock();
        (self.trouble() != Some(Trouble::Dead)).then_some(state.lag)
    }

    pub(super) fn set_lag(&self, lag: Duration) {
        self.state.lock().lag = lag;
    }

    pub(super) fn set_trouble(&self, trouble: Option<Trouble>) {
        self.trouble.send_replace(trouble);
        self.change(|_| {});
    }

    /// Takes in what has arrived by now.
    pub(super) fn receive(&self) {
        let Some(lag) = self.lag() else { return };
        let (is_master, number) = {
            let state = self.state.lock();
            (state.is_master, state.number)
        };
        if !is_master && let Some(version) = self.history.arrived(lag, number) {
            self.hold(&version);
        }
    }

    /// Becomes a slave, if it is none, that holds `version`.
    pub(super) fn hold(&self, version: &Version) {
        self.change(|state| {
            state.is_master = false;
            state.number = version.number;
            state.file = version.file.clone();
        });
    }

    /// Becomes the master, with its own copy of what it holds; gives the first version of it.
    pub(super) async fn promote(&self) -> Result<Version, sea_orm::DbErr> {
        let file = self.state.lock().file.clone();
        let (file, version) = self.history.branch(&file).await?;
        self.change(|state| {
            state.is_master = true;
            state.number = version.number;
            state.file = file;
        });
        Ok(version)
    }

    /// Whether a connection has come back since this was last asked.
    pub(super) fn was_used(&self) -> bool {
        self.was_used.swap(false, Ordering::Relaxed)
    }

    /// Whether SQLite works on something there, or a connection is held.
    pub(super) fn is_busy(&self) -> bool {
        let state = self.state.lock();
        let is_used = |pool: &SqlitePool| pool.size() as usize > pool.num_idle();
        self.trouble() != Some(Trouble::Silent) && state.pools.iter().any(|(_, pool)| is_used(pool))
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock();
        change(&mut state);
        state.pools.retain(|(_, pool)| !pool.is_closed());
        for (role, pool) in &state.pools {
            pool.set_connect_options(self.options(&state, *role));
        }
    }

    fn options(&self, state: &State, role: Role) -> SqliteConnectOptions {
        let missing = matches!(self.trouble(), Some(Trouble::Dead | Trouble::Refusing));
        let file = match missing {
            true => self.history.nowhere(),
            false => state.file.clone(),
        };
        match (state.is_master, role) {
            (true, Role::Master) => writable(&file),
            _ => SqliteConnectOptions::new()
                .filename(file)
                .read_only(true)
                // A version is never written to.
                .immutable(!state.is_master)
                .pragma("query_only", "on")
                .disable_statement_logging(),
        }
        .create_if_missing(false)
    }

    /// A pool in which no connection is used twice: the next one may lead to a newer version, or nowhere.
    fn pool(&self, role: Role) -> SqlitePool {
        let mut state = self.state.lock();
        let trouble = self.trouble.subscribe();
        let was_used = self.was_used.clone();
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(match role {
                Role::Master => MASTER_TIMEOUT,
                Role::Slave => SLAVE_TIMEOUT,
            })
            .after_connect(move |_, _| {
                let trouble = trouble.clone();
                Box::pin(async move {
                    match spoken(trouble).await {
                        Some(Trouble::Dead) => Err(Error::WorkerCrashed),
                        _ => Ok(()),
                    }
                })
            })
            .after_release(move |_, _| {
                was_used.store(true, Ordering::Relaxed);
                Box::pin(async { Ok(false) })
            })
            .connect_lazy_with(self.options(&state, role));
        state.pools.push((role, pool.clone()));
        pool
    }
}

/// Waits for the end of a silence, or the node's, and says what trouble it has then.
async fn spoken(mut trouble: watch::Receiver<Option<Trouble>>) -> Option<Trouble> {
    let is_silent = |trouble: &Option<Trouble>| *trouble == Some(Trouble::Silent);
    let found = trouble.wait_for(|trouble| !is_silent(trouble)).await;
    found.map_or(None, |trouble| *trouble)
}

#[async_trait]
impl Opener for LabNode {
    async fn open(&self, role: Role) -> Result<DatabaseConnection, ConnectError> {
        Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(self.pool(role)))
    }

    fn script(&self) -> Option<&dyn Script> {
        Some(self)
    }
}

#[async_trait]
impl Script for LabNode {
    async fn said(&self) -> Result<Said, Fault> {
        spoken(self.trouble.subscribe()).await;
        let (is_writer, number) = {
            let state = self.state.lock();
            if self.trouble() == Some(Trouble::Dead) {
                return Err(Fault::Refused);
            }
            (state.is_master, state.number)
        };
        let number = match is_writer {
            true => {
                let newest = self.history.observe().await;
                newest.map_err(|_| Fault::Storage)?.number
            }
            false => number,
        };
        Ok(Said {
            is_writer,
            position: Position::Heartbeat(number),
        })
    }
}
