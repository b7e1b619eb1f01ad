//! The test kit: each fault of a lab, on a clock that the test moves, with the node that served and the rows.

use std::{collections::BTreeMap, time::Duration};

use entity::{bakery, report};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, MockDatabase, Schema,
    TransactionTrait, Value,
};
use sea_orm_routing::{
    BindBuilder, Consistency, RoutingDatabase,
    config::{FailoverConfig, Roles},
    status::NodeState,
    testing::{Lab, LabBuilder, assert_reads_from_slaves, served},
};

use crate::bakery::{bakery_named, report_titled, sql};

const SECOND: Duration = Duration::from_secs(1);

async fn started(builder: LabBuilder) -> Lab {
    let lab = builder.bind("reports", 1).start().await.unwrap();
    let schema = Schema::new(DbBackend::Sqlite);
    let table = schema.create_table_from_entity(bakery::Entity);
    lab.db().execute(&table).await.unwrap();
    let table = schema.create_table_from_entity(report::Entity);
    let reports = lab.db().bind("reports").unwrap();
    reports.execute(&table).await.unwrap();
    lab.caught_up().await;
    lab
}

async fn lab(slaves: usize) -> Lab {
    started(Lab::new().slaves(slaves)).await
}

/// The names of all bakeries, and the nodes that told them.
async fn read(db: &RoutingDatabase) -> String {
    let read = served(db, bakery::Entity::find().all(db)).await;
    let names = read.output.as_ref().unwrap().iter();
    let names: Vec<_> = names.map(|bakery| bakery.name.as_str()).collect();
    format!("{}: {}", read.nodes().join(" "), names.join(" "))
}

async fn write(db: &RoutingDatabase, name: &str) -> Result<String, DbErr> {
    let written = served(db, bakery_named(name).insert(db)).await;
    written.output.as_ref().map_err(Clone::clone)?;
    Ok(written.nodes().join(" "))
}

fn state(lab: &Lab, node: &str) -> NodeState {
    lab.db().status().node("default", node).unwrap().state
}

#[tokio::test]
async fn own_write_is_read_on_the_master_until_the_slave_has_it() {
    let lab = lab(1).await;
    lab.lag("slave-1", 4 * SECOND);
    let (user, other) = (lab.db().session(), lab.db().session());
    assert_eq!(write(&user, "x").await.unwrap(), "default.master");
    assert_eq!(read(&user).await, "default.master: x");
    assert_eq!(read(&other).await, "default.slave-1: ");
    lab.pass(3 * SECOND).await;
    assert_eq!(read(&user).await, "default.master: x");
    assert_eq!(read(&other).await, "default.slave-1: ");
    lab.caught_up().await;
    assert_eq!(read(&user).await, "default.slave-1: x");
}

#[tokio::test]
async fn the_longest_time_is_waited_for_as_any_other() {
    let lab = lab(1).await;
    lab.lag("slave-1", Duration::MAX);
    write(lab.db(), "x").await.unwrap();
    lab.pass(3 * SECOND).await;
    assert_eq!(read(&lab.db().session()).await, "default.master: x");
    let holds = lab.db().wait_for_slaves(Duration::MAX);
    let waited = lab.passing(tokio::time::timeout(SECOND, holds)).await;
    assert!(waited.is_err(), "it did not wait: {waited:?}");
    lab.lag("slave-1", Duration::ZERO);
    lab.passing(lab.db().wait_for_slaves(Duration::MAX))
        .await
        .unwrap();
    assert_eq!(read(lab.db()).await, "default.slave-1: x");
}

#[tokio::test]
async fn token_of_a_session_knows_what_a_slave_lacks() {
    let lab = lab(1).await;
    lab.lag("slave-1", 4 * SECOND);
    let user = lab.db().session();
    write(&user, "x").await.unwrap();
    let token = user.token().await;
    let next = lab.db().session_from(&token);
    assert_eq!(read(&next).await, "default.master: x");
    lab.caught_up().await;
    let next = lab.db().session_from(&token);
    assert_eq!(read(&next).await, "default.slave-1: x");
}

#[tokio::test]
async fn eventual_reads_see_what_the_slave_held_so_long_ago() {
    let lab = lab(1).await;
    lab.lag("slave-1", 60 * SECOND);
    let eventual = lab.db().with(Consistency::Eventual);
    write(lab.db(), "one").await.unwrap();
    lab.pass(30 * SECOND).await;
    write(lab.db(), "two").await.unwrap();
    assert_eq!(read(&eventual).await, "default.slave-1: ");
    assert_eq!(state(&lab, "slave-1"), NodeState::Lagging);
    assert_eq!(read(&lab.db().session()).await, "default.master: one two");
    lab.pass(31 * SECOND).await;
    assert_eq!(read(&eventual).await, "default.slave-1: one");
    lab.lag("slave-1", Duration::ZERO);
    lab.caught_up().await;
    assert_eq!(state(&lab, "slave-1"), NodeState::Serving);
    assert_eq!(read(lab.db()).await, "default.slave-1: one two");
}

