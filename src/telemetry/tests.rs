use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit, with_local_recorder,
};
use sea_orm::{DatabaseBackend, MockDatabase};

use crate::{BindBuilder, RoutingDatabase};

/// The last value of each series.
#[derive(Clone, Default)]
struct Scraped(Arc<Mutex<BTreeMap<String, f64>>>);

struct Series(String, Scraped);

impl Series {
    fn change(&self, change: impl FnOnce(f64) -> f64) {
        let mut values = self.1.0.lock().unwrap();
        let value = values.entry(self.0.clone()).or_default();
        *value = change(*value);
    }
}

impl GaugeFn for Series {
    fn increment(&self, by: f64) {
        self.change(|value| value + by);
    }

    fn decrement(&self, by: f64) {
        self.change(|value| value - by);
    }

    fn set(&self, value: f64) {
        self.change(|_| value);
    }
}

impl CounterFn for Series {
    fn increment(&self, by: u64) {
        self.change(|value| value + by as f64);
    }

    fn absolute(&self, to: u64) {
        self.change(|_| to as f64);
    }
}

impl HistogramFn for Series {
    fn record(&self, _: f64) {
        self.change(|value| value + 1.0);
    }
}

impl Scraped {
    fn series(&self, key: &Key) -> Arc<Series> {
        let labels = key
            .labels()
            .map(|label| format!("{}={}", label.key(), label.value()));
        let labels: Vec<_> = labels.collect();
        let name = format!("{}{{{}}}", key.name(), labels.join(","));
        Arc::new(Series(name, self.clone()))
    }

    fn get(&self, series: &str) -> Option<f64> {
        self.0.lock().unwrap().get(series).copied()
    }
}

impl Recorder for Scraped {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.series(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.series(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.series(key))
    }
}

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
    assert_eq!(counted, Some(1.0), "{:?}", scraped.0);
}
