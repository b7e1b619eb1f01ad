use sea_orm::{ConnectionTrait, DbErr, StreamTrait, TransactionTrait};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    config::{BindConfig, NodeConfig, PoolConfig, Pooler},
    status::NodeState,
};
use test_cluster::{PgBouncer, PoolMode, Postgres, Release};
use tokio_stream::StreamExt;

use crate::replicated::{Notebook, patient, sql, until_state};

const SETTING: &str = "app.tenant";

/// Goods of two tenants, of whom a policy shows each its own; the application owns the table, and the policy holds for it too.
async fn guarded(name: &str) -> Notebook<Postgres> {
    let notebook = Notebook::<Postgres>::new(name).await;
    for sql in [
        "CREATE TABLE goods (id serial PRIMARY KEY, tenant text NOT NULL)",
        "INSERT INTO goods (tenant) VALUES ('a'), ('b'), ('o''brien\\')",
        "ALTER TABLE goods ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE goods FORCE ROW LEVEL SECURITY",
        "CREATE POLICY own ON goods USING (tenant = current_setting('app.tenant', true)) \
         WITH CHECK (tenant = current_setting('app.tenant', true))",
    ] {
        notebook.master.execute_unprepared(sql).await.unwrap();
    }
    notebook.catch_up().await;
    notebook
}

async fn open(urls: [String; 3], pooler: Option<Pooler>) -> RoutingDatabase {
    let [master, one, two] = urls;
    let mut pool = PoolConfig::new().max_connections(1);
    if let Some(pooler) = pooler {
        pool = pool.pooler(pooler);
    }
    let bind = BindConfig::new("default", master)
        .slave(NodeConfig::new("slave-1", one))
        .slave(NodeConfig::new("slave-2", two))
        .pool(pool)
        .settings_from_scope([SETTING])
        .reads(patient());
    let config = BindsConfig::new().bind(bind);
    let db = RoutingDatabase::from_config(config).await.unwrap();
    for slave in ["slave-1", "slave-2"] {
        until_state(&db, slave, NodeState::Serving).await;
    }
    db
}

async fn seen(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let select = "SELECT DISTINCT tenant FROM goods";
    let select = sea_orm::Statement::from_string(db.get_database_backend(), select);
    let rows = db.query_all_raw(select).await?;
    rows.iter().map(|row| row.try_get("", "tenant")).collect()
}

