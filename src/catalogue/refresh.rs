use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::Duration,
};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
use tokio::{
    sync::Notify,
    time::{Instant, sleep, sleep_until, timeout},
};
use tracing::warn;

use super::{Catalogue, own_functions::own_functions};
use crate::{names::BindName, node::Topology};

/// How often the catalogues are read when nothing asks for it: one query of each kind on each bind's master.
const INTERVAL: Duration = Duration::from_secs(60);

/// Least time between two reads, however many unknown names are met; doubled while they bring no news.
const PAUSE: Duration = Duration::from_secs(1);

/// Definitions seldom come alone.
const SETTLING: Duration = Duration::from_millis(50);

/// A catalogue that takes longer is read next time.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Reads the binds' catalogues from their masters.
#[derive(Debug)]
pub(crate) struct Refresh {
    topology: Arc<ArcSwap<Topology>>,
    /// The servers' own functions, of each bind whose catalogue has been read.
    own: Mutex<HashMap<BindName, Arc<[String]>>>,
}

/// What makes the catalogues be read before their time.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// A name that nobody knows.
    pub(crate) unknown_met: Notify,
    /// A definition that went through a handle.
    pub(crate) changed: Notify,
}

impl Refresh {
    pub(crate) fn new(topology: &Arc<ArcSwap<Topology>>) -> Self {
        Self {
            topology: topology.clone(),
            own: Mutex::default(),
        }
    }

    /// The binds that have a catalogue: a mock answers what its test has queued.
    pub(crate) fn binds(&self) -> Vec<BindName> {
        let topology = self.topology.load();
        let real = topology
            .binds()
            .filter(|bind| !bind.master.connection.is_mock_connection());
        real.map(|bind| bind.name.clone()).collect()
    }

    /// The pool of whoever is the master now.
    fn master(&self, bind: &BindName) -> Option<DatabaseConnection> {
        let topology = self.topology.load();
        let master = &topology.home(Some(bind))?.connection;
        (!master.is_mock_connection()).then(|| master.clone())
    }

    /// What the bind's database says, or `None` when it can't be read now; a failure is logged.
    pub(crate) async fn read(&self, bind: &BindName) -> Option<Catalogue> {
        let master = self.master(bind)?;
        match timeout(TIMEOUT, self.read_from(&master, bind)).await {
            Ok(Ok(catalogue)) => return Some(catalogue),
            Ok(Err(error)) => {
                warn!(%bind, %error, "the catalogue of the database can't be read");
            }
            Err(_) => {
                warn!(%bind, "reading the catalogue of the database took too long")
            }
        }
        None
    }

    async fn read_from(
        &self,
        master: &DatabaseConnection,
        bind: &BindName,
    ) -> Result<Catalogue, DbErr> {
        let catalogue = Catalogue::read(master).await?;
        let known = self.own.lock().get(bind).cloned();
        let own = match known {
            Some(own) => own,
            None => {
                let own: Arc<[String]> = own_functions(master).await?.into();
                self.own.lock().insert(bind.clone(), own.clone());
                own
            }
        };
        Ok(catalogue.with_own(&own))
    }
}

/// Reads the catalogues from time to time, and at once when `wanted`, until `listener` is gone.
pub(crate) async fn keep_fresh<T>(
    refresh: Arc<Refresh>,
    wanted: Arc<Wanted>,
    listener: Weak<T>,
    note: impl Fn(&T, &BindName, Catalogue) -> bool,
) {
    let mut pause = PAUSE;
    loop {
        let earliest = Instant::now() + pause;
        pause = INTERVAL.min(pause * 2);
        tokio::select! {
            () = async {
                wanted.changed.notified().await;
                sleep(SETTLING).await;
            } => {}
            () = async {
                wanted.unknown_met.notified().await;
                sleep_until(earliest).await;
            } => {}
            () = sleep_until(earliest + INTERVAL) => {}
        }
        for bind in refresh.binds() {
            let catalogue = refresh.read(&bind).await;
            let Some(listener) = listener.upgrade() else {
                return;
            };
            if catalogue.is_some_and(|catalogue| note(&listener, &bind, catalogue)) {
                pause = PAUSE;
            }
        }
    }
}
