//! The blogs over HTTP: each host has its own posts.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where its fixture can't be made"
)]

use reqwest::{Client, StatusCode, header::HOST};
use sea_orm_routing::BindsConfig;
use test_cluster::{Cluster, Postgres};
use tokio::net::TcpListener;

/// Serves them, and writes and reads as visitors of several hosts, at once.
async fn hosts_have_their_own_posts(config: BindsConfig) {
    let db = tenants_example::open(config).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let router = tenants_example::router(db.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = Client::new();
    let get = async |host: &str| {
        let answer = client.get(&url).header(HOST, host).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    for round in 1..=5 {
        let posts = tenants_example::TENANTS.map(|tenant| {
            let form = [("title", format!("{tenant} {round}"))];
            let host = format!("{tenant}.localhost:3000");
            client.post(&url).header(HOST, host).form(&form).send()
        });
        for post in posts {
            // Its redirect leads to another host name.
            post.await.unwrap();
        }
        for tenant in tenants_example::TENANTS {
            let (status, text) = get(&format!("{tenant}.localhost")).await;
            assert_eq!(status, StatusCode::OK);
            let own = (1..=round).map(|round| format!("{tenant} {round}\n"));
            assert_eq!(text, own.collect::<String>());
        }
    }
    for stranger in ["nobody.localhost", "localhost", "ACME'--.localhost"] {
        assert_eq!(get(stranger).await.0, StatusCode::NOT_FOUND, "{stranger}");
    }
    db.close().await.unwrap();
}

#[tokio::test]
async fn on_files() {
    let directory = tempfile::tempdir().unwrap();
    hosts_have_their_own_posts(tenants_example::config(None, directory.path())).await;
}

#[tokio::test]
async fn in_schemas_of_one_server() {
    let cluster = Cluster::<Postgres>::shared().await.unwrap();
    let database = cluster.database("blogs").await.unwrap();
    let address = database.url(cluster.master());
    let nowhere = tempfile::tempdir().unwrap();
    hosts_have_their_own_posts(tenants_example::config(Some(&address), nowhere.path())).await;
}
