//! The crate's own spans, through OpenTelemetry's SDK: stable names, and the route.

use std::collections::BTreeMap;

use apart::{Exported, Kitchen, attributes, cake};
use opentelemetry::trace::{SpanKind, Status};
use opentelemetry_sdk::trace::SpanData;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement, TransactionTrait};

/// The spans of this crate that have ended, and those of SeaORM inside of each.
fn taken(exported: &Exported) -> Vec<(SpanData, Vec<String>)> {
    let all = exported.all();
    let is_ours = |span: &&SpanData| attributes(span).contains_key("db.query.summary");
    let inside = |of: &SpanData| {
        let of = of.span_context.span_id();
        let inside = all.iter().filter(|span| span.parent_span_id == of);
        inside.map(|span| span.name.to_string()).collect()
    };
    all.iter()
        .filter(is_ours)
        .map(|span| (span.clone(), inside(span)))
        .collect()
}

#[tokio::test]
async fn a_statement_has_a_span_with_the_stable_names_and_its_route() {
    let exported = Exported::begin();
    let kitchen = Kitchen::new().await;
    let db = &kitchen.db;
    exported.all();

    cake::Entity::find().all(db).await.unwrap();
    let [(span, inside)] = &taken(&exported)[..] else {
        panic!("not one span")
    };
    assert_eq!(
        (span.name.as_ref(), &span.span_kind),
        ("SELECT cake", &SpanKind::Client)
    );
    assert_eq!(inside, &["query_all_raw"], "SeaORM's own are inside");
    let mut found = attributes(span);
    let session: u64 = found.remove("session").unwrap().parse().unwrap();
    found.retain(|key, _| {
        !key.starts_with("code.")
            && !key.starts_with("thread.")
            && !["busy_ns", "idle_ns", "level", "target"].contains(&key.as_str())
    });
    let expected = [
        ("access", "read"),
        ("bind", "default"),
        ("db.collection.name", "cake"),
        ("db.operation.name", "SELECT"),
        ("db.query.summary", "SELECT cake"),
        ("db.system.name", "postgresql"),
        ("node", "slave-1"),
        ("outcome", "ok"),
        ("reason", "plain query; no bind key; the only slave"),
        ("role", "slave"),
    ];
    let expected: BTreeMap<_, _> = expected
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    assert_eq!(found, expected);

    let wrong = Statement::from_string(
        DbBackend::Postgres,
        "SELECT nothing FROM cake JOIN tart ON true",
    );
    db.query_one_raw(wrong).await.unwrap_err();
    let [(span, _)] = &taken(&exported)[..] else {
        panic!("not one span")
    };
    let found = attributes(span);
    let told = ["db.query.summary", "error.type", "outcome"].map(|key| found[key].as_str());
    assert_eq!(told, ["SELECT cake tart", "Query", "error"]);
    assert!(!found.contains_key("db.collection.name"), "there are two");
    assert!(
        !found.contains_key("db.query.text"),
        "only if it is asked for"
    );
    assert!(
        matches!(span.status, Status::Error { .. }),
        "{:?}",
        span.status
    );

    let transaction = db.session().begin().await.unwrap();
    cake::Entity::delete_many()
        .exec(&transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let [(span, _)] = &taken(&exported)[..] else {
        panic!("not one span")
    };
    let found = attributes(span);
    let told = ["db.query.summary", "node", "reason"].map(|key| found[key].as_str());
    assert_eq!(
        told,
        [
            "DELETE cake",
            "master",
            "writes cake; no bind key; node of the transaction"
        ]
    );
    assert_ne!(
        found["session"].parse::<u64>().unwrap(),
        session,
        "that of its handle"
    );
}