#[tokio::test]
async fn dead_slave_is_noticed_by_nobody_and_has_all_when_it_lives_again() {
    let lab = lab(2).await;
    lab.kill("slave-1");
    for _ in 0..10 {
        assert_eq!(read(lab.db()).await, "default.slave-2: ");
    }
    lab.pass(5 * SECOND).await;
    assert_eq!(state(&lab, "slave-1"), NodeState::Down);
    write(lab.db(), "x").await.unwrap();
    lab.caught_up().await;
    lab.revive("slave-1");
    lab.kill("slave-2");
    lab.pass(90 * SECOND).await;
    assert_eq!(state(&lab, "slave-2"), NodeState::Down);
    assert_eq!(read(lab.db()).await, "default.slave-1: x");
    lab.kill("slave-1");
    assert_eq!(read(lab.db()).await, "default.master: x");
    lab.pass(5 * SECOND).await;
    assert_eq!(read(lab.db()).await, "default.master: x");
}

#[tokio::test]
async fn read_of_a_silent_slave_ends_elsewhere() {
    let lab = lab(2).await;
    lab.silence("slave-1");
    for _ in 0..10 {
        assert_eq!(lab.passing(read(lab.db())).await, "default.slave-2: ");
    }
    lab.pass(5 * SECOND).await;
    assert_eq!(state(&lab, "slave-1"), NodeState::Down);
    assert_eq!(read(lab.db()).await, "default.slave-2: ", "without waiting");
    lab.revive("slave-1");
    lab.pass(90 * SECOND).await;
    assert_ne!(state(&lab, "slave-1"), NodeState::Down);
}

#[tokio::test]
async fn slave_that_refuses_connections_is_passed_over() {
    let lab = lab(2).await;
    lab.refuse("slave-2");
    for _ in 0..10 {
        assert_eq!(read(lab.db()).await, "default.slave-1: ");
    }
    lab.refuse("slave-1");
    assert_eq!(read(lab.db()).await, "default.master: ");
    lab.revive("slave-1");
    lab.pass(90 * SECOND).await;
    assert_eq!(read(lab.db()).await, "default.slave-1: ");
}

#[tokio::test]
async fn writes_follow_the_promotion_and_what_had_not_arrived_is_lost() {
    let lab = lab(2).await;
    write(lab.db(), "kept").await.unwrap();
    lab.caught_up().await;
    lab.lag("slave-1", 4 * SECOND);
    write(lab.db(), "lost").await.unwrap();
    lab.promote("slave-1").await;
    lab.pass(5 * SECOND).await;
    assert_eq!(write(lab.db(), "new").await.unwrap(), "default.slave-1");
    lab.caught_up().await;
    for _ in 0..10 {
        let read = read(&lab.db().session()).await;
        let (node, names) = read.split_once(": ").unwrap();
        assert!(
            ["default.master", "default.slave-2"].contains(&node),
            "{node}"
        );
        assert_eq!(names, "kept new");
    }
}

#[tokio::test]
async fn write_waits_for_the_promotion_after_the_masters_death() {
    let lab = lab(1).await;
    lab.kill("master");
    lab.pass(SECOND).await;
    assert_eq!(state(&lab, "master"), NodeState::Down);
    let promotion = async {
        lab.pass(2 * SECOND).await;
        lab.promote("slave-1").await;
    };
    let db = lab.db().clone();
    let writing = tokio::spawn(async move { write(&db, "x").await });
    promotion.await;
    lab.pass(2 * SECOND).await;
    assert!(writing.is_finished());
    assert_eq!(writing.await.unwrap().unwrap(), "default.slave-1");
}

#[tokio::test]
async fn with_fixed_roles_nobody_follows_a_promotion() {
    let fixed = FailoverConfig::new().roles(Roles::Fixed);
    let lab = started(Lab::new().slaves(1).database(|db| db.failover(fixed))).await;
    lab.promote("slave-1").await;
    lab.pass(10 * SECOND).await;
    let error = lab.passing(write(lab.db(), "x")).await.unwrap_err();
    let error = error.to_string();
    assert!(error.contains("read-only server"), "{error}");
}

#[tokio::test]
async fn write_that_no_master_got_is_told_all_the_same() {
    let lab = lab(1).await;
    lab.kill("master");
    lab.pass(10 * SECOND).await;
    let told = lab.db().recording(10);
    lab.passing(write(&told, "x")).await.unwrap_err();
    let told = told.statements();
    let [one] = &told[..] else { panic!("{told:?}") };
    assert_eq!(
        (one.route.node.as_str(), one.outcome.name()),
        ("master", "error")
    );
    assert_eq!(one.outcome.error_type(), Some("MasterDown"));
}