/// What each sees, by each way, in turn on the same connections.
async fn each_sees_its_own(db: &RoutingDatabase) {
    for round in 0..4 {
        for tenant in [
            "a",
            "b",
            "o'brien\\",
            "",
            "nobody",
            "a\0",
            "'; SET app.tenant TO 'b",
        ] {
            let expected = match tenant {
                "a" | "b" | "o'brien\\" => vec![tenant.to_owned()],
                _ => Vec::new(),
            };
            let own = match tenant {
                "" => db.clone(),
                tenant => db.with_value(SETTING, tenant),
            };
            for handle in [own.master(), own.slave().unwrap(), own.clone()] {
                assert_eq!(seen(&handle).await.unwrap(), expected, "{round} {tenant}");
                assert_eq!(
                    seen(&handle).await.unwrap(),
                    expected,
                    "again, {round} {tenant}"
                );
            }
            let transaction = own.begin().await.unwrap();
            assert_eq!(
                seen(&transaction).await.unwrap(),
                expected,
                "in a transaction"
            );
            let nested = transaction.begin().await.unwrap();
            nested
                .execute_unprepared("SET LOCAL app.tenant = 'b'")
                .await
                .unwrap();
            nested.rollback().await.unwrap();
            assert_eq!(
                seen(&transaction).await.unwrap(),
                expected,
                "after a savepoint"
            );
            transaction.rollback().await.unwrap();
            let mut rows = own
                .stream_raw(sql(db, "SELECT tenant FROM goods"))
                .await
                .unwrap();
            let row = rows.next().await.transpose().unwrap();
            let tag = row.map(|row| row.try_get::<String>("", "tenant").unwrap());
            assert_eq!(tag.as_ref(), expected.first(), "in a stream");
            drop(rows);
            let plain = db.clone();
            let scoped = own.scope(async move { seen(&plain).await });
            assert_eq!(scoped.await.unwrap(), expected, "in a scope");
        }
        let a = db.with_value(SETTING, "a");
        a.execute_unprepared("INSERT INTO goods (tenant) VALUES ('a')")
            .await
            .unwrap();
        let of_b = a.execute_unprepared("INSERT INTO goods (tenant) VALUES ('b')");
        assert!(
            of_b.await
                .unwrap_err()
                .to_string()
                .contains("row-level security")
        );
        assert_eq!(seen(&db.master()).await.unwrap(), Vec::<String>::new());
        let away = "SET app.tenant = 'b'";
        a.execute_unprepared(away).await.unwrap();
        assert_eq!(seen(&a.master()).await.unwrap(), ["a"]);
        a.execute_unprepared(away).await.unwrap();
        assert_eq!(seen(&db.master()).await.unwrap(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_see_the_scopes_tenant() {
    let notebook = guarded("policies").await;
    let cluster = notebook.cluster;
    let urls = [cluster.master(), cluster.slave(1), cluster.slave(2)];
    let db = open(urls.map(|node| notebook.database.url(node)), None).await;
    each_sees_its_own(&db).await;
    assert_eq!(
        seen(&db.master_connection()).await.unwrap(),
        Vec::<String>::new()
    );
    let status = db.status();
    for slave in ["slave-1", "slave-2"] {
        assert!(status.node("default", slave).unwrap().reads > 0, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_see_the_scopes_tenant_behind_a_pooler_of_transactions() {
    let notebook = guarded("pooled_policies").await;
    let (database, cluster) = (notebook.database.name(), notebook.cluster);
    let databases = [
        ("master", cluster.master().port(), database),
        ("one", cluster.slave(1).port(), database),
        ("two", cluster.slave(2).port(), database),
    ];
    for (release, pooler) in [
        (Release::Stable, Some(Pooler::Transaction)),
        (Release::Sid, Some(Pooler::Transaction)),
        (Release::Sid, None),
    ] {
        let bouncer = PgBouncer::start(
            release,
            PoolMode::Transaction,
            &databases,
            "default_pool_size = 1",
        );
        let bouncer = bouncer.await.unwrap();
        let db = open(
            ["master", "one", "two"].map(|name| bouncer.url(name)),
            pooler,
        )
        .await;
        each_sees_its_own_in_transactions(&db).await;
    }
}

/// As above, but for what only sessions of one's own can have.
async fn each_sees_its_own_in_transactions(db: &RoutingDatabase) {
    for tenant in ["a", "b", "", "a", ""] {
        let expected: Vec<String> = match tenant {
            "" => Vec::new(),
            tenant => vec![tenant.to_owned()],
        };
        let own = match tenant {
            "" => db.clone(),
            tenant => db.with_value(SETTING, tenant),
        };
        for handle in [own.master(), own.slave().unwrap(), own.clone()] {
            assert_eq!(seen(&handle).await.unwrap(), expected, "{tenant}");
        }
        let transaction = own.begin().await.unwrap();
        assert_eq!(
            seen(&transaction).await.unwrap(),
            expected,
            "in a transaction of {tenant}"
        );
        transaction.commit().await.unwrap();
        let mut rows = own
            .stream_raw(sql(db, "SELECT tenant FROM goods"))
            .await
            .unwrap();
        let row = rows.next().await.transpose().unwrap();
        let tag = row.map(|row| row.try_get::<String>("", "tenant").unwrap());
        assert_eq!(tag.as_ref(), expected.first(), "in a stream");
        drop(rows);
        if tenant == "a" {
            own.execute_unprepared("INSERT INTO goods (tenant) VALUES ('a')")
                .await
                .unwrap();
        }
    }
}
