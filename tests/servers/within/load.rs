//! Sixty-four tenants on one set of servers, under the load of two hundred tasks, while their master dies.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    task::Poll,
    time::Duration,
};

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait,
    StreamTrait, TransactionTrait,
};
use sea_orm_routing::{
    Role, RoutingDatabase,
    config::{BindConfig, BindsConfig, FailoverConfig, NodeConfig, PoolConfig, Roles, Within},
    status::NodeState,
};
use test_cluster::{Cluster, FreshDatabase, MariaDb, Postgres, Server, until};
use tokio::task::{JoinSet, yield_now};
use tokio_stream::StreamExt;

use super::estate::Lodges;
use crate::replicated::{SOON, connect, patient, sql, until_state, until_true};

/// A stamp, which a page of stamps may hold.
mod stamp {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "stamp")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub tenant: i32,
        pub page_id: Option<i32>,
        #[sea_orm(belongs_to, from = "page_id", to = "id")]
        pub page: BelongsTo<Option<super::page::Entity>>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod page {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "page")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub tenant: i32,
        #[sea_orm(has_many)]
        pub stamps: HasMany<super::stamp::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

const TENANTS: usize = 64;
const TASKS: usize = 200;

/// Rows that were read as another tenant's.
static FOREIGN: AtomicU64 = AtomicU64::new(0);

fn look(tenant: usize, found: i32, way: &str) {
    if usize::try_from(found) != Ok(tenant) {
        FOREIGN.fetch_add(1, Ordering::Relaxed);
        println!("{way}: {tenant} reads {found}");
    }
}

fn new_stamp(tenant: usize) -> stamp::ActiveModel {
    stamp::ActiveModel {
        tenant: Set(i32::try_from(tenant).unwrap()),
        page_id: Set(None),
        ..Default::default()
    }
}

/// What a tenant does by code that knows nothing of tenants.
async fn job(db: &RoutingDatabase, tenant: usize, turn: usize) -> Result<(), DbErr> {
    let number = i32::try_from(tenant).unwrap();
    match turn % 5 {
        0 => {
            let saved = new_stamp(tenant).insert(db).await?;
            let found = stamp::Entity::find_by_id(saved.id).one(db).await?;
            // Only the killed master may have had it.
            if let Some(found) = found {
                look(tenant, found.tenant, "its own write");
            }
        }
        1 => {
            let page = page::ActiveModel::builder()
                .set_tenant(number)
                .add_stamp(stamp::ActiveModel::builder().set_tenant(number));
            page.save(db).await?;
        }
        2 => {
            let transaction = db.begin().await?;
            new_stamp(tenant).insert(&transaction).await?;
            let nested = transaction.begin().await?;
            new_stamp(tenant).insert(&nested).await?;
            yield_now().await;
            for stamp in stamp::Entity::find().all(&nested).await? {
                look(tenant, stamp.tenant, "in a transaction");
            }
            nested.commit().await?;
            transaction.commit().await?;
        }
        3 => {
            let mut rows = db.stream_raw(sql(db, "SELECT tenant FROM stamp")).await?;
            let mut left = turn % 4;
            while let Some(row) = rows.next().await {
                look(tenant, row?.try_get_by_index(0)?, "in a stream");
                // Some are dropped half-way.
                if left == 0 {
                    break;
                }
                left -= 1;
            }
        }
        _ => {
            let insert = format!("INSERT INTO stamp (tenant) VALUES ({tenant})");
            db.execute_unprepared(&insert).await?;
        }
    }
    for stamp in stamp::Entity::find().all(db).await? {
        look(tenant, stamp.tenant, "all");
    }
    Ok(())
}

type Work<'w> = Pin<Box<dyn Future<Output = Result<(), DbErr>> + Send + 'w>>;

/// The job in a scope, nested in another one's, or carried into a task of its own; some are given up half-way.
async fn turn(db: &RoutingDatabase, task: usize, turn: usize) -> Option<Result<(), DbErr>> {
    let tenant = (task * 7 + turn * 13) % TENANTS;
    let bind = |tenant: usize| db.bind(&format!("t{tenant}")).unwrap();
    let (own, other) = (bind(tenant), bind((tenant + 1) % TENANTS));
    let mut work: Work<'_> = match (task + turn) % 3 {
        0 => Box::pin(own.scope(job(db, tenant, turn))),
        1 => Box::pin(other.scope(own.scope(job(db, tenant, turn)))),
        _ => {
            let session = own.scope(async { db.session() }).await;
            Box::pin(async move {
                let job = async move { job(&session, tenant, turn).await };
                tokio::spawn(job).await.unwrap()
            })
        }
    };
    let polls = match (task * 3 + turn) % 4 {
        0 => 1 + (task + turn) % 17,
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
    ended.await
}