/// As one that is not hedged: nobody has given it up.
#[tokio::test]
async fn hedged_read_whose_slave_goes_down_is_told_as_failed_there() {
    for is_hedged in [false, true] {
        let lab = lab(1).await;
        let db = match is_hedged {
            true => lab.db().hedged(),
            false => lab.db().clone(),
        };
        // How long it takes is learnt first.
        for _ in 0..40 {
            assert_eq!(read(&db).await, "default.slave-1: ");
        }
        lab.silence("slave-1");
        let told = db.recording(10);
        lab.pass(SECOND / 2).await;
        let found = lab.passing(bakery::Entity::find().all(&told)).await;
        assert!(found.unwrap().is_empty());
        let told = told.statements();
        let ends: Vec<_> = told
            .iter()
            .map(|one| format!("{} {}", one.route.node, one.outcome))
            .collect();
        let [first, second] = &ends[..] else {
            panic!("{ends:?}, {is_hedged}");
        };
        // By the word of the monitor or of the pool, whoever has it first.
        let by = first.strip_prefix("slave-1 error ");
        assert!(
            matches!(by, Some("NodeDown" | "ConnectionAcquire")),
            "{ends:?}, {is_hedged}"
        );
        assert_eq!(second, "master ok", "{is_hedged}");
    }
}

#[tokio::test]
async fn transaction_arrives_as_a_whole() {
    let lab = lab(1).await;
    let eventual = lab.db().with(Consistency::Eventual);
    let transaction = lab.db().begin().await.unwrap();
    bakery_named("one").insert(&transaction).await.unwrap();
    lab.pass(SECOND).await;
    assert_eq!(read(&eventual).await, "default.slave-1: ");
    bakery_named("two").insert(&transaction).await.unwrap();
    transaction.commit().await.unwrap();
    lab.pass(SECOND).await;
    assert_eq!(read(&eventual).await, "default.slave-1: one two");
}

#[tokio::test]
async fn binds_fail_each_on_their_own() {
    let lab = lab(1).await;
    lab.kill("reports.slave-1");
    let reports = async || {
        let read = served(lab.db(), report::Entity::find().all(lab.db())).await;
        format!("{}: {}", read.nodes().join(" "), read.output.unwrap().len())
    };
    report_titled("x").insert(lab.db()).await.unwrap();
    lab.caught_up().await;
    assert_eq!(reports().await, "reports.master: 1");
    assert_eq!(read(lab.db()).await, "default.slave-1: ");
    lab.revive("reports.slave-1");
    lab.pass(90 * SECOND).await;
    assert_eq!(reports().await, "reports.slave-1: 1");
}

#[tokio::test]
async fn unknown_node_is_told_with_those_that_there_are() {
    let lab = lab(1).await;
    let killed = tokio::spawn(async move { lab.kill("slave-9") }).await;
    let panic = killed.unwrap_err().into_panic();
    assert_eq!(
        *panic.downcast::<String>().unwrap(),
        "the lab has no node `default.slave-9`; its nodes are `default.master`, `default.slave-1`, \
         `reports.master`, `reports.slave-1`"
    );
}

fn mocks() -> RoutingDatabase {
    let mock = || {
        MockDatabase::new(DbBackend::Sqlite)
            .append_query_results([[BTreeMap::from([("id", Value::from(1))])]])
            .into_connection()
    };
    RoutingDatabase::builder()
        .bind(BindBuilder::new("default", mock()).slave("slave-1", mock()))
        .bind(BindBuilder::new("reports", mock()))
        .build()
        .unwrap()
}

#[tokio::test]
async fn assertion_gives_the_answer_of_what_slaves_served() {
    let db = &mocks();
    let select = sql("SELECT id FROM bakery");
    let rows = assert_reads_from_slaves!(db, db.query_all_raw(select));
    assert_eq!(rows.unwrap().len(), 1);
}

#[tokio::test]
async fn looking_at_work_makes_nobody_know_of_it() {
    let lab = lab(1).await;
    lab.lag("slave-1", 4 * SECOND);
    write(&lab.db().session(), "x").await.unwrap();
    assert_eq!(read(lab.db()).await, "default.slave-1: ");
    bakery_named("y").insert(lab.db()).await.unwrap();
    assert_eq!(read(lab.db()).await, "default.master: x y", "its own write");
    assert_eq!(read(&lab.db().session_from("")).await, "default.slave-1: ");
}

/// What the assertion says of a statement over mocks.
async fn objection(text: &'static str) -> String {
    let asserted = async move {
        let db = mocks();
        assert_reads_from_slaves!(db, async { db.query_all_raw(sql(text)).await.map(drop) })
    };
    let panic = tokio::spawn(asserted).await.unwrap_err().into_panic();
    *panic.downcast::<String>().unwrap()
}

#[tokio::test]
async fn assertion_says_which_statement_went_where_and_why() {
    assert_eq!(
        objection("SELECT surprise() FROM bakery").await,
        "expected reads from slaves alone, and a master served 1 of 1 statements:\n  default.master (master): write, \
         calls unknown function surprise; no bind key, ok: SELECT surprise() FROM bakery\n"
    );
    let nothing = tokio::spawn(async {
        assert_reads_from_slaves!(mocks(), async {});
    });
    let panic = nothing.await.unwrap_err().into_panic();
    let message = panic.downcast_ref::<&str>().copied();
    assert_eq!(
        message,
        Some("expected reads from slaves, and no statement was run in this task")
    );
}
