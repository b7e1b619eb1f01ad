//! An HAProxy with health checks is one address of several slaves, as a vendor's reader endpoint is.

use std::{collections::BTreeSet, time::Duration};

use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    config::{BindConfig, FreshnessSource, NodeConfig},
};
use test_cluster::{HaProxy, Network, Postgres};

use crate::replicated::{Notebook, find, new_note, patient, served, sql, until_some};
use sea_orm::{ActiveModelTrait, ConnectionTrait};

/// The servers that answer reads at once.
async fn servers(db: &RoutingDatabase) -> BTreeSet<String> {
    let mut reads = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let slaves = db.session().slave().unwrap();
        reads.spawn(async move {
            let read = sql(
                &slaves,
                "SELECT current_setting('port') FROM pg_sleep(0.02)",
            );
            let row = slaves.query_one_raw(read).await.unwrap().unwrap();
            row.try_get_by_index::<String>(0).unwrap()
        });
    }
    reads.join_all().await.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn reader_endpoint_goes_on_with_the_slaves_that_are_left() {
    let notebook = Notebook::<Postgres>::new("one_address").await;
    let slaves = [1, 2].map(|number| notebook.cluster.slave(number));
    let ways = slaves.map(|slave| slave.proxied_port());
    let haproxy = HaProxy::start::<Postgres>(&ways).await.unwrap();
    let master = notebook.database.url(notebook.cluster.master());
    let readers = haproxy.url(notebook.database.name());
    // Positions would be those of the one that the monitor's connection reaches.
    let assumed = FreshnessSource::Window(Duration::from_secs(60));
    let bind = BindConfig::new("default", master)
        .slave(NodeConfig::new("readers", readers))
        .reads(patient().freshness(assumed));
    let ports = slaves.map(|slave| slave.port().to_string());
    let both = BTreeSet::from(ports.clone());
    // Connections stay where they were opened, and HAProxy may take a slave for down while it begins.
    let db = until_some("both slaves", async || {
        let binds = BindsConfig::new().bind(bind.clone());
        let db = RoutingDatabase::from_config(binds).await.unwrap();
        if servers(&db).await == both {
            return Some(db);
        }
        db.close().await.unwrap();
        None
    })
    .await;

    // Own writes are the master's for as long as a slave may lack them; others' reads are not.
    let session = db.session();
    let id = new_note(1, 1).insert(&session).await.unwrap().id;
    let (found, by) = served(&db, find(&session, id)).await;
    assert_eq!(
        (found.map(|note| note.version), by),
        (Some(1), "default.master 1r".into())
    );
    let (_, by) = served(&db, find(&db.session_from(""), id)).await;
    assert_eq!(by, "default.slave 1r");

    slaves[0].set_network(Network::Refuse).await;
    let left = BTreeSet::from([ports[1].clone()]);
    until_some("one slave", async || {
        // None of them fails, whichever slave it met.
        for _ in 0..10 {
            find(&db.session_from(""), id).await;
        }
        let reached = notebook_servers(&db).await?;
        (reached == left).then_some(())
    })
    .await;
    slaves[0].set_network(Network::Forward).await;
    db.close().await.unwrap();
}

/// As [`servers`], if all of them answer.
async fn notebook_servers(db: &RoutingDatabase) -> Option<BTreeSet<String>> {
    let slaves = db.session().slave().ok()?;
    let mut found = BTreeSet::new();
    for _ in 0..4 {
        let row = slaves.query_one_raw(sql(&slaves, "SELECT current_setting('port')"));
        found.insert(row.await.ok()??.try_get_by_index(0).ok()?);
    }
    Some(found)
}
