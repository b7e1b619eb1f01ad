use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use sea_orm::{Database, DbBackend, ProxyDatabaseTrait};
use sea_orm_routing::{
    BindBuilder, Consistency, RoutingDatabase,
    config::{Hedge, ReadsConfig},
};

use crate::{Mishap, Remote};

type ProxyBox = Box<dyn ProxyDatabaseTrait>;

/// A handle over a master and slaves that are proxies.
#[derive(Debug)]
pub struct Kitchen {
    pub db: RoutingDatabase,
    log: Arc<Mutex<Vec<String>>>,
}

impl Kitchen {
    /// With one slave, to which nothing happens.
    pub async fn new() -> Self {
        Self::of(&["slave-1"], None).await
    }

    /// With two slaves, to one of which something happens.
    pub async fn with(mishap: Mishap) -> Self {
        Self::of(&["slave-1", "slave-2"], Some(mishap)).await
    }

    async fn of(slaves: &[&'static str], mishap: Option<Mishap>) -> Self {
        let (log, mishap) = (Arc::default(), Arc::new(Mutex::new(mishap)));
        let connect = async |name| {
            let remote: ProxyBox = Box::new(Remote::new(name, &log, &mishap));
            let connection = Database::connect_proxy(DbBackend::Postgres, Arc::new(remote));
            connection.await.expect("a proxy asks nobody")
        };
        let mut bind = BindBuilder::new("default", connect("master").await)
            // What is looked at is the split, whatever this task has written.
            .reads(
                ReadsConfig::new()
                    .consistency(Consistency::Eventual)
                    .hedge(Hedge::After(Duration::from_millis(20))),
            );
        for slave in slaves {
            bind = bind.slave(*slave, connect(slave).await);
        }
        let db = RoutingDatabase::builder().bind(bind).build();
        let db = db.expect("one bind with slaves is a valid configuration");
        Self { db, log }
    }

    /// The same, without the questions of the handle itself.
    pub fn own_log(&self) -> Vec<String> {
        let mut log = self.log();
        log.retain(|entry| !entry.contains('\n'));
        log
    }

    /// `node: verb` for each statement since the last call.
    pub fn log(&self) -> Vec<String> {
        std::mem::take(&mut self.log.lock().expect("no test panics inside"))
    }
}
