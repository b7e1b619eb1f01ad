//! Metrics, as Prometheus' exporter would tell them.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use apart::{Kitchen, cake};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement, TransactionTrait};

/// The samples of a scrape, by name and labels.
fn scraped(handle: &PrometheusHandle) -> BTreeMap<String, f64> {
    let text = handle.render();
    let samples = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    let samples = samples.map(|line| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    });
    samples.collect()
}

#[tokio::test(start_paused = true)]
async fn what_statements_and_nodes_do_is_scraped() {
    // Later than the database: what was counted until then is told all the same.
    let kitchen = Kitchen::new().await;
    let db = &kitchen.db;
    cake::Entity::find().all(db).await.unwrap();
    let recorder = PrometheusBuilder::new()
        .set_buckets(&[0.001, 0.1, 10.0])
        .unwrap()
        .build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).unwrap();

    cake::Entity::find().all(db).await.unwrap();
    cake::Entity::delete_many().exec(db).await.unwrap();
    let wrong = Statement::from_string(DbBackend::Postgres, "SELECT nothing FROM cake");
    db.query_one_raw(wrong).await.unwrap_err();
    let transaction = db.begin().await.unwrap();
    cake::Entity::find().one(&transaction).await.unwrap();
    transaction.commit().await.unwrap();
    // Nobody calls anything: it is there by itself.
    let is_all = |told: &BTreeMap<String, f64>| {
        let statements = told
            .iter()
            .filter(|(series, _)| series.starts_with("sea_orm_routing_statements{"));
        statements.map(|(_, count)| count).sum::<f64>() >= 7.0
    };
    let mut told = scraped(&handle);
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_all(&told) && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(50)).await;
        told = scraped(&handle);
    }

    let statements = |node: &str, access: &str, reason: &str, outcome: &str| {
        let role = if node == "master" { "master" } else { "slave" };
        let series = format!(
            r#"sea_orm_routing_statements{{bind="default",node="{node}",role="{role}",access="{access}",reason="{reason}",outcome="{outcome}"}}"#
        );
        *told
            .get(&series)
            .unwrap_or_else(|| panic!("{series} is none of {told:#?}"))
    };
    assert_eq!(statements("slave-1", "read", "balanced", "ok"), 2.0);
    assert_eq!(statements("slave-1", "read", "balanced", "error"), 1.0);
    assert_eq!(statements("master", "write", "write", "ok"), 1.0);
    assert_eq!(statements("master", "read", "transaction", "ok"), 1.0);
    assert_eq!(
        statements("master", "write", "transaction", "ok"),
        2.0,
        "BEGIN and COMMIT"
    );
    let durations = |operation: &str, node: &str, error: &str| {
        let series = format!(
            r#"db_client_operation_duration_count{{bind="default",node="{node}",db_system_name="postgresql",db_operation_name="{operation}"{error}}}"#
        );
        *told
            .get(&series)
            .unwrap_or_else(|| panic!("{series} is none of {told:#?}"))
    };
    assert_eq!(durations("SELECT", "slave-1", ""), 2.0);
    assert_eq!(
        durations("SELECT", "slave-1", r#",error_type="Query""#),
        1.0
    );
    assert_eq!(durations("COMMIT", "master", ""), 1.0);
    assert_eq!(
        told[r#"sea_orm_routing_node_is_master{bind="default",node="master"}"#],
        1.0
    );
    assert_eq!(
        told[r#"sea_orm_routing_node_state{bind="default",node="slave-1",state="serving"}"#],
        1.0
    );
    assert_eq!(
        told[r#"sea_orm_routing_node_state{bind="default",node="slave-1",state="down"}"#],
        0.0
    );
    assert_eq!(
        told[r#"sea_orm_routing_in_flight{bind="default",node="master"}"#],
        0.0
    );
    assert!(told["sea_orm_routing_texts_classified"] >= 4.0);
    let secret = told.keys().find(|series| series.contains("nothing"));
    assert_eq!(secret, None, "no text of a statement is a label");

    db.clone().close().await.unwrap();
    let told = scraped(&handle);
    let is_master = r#"sea_orm_routing_node_is_master{bind="default",node="master"}"#;
    assert_eq!(told[is_master], 0.0, "it is closed");
}

/// A panel that asks for what nobody tells shows nothing for ever.
#[test]
fn the_dashboard_asks_for_metrics_that_there_are() {
    let dashboard = include_str!("../../../docs/grafana.json");
    let told = include_str!("../../../src/telemetry/mod.rs");
    let documented: Vec<_> = told
        .lines()
        .filter_map(|line| line.strip_prefix("//! | `")?.split('`').next())
        .map(|name| name.replace('.', "_"))
        .collect();
    let words = dashboard.split(|symbol: char| !symbol.is_ascii_alphanumeric() && symbol != '_');
    let asked = words.filter(|word| {
        word.starts_with("sea_orm_routing_")
            || word.starts_with("db_client_")
                && !word.contains("_pool_name")
                && !word.contains("connection_state")
    });
    for name in asked {
        let series = name.trim_end_matches("_bucket");
        let is_told =
            |known: &String| series == known || series.strip_suffix("_count") == Some(known);
        assert!(
            documented.iter().any(is_told),
            "{name} is none of {documented:?}"
        );
    }
}
