use metrics::with_local_recorder;
use sea_orm::{DatabaseBackend, MockDatabase};

use super::scraped::Scraped;
use crate::{BindBuilder, RoutingDatabase};

fn named(name: Option<&str>) -> RoutingDatabase {
    let mock = MockDatabase::new(DatabaseBackend::Postgres).into_connection();
    let builder = RoutingDatabase::builder().bind(BindBuilder::new("default", mock));
    let builder = match name {
        Some(name) => builder.name(name),
        None => builder,
    };
    builder.build().unwrap()
}

#[test]
fn databases_with_names_do_not_overwrite_each_others_gauges() {
    let scraped = Scraped::default();
    let is_master = |labels: &str| {
        let series = format!("sea_orm_routing.node.is_master{{{labels}bind=default,node=master}}");
        scraped.get(&series)
    };
    with_local_recorder(&scraped, || {
        let (shop, blog) = (named(Some("shop")), named(Some("blog")));
        shop.publish_metrics();
        blog.publish_metrics();
        let both = [is_master("db=shop,"), is_master("db=blog,")];
        assert_eq!(both, [Some(1.0); 2]);
        // One that ends takes nothing from the other.
        drop(shop);
        let both = [is_master("db=shop,"), is_master("db=blog,")];
        assert_eq!(both, [Some(0.0), Some(1.0)]);
        assert_eq!(is_master(""), None);
        named(None).publish_metrics();
        assert_eq!(is_master(""), Some(0.0), "it was dropped");
    });
}

/// As everything that fails is counted by the node that it was for.
#[tokio::test]
async fn what_is_sent_nowhere_is_counted_at_its_master() {
    use sea_orm::ConnectionTrait;

    let scraped = Scraped::default();
    let db = named(None);
    let write = db
        .preventing_writes()
        .execute_unprepared("DELETE FROM cake")
        .await;
    write.unwrap_err();
    with_local_recorder(&scraped, || db.publish_metrics());
    let labels = "bind=default,node=master,role=master,access=write,reason=nowhere,outcome=error";
    let counted = scraped.get(&format!("sea_orm_routing.statements{{{labels}}}"));
    assert_eq!(counted, Some(1.0), "{scraped:?}");
}