async fn make<S: Lodges>(
    cluster: &Cluster<S>,
    master: &DatabaseConnection,
) -> Vec<(String, Within)> {
    let mut places = Vec::new();
    for tenant in 0..TENANTS {
        let place = S::place(cluster, master, &format!("tenant_{tenant}")).await;
        let (of, number) = (&place.name, S::NUMBER);
        for sql in [
            format!(
                "CREATE TABLE {of}.stamp (id {number} PRIMARY KEY, tenant int NOT NULL, page_id int)"
            ),
            format!("CREATE TABLE {of}.page (id {number} PRIMARY KEY, tenant int NOT NULL)"),
        ] {
            master.execute_unprepared(&sql).await.unwrap();
        }
        places.push((place.name, place.within));
    }
    places
}

fn configured<S: Server>(
    cluster: &Cluster<S>,
    database: &FreshDatabase,
    places: &[(String, Within)],
) -> BindsConfig {
    let host = BindConfig::new("default", database.url(cluster.master()))
        .slave(NodeConfig::new("slave-1", database.url(cluster.slave(1))))
        .slave(NodeConfig::new("slave-2", database.url(cluster.slave(2))))
        .pool(
            PoolConfig::new()
                .max_connections(6)
                .acquire_timeout(Duration::from_secs(20)),
        )
        .failover(
            FailoverConfig::new()
                .roles(Roles::Discover)
                .hold_writes(SOON),
        )
        .reads(patient());
    let bind = |(tenant, (_, within)): (usize, &(String, Within))| {
        BindConfig::within(format!("t{tenant}"), within.clone())
    };
    let tenants = places.iter().enumerate().map(bind);
    tenants.fold(BindsConfig::new().bind(host), BindsConfig::bind)
}

async fn no_row_is_in_a_wrong_tenant<S: Lodges>() {
    let cluster = Cluster::<S>::start(2).await.unwrap();
    let database = cluster.database("tenants").await.unwrap();
    let master = connect(database.url(cluster.master())).await;
    let places = make(&cluster, &master).await;
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let config = configured(&cluster, &database, &places);
    let db = RoutingDatabase::from_config(config).await.unwrap();
    for slave in ["slave-1", "slave-2"] {
        until_state(&db, slave, NodeState::Serving).await;
    }
    let (is_over, done, failed) = (
        std::sync::Arc::new(AtomicBool::new(false)),
        std::sync::Arc::new(AtomicU64::new(0)),
        std::sync::Arc::new(AtomicU64::new(0)),
    );
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let (db, is_over) = (db.clone(), is_over.clone());
        let (done, failed) = (done.clone(), failed.clone());
        tasks.spawn(async move {
            let mut n = 0;
            while !is_over.load(Ordering::Relaxed) {
                match turn(&db, task, n).await {
                    Some(Ok(())) => done.fetch_add(1, Ordering::Relaxed),
                    Some(Err(_)) => failed.fetch_add(1, Ordering::Relaxed),
                    None => 0,
                };
                n += 1;
                yield_now().await;
            }
        });
    }
    let enough = |more: u64| {
        let goal = done.load(Ordering::Relaxed) + more;
        let done = done.clone();
        async move { until_true("work is done", || done.load(Ordering::Relaxed) >= goal).await }
    };
    enough(1_000).await;
    cluster.master().kill().await.unwrap();
    cluster.slave(1).promote().await.unwrap();
    cluster.slave(2).follow(cluster.slave(1)).await.unwrap();
    until("a new master", SOON, || async {
        let status = db.status();
        let node = status.node("default", "slave-1").map(|node| node.role);
        Ok((node == Some(Role::Master)).then_some(()))
    })
    .await
    .unwrap();
    enough(1_000).await;
    is_over.store(true, Ordering::Relaxed);
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    println!(
        "{}: {} jobs done, {} failed",
        S::NAME,
        done.load(Ordering::Relaxed),
        failed.load(Ordering::Relaxed)
    );
    assert_eq!(
        FOREIGN.swap(0, Ordering::Relaxed),
        0,
        "rows of others were read"
    );
    let truth = connect(database.url(cluster.slave(1))).await;
    let (mut written, mut pages) = (0, 0);
    for (tenant, (of, _)) in places.iter().enumerate() {
        for (table, count) in [("stamp", &mut written), ("page", &mut pages)] {
            let wrong = format!("SELECT id FROM {of}.{table} WHERE tenant <> {tenant}");
            let wrong = truth.query_all_raw(sql(&db, &wrong)).await.unwrap();
            assert_eq!(wrong.len(), 0, "{table} of {tenant}");
            let all = format!("SELECT id FROM {of}.{table}");
            *count += truth.query_all_raw(sql(&db, &all)).await.unwrap().len();
        }
    }
    assert!(
        written > TENANTS && pages > 0,
        "{written} stamps, {pages} pages"
    );
    let status = db.status();
    let slave = status.node("default", "slave-2").unwrap();
    assert!(slave.reads > 0, "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_schemas_keep_apart_while_their_master_fails_over() {
    no_row_is_in_a_wrong_tenant::<Postgres>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_databases_keep_apart_while_their_master_fails_over() {
    no_row_is_in_a_wrong_tenant::<MariaDb>().await;
}
