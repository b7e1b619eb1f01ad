//! The blog on a replicated PostgreSQL whose slaves lag: each browser reads its own writes, from whatever process.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where its fixture can't be made"
)]

mod support;

use std::time::Duration;

use reqwest::StatusCode;
use sea_orm::{DbBackend, Statement};
use sea_orm_routing::{BindsConfig, Role, status::NodeState};
use support::{Page, Site, Visitor, binds};
use test_cluster::{ClusterError, PostgresCluster, until};

/// For what takes milliseconds on an idle machine.
const SOON: Duration = Duration::from_secs(30);

/// So long that no slave is ever too far behind: only a browser's own writes send its reads to the master.
const HOUR: Duration = Duration::from_secs(3600);

/// Two binds on the same servers, each with a database of its own.
async fn databases(cluster: &PostgresCluster) -> BindsConfig {
    let blog = cluster.database("blog").await.unwrap();
    let audit = cluster.database("audit").await.unwrap();
    let (master, one, two) = (cluster.master(), cluster.slave(1), cluster.slave(2));
    let mut binds = binds(|variable| {
        Some(match variable {
            "DATABASE_URL" => blog.url(master),
            "SLAVE_1_URL" => blog.url(one),
            "SLAVE_2_URL" => blog.url(two),
            "AUDIT_URL" => audit.url(master),
            "AUDIT_SLAVE_URL" => audit.url(one),
            _ => return None,
        })
    });
    binds.routing.reads = binds.routing.reads.max_lag(HOUR);
    binds
}

/// Waits until the monitor of a process knows that all slaves can serve.
async fn until_serving(site: &Site) {
    let serving = || async {
        let nodes = site.db().status().nodes;
        let mut slaves = nodes.iter().filter(|node| node.role == Role::Slave);
        let all = slaves.all(|slave| slave.state == NodeState::Serving);
        Ok::<_, ClusterError>(all.then_some(()))
    };
    until("serving slaves", SOON, serving).await.unwrap();
}

/// Two processes that serve the same blog, whose slaves stand still with one post that both have.
async fn two_sites(cluster: &PostgresCluster) -> [Site; 2] {
    let binds = databases(cluster).await;
    let first = Site::open(binds.clone()).await;
    Visitor::new().create(&first, "Old", "Stale").await;
    let second = Site::open(binds).await;
    cluster.wait_until_caught_up(SOON).await.unwrap();
    for site in [&first, &second] {
        until_serving(site).await;
        // Before slaves are known to have the tables, the master serves everybody.
        let read = Statement::from_string(DbBackend::Postgres, "SELECT title FROM posts");
        let by_slave = || async {
            let route = site.db().route(&read).unwrap();
            Ok::<_, ClusterError>((route.role == Role::Slave).then_some(()))
        };
        until("slaves that have the tables", SOON, by_slave)
            .await
            .unwrap();
    }
    for slave in cluster.slaves() {
        slave.pause_replay().await.unwrap();
    }
    [first, second]
}

#[track_caller]
fn assert_by_master(page: &Page, text: &str) {
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    assert!(page.shows(text), "{}", page.html);
    let statements = page.statements();
    assert!(!statements.is_empty());
    for statement in statements {
        assert_eq!(statement.role, "master", "{statement:?}");
        let why = "its slave may lack what the session has seen";
        assert!(statement.why.ends_with(why), "{statement:?}");
    }
}

#[track_caller]
fn assert_by_slaves(page: &Page) {
    let statements = page.statements();
    assert!(!statements.is_empty());
    for statement in statements {
        assert_eq!(statement.role, "slave", "{statement:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn browser_reads_its_own_writes_in_both_processes_while_slaves_lag() {
    let cluster = PostgresCluster::start(2).await.unwrap();
    let [first, second] = two_sites(&cluster).await;
    let (writer, stranger) = (Visitor::new(), Visitor::new());

    let page = writer.create(&first, "New", "Fresh").await;
    assert_eq!(page.path, "/posts/2");
    assert_by_master(&page, "<h1>New</h1>");
    for site in [&first, &second] {
        assert_by_master(&writer.get(site, "/posts/2").await, "<h1>New</h1>");
        assert_by_master(&writer.get(site, "/posts").await, "New");
        let audit = writer.get(site, "/audit").await;
        assert_by_master(&audit, "Post 2 was created.");

        let page = stranger.get(site, "/posts/2").await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{}", page.html);
        assert_by_slaves(&page);
        let page = stranger.get(site, "/posts").await;
        assert!(page.shows("Old") && !page.shows("New"), "{}", page.html);
        assert_by_slaves(&page);
    }

    let form = [("title", "Newer"), ("text", "Fresher")];
    let page = writer.post(&second, "/posts/2", &form).await;
    assert_by_master(&page, "<h1>Newer</h1>");
    assert_by_master(&writer.get(&first, "/posts/2").await, "<h1>Newer</h1>");
    let page = writer.post(&first, "/posts/1/delete", &[]).await;
    assert_by_master(&page, "Newer");
    assert!(!page.shows("Old"), "{}", page.html);
    let page = writer.get(&second, "/posts/1").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND, "{}", page.html);
    assert_eq!(
        stranger.get(&second, "/posts/1").await.status,
        StatusCode::OK
    );

    for slave in cluster.slaves() {
        slave.resume_replay().await.unwrap();
    }
    cluster.wait_until_caught_up(SOON).await.unwrap();
    for site in [&first, &second] {
        let by_slave = || async {
            let page = writer.get(site, "/posts/2").await;
            assert!(page.shows("<h1>Newer</h1>"), "{}", page.html);
            let by_slave = page.served() == ["SELECT by default.slave"];
            Ok::<_, ClusterError>(by_slave.then_some(()))
        };
        until("a read from a slave", SOON, by_slave).await.unwrap();
    }
    for site in [first, second] {
        site.app.clone().close().await.unwrap();
    }
}
