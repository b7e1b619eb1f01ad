use std::{
    collections::{HashMap, HashSet},
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
use tracing::{info, warn};

use super::{
    Catalogue,
    facts::{self, Told},
    known_function::KnownFunction,
    own_functions::own_functions,
    user_functions::user_functions,
};
use crate::{
    driver::size,
    events::NODE,
    names::BindName,
    node::{Bind, Node, Topology},
    shard::group_of,
};

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
    /// Of each bind whose catalogue has been read.
    before: Mutex<HashMap<BindName, Before>>,
    /// Which shard of a group was read last.
    spoken: Mutex<HashMap<BindName, BindName>>,
    /// Why a bind's catalogue can't be read, which the log says once.
    failures: Mutex<HashMap<BindName, String>>,
}

/// What need not be read again.
#[derive(Clone, Debug)]
struct Before {
    /// The server's own functions.
    own: Arc<[KnownFunction]>,
    relations: Told,
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
            before: Mutex::default(),
            spoken: Mutex::default(),
            failures: Mutex::default(),
        }
    }

    /// The binds that have a catalogue, and the groups, whose shards are taken to be alike: a mock answers what its test has
    /// queued.
    pub(crate) fn binds(&self) -> Vec<BindName> {
        let topology = self.topology.load();
        let real = topology
            .all_binds()
            .filter(|bind| !bind.master.connection.is_mock_connection());
        let (mut binds, mut groups) = (Vec::new(), HashSet::new());
        for bind in real {
            match group_of(bind.name.as_str()) {
                None => binds.push(bind.name.clone()),
                Some((group, _)) => {
                    if groups.insert(group) {
                        binds.push(group.into());
                    }
                }
            }
        }
        binds
    }

    /// Has all of it read the next time: a bind of the same name may be another database.
    pub(crate) fn forget(&self) {
        self.before.lock().clear();
        self.spoken.lock().clear();
    }

    /// Whoever is the master now; of a group that of a shard which is open. None is opened for this but the first one.
    fn master(&self, bind: &BindName) -> Option<Arc<Node>> {
        let topology = self.topology.load();
        if let Some(master) = topology.home(Some(bind)) {
            return Some(master.clone());
        }
        let spoken = self.spoken.lock().get(bind).cloned();
        let of_group = |bind: &&Arc<Bind>, group: &BindName| {
            group_of(bind.name.as_str()).is_some_and(|(of, _)| *group == *of)
        };
        let shards = || topology.binds().filter(|shard| of_group(shard, bind));
        let is_open = |shard: &&Arc<Bind>| size(&shard.master.connection) > 0;
        let is_up = |shard: &&Arc<Bind>| !shard.master.health.is_down();
        let last = spoken.as_ref().and_then(|last| topology.bind(last));
        let last = last.filter(is_open).filter(is_up);
        let found = last.or_else(|| shards().filter(is_up).find(is_open));
        let found = match spoken {
            Some(_) => found,
            None => found.or_else(|| shards().find(is_up)),
        };
        found.map(|shard| shard.master.clone())
    }

    /// What the database of the bind says, or of a shard for its group; `None` when none can be read now. A failure is logged.
    pub(crate) async fn read(&self, bind: &BindName) -> Option<Catalogue> {
        let master = self.master(bind)?;
        let name = &master.bind;
        let connection = unseen(&master.connection)?;
        let channel = master.channel_over(&connection);
        let read = timeout(TIMEOUT, async {
            let read = self.read_from(&channel, name);
            match master.seat().await? {
                Some(seat) => seat.of(read).await,
                None => read.await,
            }
        });
        let read = match read.await {
            Ok(read) => read.map_err(|error| error.to_string()),
            Err(_) => Err(format!("no answer within {} s", TIMEOUT.as_secs())),
        };
        self.tell(name, read.as_ref().err());
        if read.is_ok() {
            self.spoken.lock().insert(source_of(name), name.clone());
        }
        read.ok()
    }

    /// Logs whether the catalogue can be read, if that is news.
    fn tell(&self, bind: &BindName, failure: Option<&String>) {
        let mut failures = self.failures.lock();
        match failure {
            Some(error) => {
                if failures.insert(bind.clone(), error.clone()).as_ref() != Some(error) {
                    warn!(target: NODE, %bind, error, "the catalogue of the database can't be read");
                }
            }
            None => {
                if failures.remove(bind).is_some() {
                    info!(target: NODE, %bind, "the catalogue of the database can be read again");
                }
            }
        }
    }

    async fn read_from(
        &self,
        master: &impl ConnectionTrait,
        bind: &BindName,
    ) -> Result<Catalogue, DbErr> {
        let before = self.before.lock().get(bind).cloned();
        let mut functions = user_functions(master).await?;
        let (own, relations) = before.map_or((None, None), |before| {
            (Some(before.own), Some(before.relations))
        });
        let own = match own {
            Some(own) => own,
            None => own_functions(master).await?.into(),
        };
        let relations = facts::read(master, relations).await?;
        functions.extend(own.iter().cloned());
        let facts = relations.facts.clone();
        self.before
            .lock()
            .insert(bind.clone(), Before { own, relations });
        Ok(Catalogue {
            backend: master.get_database_backend(),
            functions,
            facts,
        })
    }
}

/// By whom the catalogue of a bind is known: a group's shards are taken to be alike.
pub(crate) fn source_of(bind: &BindName) -> BindName {
    match group_of(bind.as_str()) {
        Some((group, _)) => group.into(),
        None => bind.clone(),
    }
}

/// A connection whose statements are not the application's: its callback does not hear of them. `None` of a mock.
pub(super) fn unseen(connection: &DatabaseConnection) -> Option<DatabaseConnection> {
    if connection.is_mock_connection() {
        return None;
    }
    let mut connection = connection.clone();
    connection.set_metric_callback(|_| {});
    Some(connection)
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
