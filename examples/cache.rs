//! A cache that forgets what this process changes: `cargo run --example cache`.
//!
//! Whoever writes knows nothing of the cache. Other processes' writes are not seen: give entries a time to live too.

#![allow(clippy::print_stdout, reason = "printing is what the example is for")]

use std::{
    collections::HashMap,
    error::Error,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use entity::bakery;
use migration::{Bakeries, MigratorTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, DbErr, EntityName, EntityTrait, IntoActiveModel,
    TransactionTrait,
};
use sea_orm_routing::{
    BindsConfig, ConnectError, RoutingDatabase,
    config::{BindConfig, NodeConfig},
    modification::{Modification, Modifications},
};
use tokio::sync::watch;
use tokio_stream::StreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let db = connect(&directory.path().display().to_string()).await?;
    Bakeries::up(&db, None).await?;

    let cache = Arc::new(Names::default());
    let (forgot, mut forgotten) = watch::channel(());
    tokio::spawn(cache.clone().follow(db.modifications(), forgot));

    let bakery = bakery::ActiveModel {
        name: Set("SeaSide".to_owned()),
        ..Default::default()
    };
    let bakery = bakery.insert(&db).await?;
    let id = bakery.id;
    forgotten.changed().await?;
    cache.show("read", &db, id).await?;
    cache.show("read again", &db, id).await?;

    let transaction = db.begin().await?;
    let mut bakery = bakery.into_active_model();
    bakery.name = Set("LakeSide".to_owned());
    bakery.update(&transaction).await?;
    cache.show("changed, not committed", &db, id).await?;
    transaction.commit().await?;
    forgotten.changed().await?;
    cache.show("committed", &db, id).await?;

    db.close().await?;
    Ok(())
}

/// The names of bakeries that have been read.
#[derive(Debug, Default)]
struct Names(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    names: HashMap<i32, String>,
    /// How often all was forgotten.
    generation: u64,
}

impl Names {
    /// Forgets all names when a bakery changes, or when it can't be known whether one has.
    async fn follow(self: Arc<Self>, mut modifications: Modifications, forgot: watch::Sender<()>) {
        while let Some(modification) = modifications.next().await {
            if modification.map_or(true, |modification| changes_bakeries(&modification)) {
                self.forget();
                forgot.send_replace(());
            }
        }
    }

    async fn get(&self, db: &RoutingDatabase, id: i32) -> Result<(Option<String>, Source), DbErr> {
        let generation = {
            let known = self.lock();
            if let Some(name) = known.names.get(&id) {
                return Ok((Some(name.clone()), Source::Cache));
            }
            known.generation
        };
        // A slave may be behind what has just been forgotten, and nobody would forget it again.
        let bakery = bakery::Entity::find_by_id(id).one(&db.master()).await?;
        let name = bakery.map(|bakery| bakery.name);
        let mut known = self.lock();
        if let Some(name) = name.as_ref().filter(|_| known.generation == generation) {
            known.names.insert(id, name.clone());
        }
        Ok((name, Source::Master))
    }

    async fn show(&self, when: &str, db: &RoutingDatabase, id: i32) -> Result<(), DbErr> {
        let (name, source) = self.get(db, id).await?;
        println!("{when}: {name:?} from {source:?}");
        Ok(())
    }

    fn forget(&self) {
        let mut known = self.lock();
        known.names.clear();
        known.generation += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
enum Source {
    Cache,
    Master,
}

fn changes_bakeries(modification: &Modification) -> bool {
    let bakeries = bakery::Entity.table_name();
    match &modification.tables {
        Some(tables) => tables.iter().any(|table| table.name == bakeries),
        // A procedure, say: any table.
        None => modification.bind.as_str() == "default",
    }
}

async fn connect(directory: &str) -> Result<RoutingDatabase, ConnectError> {
    let bind = |name: &str| {
        let file = format!("sqlite://{directory}/{name}.db");
        BindConfig::new(name, format!("{file}?mode=rwc")).slave(NodeConfig::new("slave-1", file))
    };
    RoutingDatabase::from_config(
        BindsConfig::new()
            .bind(bind("default"))
            .bind(bind("reports")),
    )
    .await
}
