use std::sync::{Arc, Mutex};

use sea_orm::{Database, DatabaseConnection, DbBackend};
use sea_orm_routing::{BindBuilder, Consistency, RoutingDatabase};

use crate::Remote;

/// A handle over a master and a slave that are proxies.
#[derive(Debug)]
pub struct Kitchen {
    pub db: RoutingDatabase,
    log: Arc<Mutex<Vec<String>>>,
}

impl Kitchen {
    pub async fn new() -> Self {
        let log = Arc::default();
        let bind = BindBuilder::new("default", connect("master", &log).await)
            .slave("slave-1", connect("slave-1", &log).await)
            // What is looked at is the split, whatever this task has written.
            .consistency(Consistency::Eventual);
        let db = RoutingDatabase::builder().bind(bind).build();
        let db = db.expect("one bind with a slave is a valid configuration");
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

async fn connect(name: &'static str, log: &Arc<Mutex<Vec<String>>>) -> DatabaseConnection {
    let remote = Remote::new(name, log);
    let connection = Database::connect_proxy(DbBackend::Postgres, Arc::new(Box::new(remote)));
    connection.await.expect("a proxy asks nobody")
}
