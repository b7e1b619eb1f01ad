//! The status page, while servers die and change their roles.

use std::{path::Path, time::Duration};

use reqwest::StatusCode;
use sea_orm_routing::{
    BindsConfig,
    config::{BindConfig, FailoverConfig, NodeConfig, Roles},
};
use test_cluster::{Cluster, ClusterError, Postgres, until};

use crate::{chromium::Chromium, support::Site};

/// For what takes seconds on an idle machine.
const SOON: Duration = Duration::from_secs(60);

/// Both binds on the same servers, whoever is their master.
async fn binds(cluster: &Cluster<Postgres>) -> BindsConfig {
    let (blog, audit) = (
        cluster.database("page_blog").await.unwrap(),
        cluster.database("page_audit").await.unwrap(),
    );
    let bind = |name: &str, url: &dyn Fn(&test_cluster::Node<Postgres>) -> String| {
        BindConfig::new(name, url(cluster.master()))
            .slave(NodeConfig::new("slave-1", url(cluster.slave(1))))
            .slave(NodeConfig::new("slave-2", url(cluster.slave(2))))
            .failover(FailoverConfig::new().roles(Roles::Discover))
    };
    BindsConfig::new()
        .bind(bind("default", &|node| blog.url(node)))
        .bind(bind("audit", &|node| audit.url(node)))
}

/// Loads the page anew until one of the texts that the selector finds has `text`.
async fn until_shown(browser: &Chromium, site: &Site, selector: &str, text: &str) {
    let shown = || async {
        browser.open(&site.url("/databases")).await;
        let texts = browser.texts(selector).await;
        Ok::<_, ClusterError>(texts.iter().any(|found| found.contains(text)).then_some(()))
    };
    until(text, SOON, shown).await.unwrap();
}

async fn answer(site: &Site, path: &str) -> (StatusCode, String) {
    let response = reqwest::get(site.url(path)).await.unwrap();
    (response.status(), response.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_slave_and_a_new_master_turn_up_on_the_status_page() {
    let cluster = Cluster::<Postgres>::start(2).await.unwrap();
    let site = Site::open(binds(&cluster).await).await;
    let browser = Chromium::start().await;
    let browser = browser.unwrap_or_else(|error| panic!("{error}"));
    until_shown(&browser, &site, "[id='default.slave-1'] h3", "serving").await;
    until_shown(&browser, &site, "[id='default.slave-2'] h3", "serving").await;
    assert_eq!(browser.texts("h1").await, ["Databases ready"]);
    assert_eq!(
        browser
            .texts("[id='default.slave-1'] figcaption")
            .await
            .len(),
        2
    );
    assert_eq!(
        answer(&site, "/databases/readyz").await,
        (StatusCode::OK, "ready\n".to_owned())
    );

    // In a window as narrow as a phone, nothing stands beside it.
    browser.narrow(390).await;
    browser.open(&site.url("/databases")).await;
    assert!(
        browser.overhang().await <= 0,
        "the page is wider than its window"
    );

    cluster.slave(1).kill().await.unwrap();
    until_shown(&browser, &site, "[id='default.slave-1'] h3", "down").await;
    until_shown(&browser, &site, "li", "default.slave-1: serving → down").await;
    assert_eq!(
        browser.texts("h1").await,
        ["Databases ready"],
        "the others serve"
    );

    // For who wants to look at it.
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("databases.png");
    browser.picture(&picture).await;

    cluster.master().kill().await.unwrap();
    until_shown(
        &browser,
        &site,
        "p.not",
        "no writes to default: master is down",
    )
    .await;
    let (status, why) = answer(&site, "/databases/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{why}");
    assert!(
        why.contains("no writes to default: master is down"),
        "{why}"
    );
    assert_eq!(
        answer(&site, "/databases/readyz/reads").await.0,
        StatusCode::OK
    );
    assert_eq!(answer(&site, "/databases/healthz").await.0, StatusCode::OK);

    cluster.slave(2).promote().await.unwrap();
    until_shown(&browser, &site, "li", "default.slave-2: is the master now").await;
    until_shown(&browser, &site, "h1", "ready").await;
    let (status, json) = answer(&site, "/databases/status.json").await;
    assert_eq!(status, StatusCode::OK);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let nodes = json["nodes"].as_array().unwrap();
    let master = nodes
        .iter()
        .find(|node| node["bind"] == "default" && node["role"] == "master")
        .unwrap();
    assert_eq!(master["node"], "slave-2", "{json:#}");
    assert_eq!(json["ready"]["writes"], serde_json::json!([]), "{json:#}");
    let page = answer(&site, "/databases").await.1;
    assert!(
        !page.contains("postgres://") && !page.contains("127.0.0.1"),
        "no address is told"
    );
    browser.close().await;
}
