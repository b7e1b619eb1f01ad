use metrics::set_default_local_recorder;
use sea_orm::ConnectionTrait;

use super::scraped::Scraped;
use crate::{BindsConfig, RoutingDatabase};

/// Whether it answers or not.
#[tokio::test]
async fn a_node_with_an_address_is_told_by_it() {
    let scraped = Scraped::default();
    let _recorder = set_default_local_recorder(&scraped);
    let binds = "binds:\n  default: postgres://app:s3cret@127.0.0.1:1/bakery\n";
    let config = BindsConfig::from_yaml(binds).unwrap();
    let builder = RoutingDatabase::builder().lazily(true);
    let db = builder.from_config(config).await.unwrap();
    let write = db.execute_unprepared("DELETE FROM cake").await;
    write.unwrap_err();
    db.publish_metrics();
    let labels = [
        "bind=default",
        "node=master",
        "db.system.name=postgresql",
        "db.namespace=bakery",
        "server.address=127.0.0.1",
        "server.port=1",
        "db.operation.name=DELETE",
    ];
    let told = scraped.sum("db.client.operation.duration", &labels);
    assert!(told >= 1.0, "{scraped:?}");
    let secret = format!("{scraped:?}");
    assert!(!secret.contains("s3cret"), "{secret}");
}
