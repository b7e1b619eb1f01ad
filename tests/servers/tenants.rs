//! Tenants with databases of their own on servers that replicate: whatever is done to their scopes, no row is in a wrong one, and
//! none of another's is read.

use std::{future::poll_fn, pin::Pin, task::Poll};

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter, StreamTrait, TransactionTrait, prelude::*,
};
use sea_orm_routing::{
    RoutingDatabase,
    config::{BindConfig, NodeConfig, PoolConfig},
};
use test_cluster::{FreshDatabase, on_servers};
use tokio::{
    task::{JoinSet, yield_now},
    time::timeout,
};
use tokio_stream::StreamExt;

use crate::replicated::{Notebook, SOON, Turns, connect, make_tables, patient, sql};

/// The notes of a tenant, whose shard the scope names; shelves are wherever the scope is.
mod entry {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub owner: i32,
        pub version: i64,
        pub text: String,
    }

    impl ActiveModelBehavior for ActiveModel {}

    impl sea_orm_routing::BindKey for Entity {
        const BIND_KEY: &'static str = "tenants";
    }
}

const TENANTS: usize = 4;
const TASKS: usize = 48;
const TURNS: usize = 5;

fn new_entry(owner: usize, turn: usize) -> entry::ActiveModel {
    entry::ActiveModel {
        owner: Set(i32::try_from(owner).unwrap()),
        version: Set(i64::try_from(turn).unwrap()),
        text: Set(String::new()),
        ..Default::default()
    }
}

/// What a tenant does, by handles and entities that know nothing of tenants.
async fn job(db: &RoutingDatabase, tenant: usize, turn: usize) -> Result<(), DbErr> {
    let is_own = |owner: i32| usize::try_from(owner) == Ok(tenant);
    let saved = new_entry(tenant, turn).insert(db).await?;
    let found = entry::Entity::find_by_id(saved.id).one(db).await?;
    assert_eq!(found, Some(saved), "its own write");
    db.execute_unprepared(&format!("INSERT INTO shelf (id) VALUES ({tenant})"))
        .await?;
    let transaction = db.begin().await?;
    new_entry(tenant, turn).insert(&transaction).await?;
    let nested = transaction.begin().await?;
    nested
        .execute_unprepared(&format!("INSERT INTO shelf (id) VALUES ({tenant})"))
        .await?;
    yield_now().await;
    nested.commit().await?;
    transaction.commit().await?;
    let mut rows = db.stream_raw(sql(db, "SELECT id FROM shelf")).await?;
    while let Some(row) = rows.next().await {
        assert!(
            is_own(row?.try_get_by_index(0)?),
            "a shelf of another tenant"
        );
    }
    drop(rows);
    for entry in entry::Entity::find().all(db).await? {
        assert!(is_own(entry.owner), "{entry:?} is read by {tenant}");
    }
    Ok(())
}

type Work<'w> = Pin<Box<dyn Future<Output = Result<(), DbErr>> + Send + 'w>>;

/// The job in the tenant's scope, nested in another one's, or carried into a task of its own; some are given up half-way.
async fn turn(db: &RoutingDatabase, task: usize, turn: usize) {
    let tenant = (task + turn) % TENANTS;
    let bind = |tenant: usize| db.bind(&format!("tenants:t{tenant}")).unwrap();
    let key = format!("t{tenant}");
    let shard = timeout(SOON, async {
        loop {
            match db.shard("tenants", &key).await {
                Ok(shard) => break shard,
                Err(_) => yield_now().await,
            }
        }
    });
    let shard = shard.await.unwrap();
    let (own, other) = (bind(tenant), bind((tenant + 1) % (TENANTS - 1)));
    let mut work: Work<'_> = match turn % 3 {
        0 => Box::pin(own.scope(shard.scope(job(db, tenant, turn)))),
        1 => Box::pin(other.scope(own.scope(shard.scope(job(db, tenant, turn))))),
        _ => {
            let session = own.scope(shard.scope(async { db.session() })).await;
            Box::pin(async move {
                let job = async move { job(&session, tenant, turn).await };
                tokio::spawn(job).await.unwrap()
            })
        }
    };
    let polls = match (task + turn) % 5 {
        0 => 1 + task % 9,
        _ => usize::MAX,
    };
    let mut polled = 0;
    let ended = poll_fn(|context| {
        polled += 1;
        match work.as_mut().poll(context) {
            Poll::Pending if polled > polls => Poll::Ready(None),
            poll => poll.map(Some),
        }
    });
    ended.await.transpose().unwrap();
}

