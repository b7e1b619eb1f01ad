//! What a session ran, as it tells itself.

use entity::{bakery, report};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, EntityTrait, PaginatorTrait, StreamTrait, TransactionTrait,
};
use sea_orm_routing::{
    Route, RoutingDatabase,
    config::{OnNoSlave, ReadsConfig},
    recording::{Outcome, RecordedStatement},
    testing::Lab,
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

/// `node reason outcome` of each.
fn ends(db: &RoutingDatabase) -> Vec<String> {
    let statements = db.statements().into_iter();
    let told = statements.map(|statement| {
        let Route {
            bind, node, reason, ..
        } = &statement.route;
        let reason = serde_json::to_value(reason.node).unwrap();
        let reason = reason
            .as_str()
            .map_or_else(|| reason.to_string(), str::to_owned);
        format!(
            "{bind}.{node} {reason} {}: {}",
            statement.outcome, statement.sql
        )
    });
    told.collect()
}

#[tokio::test]
async fn what_finds_no_node_is_told_like_what_fails_at_one() {
    let reads = ReadsConfig::new().on_no_slave(OnNoSlave::Error);
    let lab = Lab::new().bind("reports", 1).database(|db| db.reads(reads));
    let lab = lab.start().await.unwrap();
    for (bind, table) in [("default", "bakery"), ("reports", "report")] {
        let table = format!("CREATE TABLE {table} (id int)");
        lab.db()
            .bind(bind)
            .unwrap()
            .execute_unprepared(&table)
            .await
            .unwrap();
    }
    lab.caught_up().await;
    let db = lab.db().recording(10);
    lab.kill("reports.slave-1");
    lab.pass(std::time::Duration::from_secs(10)).await;
    let reports = db.bind("reports").unwrap();
    let select = "SELECT id FROM report";
    lab.passing(reports.query_all_raw(sql(select)))
        .await
        .unwrap_err();
    lab.passing(async { reports.stream_raw(sql(select)).await.map(drop) })
        .await
        .unwrap_err();
    let reading = db.preventing_writes();
    reading
        .execute_unprepared("DELETE FROM bakery")
        .await
        .unwrap_err();
    let slave = db.bind("slave-1").unwrap();
    slave
        .execute_unprepared("DELETE FROM bakery")
        .await
        .unwrap_err();
    let both = "SELECT id FROM bakery JOIN report USING (id)";
    let known = lab.db().route(&sql(both));
    db.query_all_raw(sql(both)).await.unwrap_err();
    assert!(known.is_err(), "{known:?}");
    let expected = [
        "reports.master nowhere error NoSlave: SELECT id FROM report",
        "reports.master nowhere error NoSlave: SELECT id FROM report",
        "default.master nowhere error WritePrevented: DELETE FROM bakery",
        "default.master nowhere error WriteOnSlave: DELETE FROM bakery",
        "default.master nowhere error TwoBinds: SELECT id FROM bakery JOIN report USING (id)",
    ];
    assert_eq!(ends(&db), expected);
    // Nothing was sent there.
    let status = db.status();
    assert_eq!(status.node("reports", "master").unwrap().reads, 0);
    let before = status.node("default", "master").unwrap().writes;
    assert_eq!(before, 1, "{status}");
}
