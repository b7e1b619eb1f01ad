use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sea_orm_migration::sea_orm::DynIden;
use sea_orm_routing::{Role, RoutingDatabase, RoutingError};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout_at},
};
use tracing::info;

use super::{
    error::{BindError, Laggard},
    history::History,
};

/// Often enough for a person who waits; one small query each time.
const INTERVAL: Duration = Duration::from_millis(100);

/// The slaves of one bind, each with a handle of its own.
pub(crate) struct Slaves {
    bind: String,
    handles: Vec<(String, RoutingDatabase)>,
}

impl Slaves {
    pub(crate) fn of(bind: &str, db: &RoutingDatabase) -> Result<Self, RoutingError> {
        let nodes = db.status().nodes.into_iter();
        let slaves = nodes.filter(|node| node.role == Role::Slave);
        let handles = slaves.map(|node| {
            let key = format!("{}.{}", node.bind, node.node);
            let handle = db.bind(&key)?;
            Ok((key, handle))
        });
        Ok(Self {
            bind: bind.to_owned(),
            handles: handles.collect::<Result<_, _>>()?,
        })
    }

    /// Returns when every slave shows the master's history; all are watched at once, so that one that does not
    /// answer does not hide the state of the others.
    pub(crate) async fn wait_for(
        self,
        master: History,
        table: DynIden,
        patience: Duration,
    ) -> Result<(), BindError> {
        if self.handles.is_empty() {
            return Ok(());
        }
        info!("Waiting for the slaves of bind '{}'", self.bind);
        let deadline = Instant::now() + patience;
        let mut watches = JoinSet::new();
        for (slave, db) in self.handles {
            let watch = watch(slave, db, table.clone(), master.clone(), deadline);
            watches.spawn(watch);
        }
        let mut laggards: Vec<Laggard> = watches.join_all().await.into_iter().flatten().collect();
        if laggards.is_empty() {
            info!("The slaves of bind '{}' have the change", self.bind);
            return Ok(());
        }
        laggards.sort_by(|one, other| one.slave.cmp(&other.slave));
        Err(BindError::Slaves { patience, laggards })
    }
}

/// Asks one slave until it shows the master's history; gives the slave when it does not in time.
async fn watch(
    slave: String,
    db: RoutingDatabase,
    table: DynIden,
    master: History,
    deadline: Instant,
) -> Option<Laggard> {
    let mut trouble = Some("no answer".to_owned());
    loop {
        match timeout_at(deadline, History::read(&db, table.clone())).await {
            Ok(Ok(history)) if history == master => return None,
            Ok(Ok(_)) => trouble = None,
            // It may be a slave that starts: it is asked again.
            Ok(Err(error)) => trouble = Some(error.to_string()),
            // What it said last tells more than a question that came too late.
            Err(_) => return Some(Laggard { slave, trouble }),
        }
        if Instant::now() + INTERVAL >= deadline {
            return Some(Laggard { slave, trouble });
        }
        sleep(INTERVAL).await;
    }
}

/// `fresh` and `refresh` write the same versions again. Only their times tell the new rows from those that a slave
/// still has, and these count whole seconds.
pub(crate) async fn let_second_pass(history: &History) {
    loop {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        if !i64::try_from(now.as_secs()).is_ok_and(|second| history.has_second(second)) {
            return;
        }
        sleep(Duration::from_secs(1) - Duration::from_nanos(now.subsec_nanos().into())).await;
    }
}
