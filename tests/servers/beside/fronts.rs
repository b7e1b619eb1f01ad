//! A proxy or pooler before the master that restarts: it ends all that is open, and refuses what comes until it is back.

use sea_orm::{ConnectionTrait, Statement};
use sea_orm_routing::config::Roles;
use test_cluster::{
    Cluster, ClusterError, HaProxy, PgBouncer, PoolMode, Postgres, Proxy, Release, Server,
    Sessions, on_servers, until,
};

use super::{
    Pair, Row, Work,
    pair::{Setup, after},
    row::none_is_worse,
    sessions::PAUSES,
};
use crate::{replicated::connect, support::SOON};

/// What stands before the master.
enum Front {
    Proxy(HaProxy),
    Pooler(PgBouncer),
}

impl Front {
    async fn restart(&self) -> Result<(), ClusterError> {
        match self {
            Self::Proxy(proxy) => proxy.restart().await,
            Self::Pooler(pooler) => pooler.restart().await,
        }
    }
}

async fn restarted<S: Sessions>(pair: &Pair<'_, S>, front: &Front, fault: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for work in Work::ALL {
        for (when, pause) in PAUSES {
            pair.open().await;
            front.restart().await.unwrap();
            after(pause).await;
            rows.push(pair.rush(&format!("{fault}, {when}"), work).await);
        }
        // What comes while it is gone: what was sent may fail on both ways, and what could not be sent does not.
        pair.open().await;
        let meanwhile = format!("{fault}, meanwhile");
        let (row, back) = tokio::join!(pair.rush(&meanwhile, work), front.restart());
        back.unwrap();
        println!("{row}");
        assert!(
            !row.routed.met("Connection Error"),
            "{row}: {:?}",
            row.routed
        );
        if work == Work::Read {
            assert_eq!(row.routed.failed, 0, "{row}: {:?}", row.routed);
        }
    }
    rows
}

/// HAProxy before a master of any kind.
pub(super) async fn proxy<S: Sessions + Server>(cluster: &Cluster<S>, roles: Roles) -> Vec<Row> {
    let database = cluster.database("fronted").await.unwrap();
    let proxy = HaProxy::start::<S>(&[cluster.master().port()]).await;
    let proxy = proxy.unwrap();
    let setup = Setup {
        roles,
        ..Setup::default()
    };
    let slave = Some(database.url(cluster.slave(1)));
    let pair = Pair::to(cluster, setup, &proxy.url(database.name()), slave).await;
    let rows = restarted(&pair, &Front::Proxy(proxy), "HAProxy restarts").await;
    pair.close().await;
    rows
}

/// PgBouncer before PostgreSQL, in session mode: in the other one a plain connection's prepared statements fail by themselves.
pub(super) async fn pooler(cluster: &Cluster<Postgres>) -> Vec<Row> {
    let database = cluster.database("bounced").await.unwrap();
    let databases = [("master", cluster.master().port(), database.name())];
    let pooler = PgBouncer::start(Release::Stable, PoolMode::Session, &databases, "").await;
    let pooler = pooler.unwrap();
    let slave = Some(database.url(cluster.slave(1)));
    let pair = Pair::to(cluster, Setup::default(), &pooler.url("master"), slave).await;
    let rows = restarted(&pair, &Front::Pooler(pooler), "PgBouncer restarts").await;
    pair.close().await;
    rows
}

/// The name of the master leads to another server, and the old one goes on, and takes no writes: connections that are open never
/// hear of it.
async fn write_finds_its_master_when_the_name_has_moved<S: Sessions + Server>() {
    let cluster = Cluster::<S>::start(2).await.unwrap();
    let database = cluster.database("moved").await.unwrap();
    let name = Proxy::start(cluster.master().port()).unwrap();
    let direct = database.url(cluster.master());
    let url = direct.replace(
        &cluster.master().port().to_string(),
        &name.port().to_string(),
    );
    let slave = Some(database.url(cluster.slave(2)));
    let pair = Pair::to(&cluster, Setup::default(), &url, slave).await;
    cluster.wait_until_caught_up(SOON).await.unwrap();
    pair.open().await;
    let old = cluster.master().admin().await.unwrap();
    old.execute("SET GLOBAL read_only = ON").await.unwrap();
    cluster.slave(1).promote().await.unwrap();
    name.redirect(cluster.slave(1).port());
    // The monitor finds the old master read-only, and writes are refused.
    let insert = "INSERT INTO cake (number) VALUES (7)";
    let write = || async { Ok(pair.routed.execute_unprepared(insert).await.ok()) };
    until("a write", SOON, write).await.unwrap();
    let count = "SELECT count(*) FROM cake WHERE number = 7";
    let there = connect(database.url(cluster.slave(1))).await;
    let count = Statement::from_string(there.get_database_backend(), count);
    let row = there.query_one_raw(count).await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 1);
    pair.close().await;
}

on_servers!(write_finds_its_master_when_the_name_has_moved: MariaDb, MySql);

async fn proxy_that_restarts_fails_no_more_than_on_a_plain_connection<S: Sessions + Server>() {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    none_is_worse(&proxy(&cluster, Roles::Fixed).await);
    none_is_worse(&proxy(&cluster, Roles::Discover).await);
}

// The others are rows of the table.
on_servers!(proxy_that_restarts_fails_no_more_than_on_a_plain_connection: MariaDb);

#[tokio::test(flavor = "multi_thread")]
async fn pooler_that_restarts_fails_no_more_than_on_a_plain_connection() {
    let cluster = Cluster::<Postgres>::start(1).await.unwrap();
    none_is_worse(&pooler(&cluster).await);
}