async fn no_row_is_in_a_wrong_tenant<S: Turns>() {
    let notebook = Notebook::<S>::new("tenants").await;
    let cluster = notebook.cluster;
    let bind = |name: &str, database: &FreshDatabase| {
        BindConfig::new(name, database.url(cluster.master()))
            .slave(NodeConfig::new("slave-1", database.url(cluster.slave(1))))
            .slave(NodeConfig::new("slave-2", database.url(cluster.slave(2))))
            .pool(PoolConfig::new().max_connections(3))
            .reads(patient())
    };
    let mut databases = Vec::new();
    for tenant in 0..TENANTS {
        let database = cluster.database(&format!("tenant_{tenant}")).await.unwrap();
        let master = connect(database.url(cluster.master())).await;
        make_tables(&master).await;
        databases.push((database, master));
    }
    notebook.catch_up().await;
    let mut config = notebook.config(patient());
    for (tenant, (database, _)) in databases.iter().enumerate().skip(1) {
        config = config.bind(bind(&format!("tenants:t{}", tenant - 1), database));
    }
    let builder = RoutingDatabase::builder().entity::<entry::Entity>();
    let db = &builder.from_config(config).await.unwrap();
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let db = db.clone();
        tasks.spawn(async move {
            for n in 0..TURNS {
                turn(&db, task, n).await;
            }
        });
    }
    // One that comes while the others are at work; a slave that stands still meanwhile.
    cluster.slave(2).pause_replay().await.unwrap();
    let last = format!("tenants:t{}", TENANTS - 1);
    db.add_bind(bind(&last, &databases[0].0)).await.unwrap();
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    cluster.slave(2).resume_replay().await.unwrap();
    for (tenant, (_, master)) in databases.iter().enumerate() {
        let tenant = i32::try_from((tenant + TENANTS - 1) % TENANTS).unwrap();
        let wrong = entry::Entity::find().filter(entry::Column::Owner.ne(tenant));
        assert_eq!(wrong.count(master).await.unwrap(), 0);
        let own = entry::Entity::find().count(master).await.unwrap();
        assert!(own > 0, "tenant {tenant} has written");
        let wrong = format!("SELECT id FROM shelf WHERE id <> {tenant}");
        let wrong = master.query_all_raw(sql(db, &wrong)).await.unwrap();
        assert_eq!(wrong.len(), 0);
    }
    assert_eq!(
        entry::Entity::find().count(&notebook.master).await.unwrap(),
        0
    );
    let status = db.status();
    let of_default = status.nodes.iter().filter(|node| node.bind == "default");
    assert_eq!(
        of_default.map(|node| node.reads + node.writes).sum::<u64>(),
        0
    );
    notebook.catch_up().await;
    for tenant in 0..TENANTS {
        let reads = timeout(SOON, until_a_slave_serves(db.clone(), tenant));
        reads.await.unwrap();
    }
}

/// Reads as the tenant does, each time in a session that has written nothing.
async fn until_a_slave_serves(db: RoutingDatabase, tenant: usize) {
    let bind = format!("tenants:t{tenant}");
    let reads = || {
        let status = db.status();
        status.node(&bind, "slave-1").map_or(0, |node| node.reads)
    };
    let before = reads();
    while reads() == before {
        let (own, plain) = (db.bind(&bind).unwrap(), db.clone());
        let shard = db.shard("tenants", &format!("t{tenant}")).await.unwrap();
        let read = async move {
            let all = own
                .scope(shard.scope(entry::Entity::find().all(&plain)))
                .await;
            let is_own = |entry: &entry::Model| usize::try_from(entry.owner) == Ok(tenant);
            let all = all.unwrap();
            assert!(!all.is_empty() && all.iter().all(is_own), "{all:?}");
        };
        tokio::spawn(read).await.unwrap();
    }
}

on_servers!(no_row_is_in_a_wrong_tenant: Postgres, MariaDb);
