//! What a session ran, as it tells itself.

use entity::{bakery, report};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, EntityTrait, PaginatorTrait, StreamTrait, TransactionTrait,
};
use sea_orm_routing::{
    RoutingDatabase,
    recording::{Outcome, RecordedStatement},
};
use tokio_stream::StreamExt;

use crate::bakery::{Bakery, bakery_named, sql};

/// `bind.node outcome: operation` of each.
fn told(statements: &[RecordedStatement]) -> Vec<String> {
    let told = statements.iter().map(|statement| {
        let RecordedStatement {
            route,
            sql,
            outcome,
            ..
        } = statement;
        let verb = sql.split(' ').next().unwrap_or_default();
        format!("{}.{} {outcome}: {verb}", route.bind, route.node)
    });
    told.collect()
}

#[tokio::test]
async fn a_session_tells_what_it_ran_and_nobody_elses() {
    let Bakery { db, .. } = &Bakery::new().await;
    let session = db.session().recording(100);
    bakery::Entity::find().count(db).await.unwrap();
    assert!(session.statements().is_empty(), "it is another's");
    bakery_named("x").insert(&session).await.unwrap();
    report::Entity::find()
        .all(&session.bind("reports").unwrap())
        .await
        .unwrap();
    session
        .query_all_raw(sql("SELECT nothing FROM bakery"))
        .await
        .unwrap_err();
    let transaction = session.begin().await.unwrap();
    report::Entity::delete_many()
        .exec(&transaction)
        .await
        .unwrap();
    transaction.rollback().await.unwrap();
    let statements = session.statements();
    let [_, _, failed, again, ..] = &statements[..] else {
        panic!("{:?}", told(&statements));
    };
    assert_eq!(
        failed.outcome,
        Outcome::Refused("1".into()),
        "a slave's error is the master's to confirm"
    );
    assert_eq!(again.outcome, Outcome::Error("1".into()));
    let expected = [
        "default.master ok: INSERT",
        "reports.slave-1 ok: SELECT",
        "default.slave-1 refused 1: SELECT",
        "default.master error 1: SELECT",
        "reports.master ok: BEGIN",
        "reports.master ok: DELETE",
        "reports.master ok: ROLLBACK",
    ];
    let by_any_slave: Vec<_> = told(&statements)
        .iter()
        .map(|line| line.replace("slave-2", "slave-1"))
        .collect();
    assert_eq!(by_any_slave, expected);
    assert!(
        !statements[0].sql.contains('x'),
        "no value: {}",
        statements[0].sql
    );
    assert!(db.statements().is_empty());
}

#[tokio::test]
async fn inside_of_its_scope_every_handle_is_listed() {
    let Bakery { db, .. } = &Bakery::new().await;
    let session = db.session().recording(2);
    let helper = async |db: &RoutingDatabase| bakery::Entity::find().count(db).await.unwrap();
    session
        .scope(async {
            helper(db).await;
            let mut rows = db.stream_raw(sql("SELECT id FROM report")).await.unwrap();
            while rows.next().await.is_some() {}
            drop(rows);
            let mut rows = db
                .stream_raw(sql("SELECT title FROM report"))
                .await
                .unwrap();
            rows.next().await;
            drop(rows);
            assert_eq!(
                told(&db.statements()).len(),
                2,
                "the handle inside tells them as well"
            );
        })
        .await;
    helper(db).await;
    let expected = [
        "reports.slave-1 ok: SELECT",
        "reports.slave-1 cancelled: SELECT",
    ];
    assert_eq!(
        told(&session.statements()),
        expected,
        "the last two, in the order of their ends"
    );
    let text = session.statements()[0].to_string();
    assert!(
        text.contains(" ms, ok: reports.slave-1 (slave): read, plain query; "),
        "{text}"
    );
    let json = serde_json::to_value(&session.statements()[1]).unwrap();
    assert_eq!(
        (json["outcome"].as_str(), json["route"]["node"].as_str()),
        (Some("cancelled"), Some("slave-1"))
    );
    assert!(json["duration"].is_f64(), "{json}");
}
