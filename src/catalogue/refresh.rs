use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use arc_swap::ArcSwap;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until, timeout},
};
use tracing::warn;

use super::user_functions::user_functions;
use crate::{classify::Access, names::BindName, node::Topology};

/// How often the catalogues are read when nothing asks for it: one query on each bind's master.
const INTERVAL: Duration = Duration::from_secs(60);

/// Least time between two reads, however many unknown names are met; doubled while they bring no news.
const PAUSE: Duration = Duration::from_secs(1);

/// A catalogue that takes longer is read next time.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Reads one bind's catalogue from its master.
#[derive(Debug)]
pub(crate) struct Refresh {
    pub(crate) bind: BindName,
    topology: Arc<ArcSwap<Topology>>,
}

impl Refresh {
    pub(crate) fn new(bind: &BindName, topology: &Arc<ArcSwap<Topology>>) -> Self {
        Self {
            bind: bind.clone(),
            topology: topology.clone(),
        }
    }

    /// The pool of whoever is the master now.
    fn master(&self) -> Option<DatabaseConnection> {
        let topology = self.topology.load();
        topology
            .home(Some(&self.bind))
            .map(|master| master.connection.clone())
    }

    /// SQLite keeps no functions, its own belong to the program; and a mock answers what its test has queued.
    pub(crate) fn has_functions(&self) -> bool {
        self.master().is_some_and(|master| {
            master.get_database_backend() != DbBackend::Sqlite && !master.is_mock_connection()
        })
    }

    /// The bind's functions, or `None` when they can't be read now; a failure is logged.
    pub(crate) async fn read(&self) -> Option<Vec<(String, Access)>> {
        let master = self.master()?;
        match timeout(TIMEOUT, user_functions(&master)).await {
            Ok(Ok(functions)) => return Some(functions),
            Ok(Err(error)) => {
                warn!(bind = %self.bind, %error, "the functions of the database can't be read");
            }
            Err(_) => {
                warn!(bind = %self.bind, "reading the functions of the database took too long")
            }
        }
        None
    }
}

/// Reads the catalogues from time to time, and at once when `wanted`, until `listener` is gone.
pub(crate) async fn keep_fresh<T>(
    catalogues: Vec<Refresh>,
    wanted: Arc<Notify>,
    listener: Weak<T>,
    note: impl Fn(&T, &BindName, Vec<(String, Access)>) -> bool,
) {
    let mut pause = PAUSE;
    loop {
        let earliest = Instant::now() + pause;
        pause = INTERVAL.min(pause * 2);
        tokio::select! {
            () = wanted.notified() => sleep_until(earliest).await,
            () = sleep_until(earliest + INTERVAL) => {}
        }
        for catalogue in &catalogues {
            let functions = catalogue.read().await;
            let Some(listener) = listener.upgrade() else {
                return;
            };
            if functions.is_some_and(|functions| note(&listener, &catalogue.bind, functions)) {
                pause = PAUSE;
            }
        }
    }
}
