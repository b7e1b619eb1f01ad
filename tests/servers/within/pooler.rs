use sea_orm::{ConnectionTrait, StreamTrait, TransactionTrait};
use sea_orm_routing::{
    RoutingDatabase,
    config::{BindConfig, NodeConfig, PoolConfig, Pooler},
    status::NodeState,
};
use test_cluster::{PgBouncer, PoolMode, Postgres, Release};
use tokio_stream::StreamExt;

use super::estate::{ALL, Estate, sign};
use crate::replicated::{patient, sql, until_state};

async fn open(
    estate: &Estate<Postgres>,
    bouncer: &PgBouncer,
    pooler: Option<Pooler>,
    parameter: &str,
) -> RoutingDatabase {
    let url = |name| format!("{}{parameter}", bouncer.url(name));
    let mut config = estate.config(2);
    config.binds[0] = BindConfig::new("default", url("master"))
        .slave(NodeConfig::new("slave-1", url("slave")))
        .reads(patient());
    if let Some(pooler) = pooler {
        config = config.pool(PoolConfig::new().pooler(pooler));
    }
    let db = RoutingDatabase::from_config(config).await.unwrap();
    until_state(&db, "slave-1", NodeState::Serving).await;
    db
}

/// One session of the server for all: a stranger gets it between any two transactions.
async fn each_finds_its_own(db: &RoutingDatabase, bouncer: &PgBouncer) {
    let stranger = crate::replicated::connect(bouncer.url("master")).await;
    for round in 0..4 {
        for tenant in ALL {
            let handle = db.bind(tenant).unwrap();
            for handle in [handle.clone(), handle.master(), handle.slave().unwrap()] {
                assert_eq!(sign(&handle).await, tenant, "round {round}");
            }
            let found = stranger
                .execute_unprepared("SELECT 1 FROM only_default")
                .await;
            found.expect("nothing is left on the session");
            let transaction = handle.begin().await.unwrap();
            assert_eq!(sign(&transaction).await, tenant);
            let insert = format!("INSERT INTO work (tag) VALUES ('{tenant}')");
            transaction.execute_unprepared(&insert).await.unwrap();
            transaction.commit().await.unwrap();
            handle.execute_unprepared(&insert).await.unwrap();
            let mut rows = handle
                .stream_raw(sql(db, "SELECT tag FROM sign"))
                .await
                .unwrap();
            let row = rows.next().await.unwrap().unwrap();
            assert_eq!(row.try_get::<String>("", "tag").unwrap(), tenant);
            drop(rows);
            let failed = handle
                .execute_unprepared("SELECT nothing FROM nowhere")
                .await;
            failed.unwrap_err();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn places_behind_a_pooler_of_transactions_are_of_transactions() {
    let estate = Estate::<Postgres>::new("pooled").await;
    estate.write("CREATE TABLE only_default (id int)").await;
    estate.notebook.catch_up().await;
    let (database, cluster) = (estate.notebook.database.name(), estate.notebook.cluster);
    let databases = [
        ("master", cluster.master().port(), database),
        ("slave", cluster.slave(1).port(), database),
    ];
    let transaction = Some(Pooler::Transaction);
    let cached = "&statement-cache-capacity=100";
    for (release, pooler, parameter, settings) in [
        (Release::Stable, transaction, "", ""),
        (Release::Sid, transaction, "", ""),
        (
            Release::Sid,
            transaction,
            cached,
            "max_prepared_statements = 100",
        ),
        (Release::Sid, None, "", "max_prepared_statements = 100"),
    ] {
        let settings = format!("default_pool_size = 1\n{settings}");
        let bouncer = PgBouncer::start(release, PoolMode::Transaction, &databases, &settings);
        let bouncer = bouncer.await.unwrap();
        let db = open(&estate, &bouncer, pooler, parameter).await;
        each_finds_its_own(&db, &bouncer).await;
        db.close().await.unwrap();
    }
    for tenant in ALL {
        let of = estate.prefix(tenant);
        let wrong = format!("SELECT id FROM {of}work WHERE tag <> '{tenant}'");
        assert!(estate.rows(&wrong).await.is_empty(), "{tenant}");
    }
}
