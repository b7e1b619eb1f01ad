//! A rule of the application: where it stands, what it may say, and what breaks when it does.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use entity::{bakery, report};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait, MockDatabase, MockExecResult,
    PaginatorTrait, Statement, StreamTrait, TransactionTrait, Value,
};
use sea_orm_routing::{
    Atomicity, BindBuilder, BindsConfig, Consistency, RoutingDatabase, RoutingDatabaseBuilder,
    RoutingError,
    classify::Access,
    config::{BindConfig, FreshnessSource, NodeConfig, ReadsConfig},
    route::BindReason,
    rule::{Allow, BindRule, BySchema, ReadsOf, Ruling, Subject, first, named},
    testing::{Lab, served as lab_served},
};
use tokio_stream::StreamExt;

use super::{Tenants, bakery_of, in_flight, report_of, routing_error};
use crate::{
    bakery::{bakery_named, report_titled, sql},
    support::{served, told},
};

/// Sends everything where the value `to` says, whatever the keys; refuses `nobody`.
fn by_value(subject: &Subject<'_>) -> Ruling {
    match subject.value("to") {
        Some("nobody") => Ruling::refuse("nobody may"),
        Some("panic") => panic!("the rule's own"),
        Some(key) => Ruling::to(key.to_owned()),
        None => Ruling::pass(),
    }
}

async fn ruled() -> Tenants {
    Tenants::with(|builder| builder.rule(named("by value", by_value))).await
}

#[tokio::test]
async fn what_it_says_goes_before_keys_and_is_no_part_of_the_memo() {
    let Tenants { db, .. } = &ruled().await;
    for _ in 0..2 {
        assert_eq!(bakery_of(db).await.unwrap(), "default.slave-1");
        assert_eq!(report_of(db).await.unwrap(), "reports.slave-1");
        for bind in ["tenant-1", "tenant-2"] {
            let tenant = db.with_value("to", bind);
            let node = format!("{bind}.slave-1");
            assert_eq!(bakery_of(&tenant).await.unwrap(), node);
            assert_eq!(report_of(&tenant).await.unwrap(), node);
            let inside = async || (bakery_of(db).await.unwrap(), report_of(db).await.unwrap());
            assert_eq!(tenant.scope(inside()).await, (node.clone(), node));
        }
    }
    let route = db
        .with_value("to", "tenant-1")
        .route(&sql("DELETE FROM report"))
        .unwrap();
    assert_eq!(
        route.to_string(),
        "tenant-1.master (master): write, writes report; rule `by value` says `tenant-1`"
    );
    let pinned = db.with_value("to", "tenant-1.master");
    assert_eq!(bakery_of(&pinned).await.unwrap(), "tenant-1.master");
}

/// Of an entity without a key nobody has named a bind: the rule is asked.
#[tokio::test]
async fn handle_of_an_entity_without_a_key_is_asked_about() {
    let by_tenant = |subject: &Subject<'_>| match subject.value("tenant") {
        Some(tenant) => Ruling::unless_keyed(format!("tenant-{tenant}")),
        None if subject.value("pass").is_some() => Ruling::pass(),
        None => Ruling::refuse("no tenant"),
    };
    let Tenants { db, .. } = &Tenants::with(|builder| builder.rule(by_tenant)).await;
    let (error, by) = served(db, async {
        bakery_of(&db.entity::<bakery::Entity>().unwrap()).await
    })
    .await;
    let error = routing_error(error.unwrap_err());
    assert!(matches!(error, RoutingError::RuledOut { .. }), "{error}");
    assert_eq!(by, "");
    let ruled = db.with_value("tenant", "1");
    for handle in [ruled.clone(), ruled.master(), ruled.slave().unwrap()] {
        let entity = handle.entity::<bakery::Entity>().unwrap();
        let found = bakery_of(&entity).await.unwrap();
        assert!(found.starts_with("tenant-1."), "{found}");
        let report = handle.entity::<report::Entity>().unwrap();
        assert_eq!(report_of(&report).await.unwrap(), "reports.slave-1");
    }
    ruled
        .scope(async {
            let entity = db.entity::<bakery::Entity>().unwrap();
            assert_eq!(bakery_of(&entity).await.unwrap(), "tenant-1.slave-1");
            let transaction = entity.begin().await.unwrap();
            assert_eq!(bakery_of(&transaction).await.unwrap(), "tenant-1.master");
        })
        .await;
    // Where the rule says nothing, it goes where it would go.
    let passed = db.with_value("pass", "");
    let entity = passed.entity::<bakery::Entity>().unwrap();
    assert_eq!(bakery_of(&entity).await.unwrap(), "default.slave-1");
    let around = db.bind("tenant-2").unwrap();
    let entity = around.scope(async { passed.entity::<bakery::Entity>().unwrap() });
    let entity = entity.await;
    assert_eq!(bakery_of(&entity).await.unwrap(), "tenant-2.slave-1");
}

/// An index of `default`, and a rule that sends all there is to one of the two parts.
#[tokio::test]
async fn one_authority_says_where_objects_are_alone_and_in_transactions() {
    let asked = |subject: &Subject<'_>| match subject.value("to") {
        Some(key) => Ruling::to(key.to_owned()),
        None => Ruling::pass(),
    };
    let allowed = || asked.within(["tenant-1"]);
    let Tenants { db, .. } = &Tenants::with(|builder| builder.rule(allowed())).await;
    let default = db.bind("default").unwrap();
    let index = "CREATE INDEX by_name ON bakery (name)";
    default.execute_unprepared(index).await.unwrap();
    let there = db.with_value("to", "tenant-1");
    let drop_it = "DROP INDEX by_name";
    let error = there.execute_unprepared(drop_it).await.unwrap_err();
    assert!(error.to_string().contains("no such index"), "{error}");
    let begun = there.begin().await.unwrap();
    let error = begun.execute_unprepared(drop_it).await.unwrap_err();
    assert!(error.to_string().contains("no such index"), "{error}");
    begun.rollback().await.unwrap();
    let binds = ["default", "tenant-1"];
    let begun = there.begin_across(binds, Atomicity::InOrder).await.unwrap();
    let error = begun.execute_unprepared(drop_it).await.unwrap_err();
    assert!(error.to_string().contains("no such index"), "{error}");
    begun.rollback().await.unwrap();
    // Without the rule's word, what `Allow` refuses alone it refuses there.
    let error = db.execute_unprepared(drop_it).await.unwrap_err();
    assert!(matches!(
        routing_error(error),
        RoutingError::RuledOut { .. }
    ));
    let begun = db.begin_across(binds, Atomicity::InOrder).await.unwrap();
    let error = begun.execute_unprepared(drop_it).await.unwrap_err();
    assert!(matches!(
        routing_error(error),
        RoutingError::RuledOut { .. }
    ));
    begun.rollback().await.unwrap();
    default.execute_unprepared(drop_it).await.unwrap();
}

/// In a scope, what names nothing is for the scope's part.
#[tokio::test]
async fn home_of_a_transaction_over_several_binds_is_the_scopes() {
    let Tenants { db, .. } = &Tenants::new().await;
    let one = db.bind("tenant-1").unwrap();
    for binds in [["default", "tenant-1"], ["tenant-1", "default"]] {
        let work = async {
            let begun = db.begin_across(binds, Atomicity::InOrder).await?;
            begun.execute_unprepared("PRAGMA user_version = 7").await?;
            let route = begun.route(&sql("SELECT 1"))?;
            begun.commit().await?;
            Ok::<_, sea_orm::DbErr>(route.bind.to_string())
        };
        assert_eq!(one.scope(work).await.unwrap(), "tenant-1");
    }
    let version = async |bind: &str| {
        let node = db.bind(bind).unwrap().master();
        let row = node.query_one_raw(sql("PRAGMA user_version")).await;
        row.unwrap().unwrap().try_get_by_index::<i32>(0).unwrap()
    };
    assert_eq!(
        (version("tenant-1").await, version("default").await),
        (7, 0)
    );
}

#[tokio::test]
async fn what_it_says_of_unclaimed_tables_goes_behind_keys() {
    let rule = |_: &Subject<'_>| Ruling::unless_keyed("tenant-1");
    let Tenants { db, .. } = &Tenants::with(|builder| builder.rule(rule)).await;
    assert_eq!(bakery_of(db).await.unwrap(), "tenant-1.slave-1");
    assert_eq!(report_of(db).await.unwrap(), "reports.slave-1");
    let scoped = db.bind("tenant-2").unwrap();
    assert_eq!(
        scoped.scope(bakery_of(db)).await.unwrap(),
        "tenant-1.slave-1"
    );
    assert_eq!(
        bakery_of(&scoped).await.unwrap(),
        "tenant-2.slave-1",
        "a handle's is fixed"
    );
    let transaction = db.begin().await.unwrap();
    report_of(&transaction).await.unwrap();
    transaction.query_one_raw(sql("SELECT 1")).await.unwrap();
    transaction.rollback().await.unwrap();
    let two = db.route(&sql("SELECT * FROM bakery, report")).unwrap_err();
    assert_eq!(
        two.to_string(),
        "statement names tables of two binds: `report` in `reports`, `bakery` in `tenant-1`"
    );
}

#[tokio::test]
async fn impossible_answers_and_refusals_are_errors_and_nothing_is_sent() {
    let Tenants { db, .. } = &ruled().await;
    let (error, by) = served(db, bakery_of(&db.with_value("to", "nobody"))).await;
    assert_eq!(by, "");
    assert_eq!(
        routing_error(error.unwrap_err()).to_string(),
        "rule `by value` refuses the statement: nobody may"
    );
    let (error, by) = served(db, bakery_of(&db.with_value("to", "tenant-9"))).await;
    assert_eq!(by, "");
    let error = routing_error(error.unwrap_err());
    assert!(
        matches!(&error, RoutingError::RuledNowhere { key, .. } if key == "tenant-9"),
        "{error}"
    );
    let slave = db.with_value("to", "tenant-1.slave-1");
    let (error, by) = served(db, bakery_named("x").insert(&slave)).await;
    assert_eq!(by, "");
    let error = routing_error(error.unwrap_err());
    assert!(
        matches!(error, RoutingError::WriteOnSlave { .. }),
        "{error}"
    );
    assert!(
        db.with_value("to", "nobody")
            .route(&sql("SELECT 1"))
            .is_err()
    );
    let streamed = db
        .with_value("to", "nobody")
        .stream_raw(sql("SELECT 1"))
        .await;
    assert!(matches!(
        routing_error(streamed.err().unwrap()),
        RoutingError::RuledOut { .. }
    ));
}

#[tokio::test]
async fn fixed_handles_are_not_asked_about() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let rule = move |_: &Subject<'_>| {
        counter.fetch_add(1, Ordering::Relaxed);
        Ruling::pass()
    };
    let Tenants { db, .. } = &Tenants::with(|builder| builder.rule(rule)).await;
    bakery_of(&db.bind("tenant-1").unwrap()).await.unwrap();
    bakery_of(&db.entity::<report::Entity>().unwrap())
        .await
        .unwrap();
    let transaction = db.bind("tenant-1").unwrap().begin().await.unwrap();
    bakery_of(&transaction).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    for (handle, times) in [(db.clone(), 1), (db.master(), 2), (db.slave().unwrap(), 3)] {
        bakery_of(&handle).await.unwrap();
        assert_eq!(asked.load(Ordering::Relaxed), times);
    }
}

#[tokio::test]
async fn each_statement_of_a_transaction_is_asked_about_once() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    // It changes its mind whenever it is asked, which it must not.
    let rule = move |subject: &Subject<'_>| {
        assert!(subject.is_in_transaction());
        let times = counter.fetch_add(1, Ordering::Relaxed);
        Ruling::to(["tenant-1", "tenant-2"][times % 2])
    };
    let Tenants { db, .. } = &Tenants::with(|builder| builder.rule(rule)).await;
    for round in 0..3 {
        let transaction = db.begin().await.unwrap();
        let before = asked.load(Ordering::Relaxed);
        let first = bakery_of(&transaction).await.unwrap();
        assert_eq!(
            first,
            ["tenant-1.master", "tenant-2.master"][before % 2],
            "{round}"
        );
        assert_eq!(asked.load(Ordering::Relaxed), before + 1);
        let (second, by) = served(db, bakery_of(&transaction)).await;
        let error = routing_error(second.unwrap_err());
        assert_eq!(by, "");
        assert!(
            matches!(error, RoutingError::OtherTransaction { .. }),
            "{error}"
        );
        // What names no table stays where the transaction is.
        transaction.query_one_raw(sql("SELECT 1")).await.unwrap();
        transaction.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn transaction_belongs_to_the_ruled_bind_of_its_first_statement() {
    let Tenants { db, .. } = &ruled().await;
    let tenant = db.with_value("to", "tenant-1");
    let (_, by) = served(db, async {
        let transaction = tenant.begin().await.unwrap();
        bakery_named("in").insert(&transaction).await.unwrap();
        report_titled("in").insert(&transaction).await.unwrap();
        let nested = transaction.begin().await.unwrap();
        assert_eq!(bakery::Entity::find().count(&nested).await.unwrap(), 2);
        nested.commit().await.unwrap();
        let route = transaction.route(&sql("DELETE FROM report")).unwrap();
        assert!(
            matches!(route.reason.bind, BindReason::Rule { .. }),
            "{route}"
        );
        transaction.commit().await.unwrap();
    })
    .await;
    assert_eq!(by, "tenant-1.master 1r, tenant-1.master 2w");

    let across = tenant
        .begin_across(["default", "tenant-1"], Atomicity::InOrder)
        .await
        .unwrap();
    assert_eq!(bakery_of(&across).await.unwrap(), "tenant-1.master");
    across.rollback().await.unwrap();
    let across = tenant
        .begin_across(["default", "reports"], Atomicity::InOrder)
        .await
        .unwrap();
    let error = routing_error(bakery_of(&across).await.unwrap_err());
    assert!(
        matches!(error, RoutingError::OtherTransaction { .. }),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains("rule `by value` says `tenant-1`"),
        "{error}"
    );
}

/// What names no table is the first part's, and what is set is set on all, whatever the rule says of other statements.
#[tokio::test]
async fn settings_reach_all_parts_of_a_transaction_over_several_binds() {
    for ruling in [Ruling::to("tenant-1"), Ruling::unless_keyed("tenant-1")] {
        for binds in [
            ["default", "tenant-1"],
            ["tenant-1", "default"],
            ["default", "reports"],
        ] {
            let nodes = ["default", "reports", "tenant-1"].map(|name| {
                let row = BTreeMap::from([("id", Value::from(1))]);
                let done = MockExecResult {
                    last_insert_id: 1,
                    rows_affected: 1,
                };
                let mock = MockDatabase::new(DbBackend::Postgres)
                    .append_query_results(vec![vec![row]; 4])
                    .append_exec_results(vec![done; 4]);
                (name, mock.into_connection())
            });
            let ruling = ruling.clone();
            let builder = RoutingDatabase::builder().rule(move |_: &Subject<'_>| ruling.clone());
            let builder = nodes.iter().fold(builder, |builder, (name, node)| {
                builder.bind(BindBuilder::new(*name, node.clone()))
            });
            let db = builder.build().unwrap();
            let transaction = db.begin_across(binds, Atomicity::InOrder).await.unwrap();
            let set = "SET LOCAL app.tenant = '42'";
            transaction.execute_unprepared(set).await.unwrap();
            let one = || Statement::from_string(DbBackend::Postgres, "SELECT 1");
            transaction.query_one_raw(one()).await.unwrap().unwrap();
            let route = transaction.route(&one()).unwrap();
            assert_eq!(route.bind, binds[0]);
            let streamed = transaction.stream_raw(Statement::from_string(DbBackend::Postgres, set));
            drop(streamed.await.unwrap());
            for bind in binds {
                // It begins, with what was set.
                let part = transaction.bind(bind).unwrap();
                part.query_one_raw(one()).await.unwrap().unwrap();
            }
            transaction.rollback().await.unwrap();
            for (name, node) in nodes {
                let log = format!("{:?}", node.into_transaction_log());
                let times = log.matches(set).count();
                let expected = if binds.contains(&name) { 2 } else { 0 };
                assert_eq!(times, expected, "{name} of {binds:?}: {log}");
            }
        }
    }
}

#[tokio::test]
async fn refusal_counts_in_a_transaction_and_leaves_it_usable() {
    let rule = |subject: &Subject<'_>| match subject.access() {
        Access::Write if subject.tables().iter().any(|table| table.name == "report") => {
            Ruling::refuse("reports are made at night")
        }
        _ => Ruling::unless_keyed("reports"),
    };
    let Tenants { db, .. } = &Tenants::with(|builder| builder.rule(rule)).await;
    let transaction = db.begin().await.unwrap();
    let error = report_titled("x").insert(&transaction).await.unwrap_err();
    assert!(matches!(
        routing_error(error),
        RoutingError::RuledOut { .. }
    ));
    bakery_named("kept").insert(&transaction).await.unwrap();
    let error = report_titled("x").insert(&transaction).await.unwrap_err();
    assert!(matches!(
        routing_error(error),
        RoutingError::RuledOut { .. }
    ));
    transaction.commit().await.unwrap();
    let kept = bakery::Entity::find()
        .count(&db.bind("reports.master").unwrap())
        .await
        .unwrap();
    assert_eq!(kept, 2);
}

/// Whether it panics, in this very task.
async fn panics<T>(work: impl Future<Output = T>) -> bool {
    let mut work = pin!(work);
    let outcome = poll_fn(|context| {
        let poll = AssertUnwindSafe(|| work.as_mut().poll(context));
        catch_unwind(poll).map_or(std::task::Poll::Ready(None), |poll| poll.map(Some))
    });
    outcome.await.is_none()
}

#[tokio::test]
async fn panic_is_the_callers_and_breaks_nothing_else() {
    let Tenants { db, .. } = &ruled().await;
    let broken = db.with_value("to", "panic");
    let transaction = broken.begin().await.unwrap();
    for _ in 0..3 {
        assert!(panics(bakery_of(&broken)).await);
        assert!(panics(bakery_of(&transaction)).await);
        assert!(panics(broken.stream_raw(sql("SELECT 1"))).await);
        let schema = db.get_schema_builder().register(bakery::Entity);
        assert!(panics(schema.apply_plan(&broken)).await);
    }
    transaction.rollback().await.unwrap();
    assert_eq!(in_flight(db), 0);
    assert_eq!(bakery_of(db).await.unwrap(), "default.slave-1");
    bakery_named("after").insert(db).await.unwrap();
}

/// The first bakery of a stream.
async fn first_streamed<C: StreamTrait>(db: &C) -> String {
    let rows = db.stream_raw(sql("SELECT name FROM bakery")).await.unwrap();
    let row = pin!(rows).next().await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn every_way_to_send_something_asks() {
    let Tenants { db, .. } = &ruled().await;
    let tenant = &db.with_value("to", "tenant-1");
    let (_, by) = served(db, async {
        tenant
            .execute_unprepared("UPDATE bakery SET name = name; DELETE FROM report")
            .await
            .unwrap();
        assert_eq!(first_streamed(tenant).await, "tenant-1.slave-1");
        let transaction = tenant.begin().await.unwrap();
        assert_eq!(first_streamed(&transaction).await, "tenant-1.master");
        transaction.commit().await.unwrap();
        tenant.query_all_raw(sql("SELECT 1")).await.unwrap();
    })
    .await;
    assert_eq!(
        by,
        "tenant-1.master 1r, tenant-1.master 1w, tenant-1.slave 2r"
    );
    let schema = db
        .get_schema_builder()
        .register(bakery::Entity)
        .register(report::Entity);
    let plan = schema.apply_plan(tenant).await.unwrap();
    let binds: Vec<_> = plan.steps.iter().map(|step| step.bind.as_str()).collect();
    assert_eq!(binds, ["tenant-1", "tenant-1"]);
}

#[tokio::test]
async fn modifications_and_own_writes_are_of_the_ruled_bind() {
    let Tenants { db, .. } = &ruled().await;
    let mut modifications = db.modifications();
    let tenant = &db.with_value("to", "tenant-2");
    bakery_named("one").insert(tenant).await.unwrap();
    let transaction = tenant.begin().await.unwrap();
    report_titled("two").insert(&transaction).await.unwrap();
    transaction.commit().await.unwrap();
    let told: Vec<_> = told(&mut modifications).await;
    assert!(
        told.iter().all(|line| line.contains("tenant-2")),
        "{told:?}"
    );
    assert_eq!(told.len(), 2, "{told:?}");
}

#[tokio::test]
async fn rules_are_asked_one_after_the_other() {
    let schema = BySchema::new().schema("main", "reports");
    let reads = ReadsOf::tables(["bakery"], "tenant-1");
    let rule = first(reads).then(schema).within(["default", "reports"]);
    let Tenants { db, .. } = &Tenants::with(|builder| builder.rule(rule)).await;
    let route = |text: &str| db.route(&sql(text)).map(|route| route.to_string());
    assert_eq!(
        route("SELECT * FROM bakery").unwrap_err().to_string(),
        "rule `Allow` refuses the statement: it goes to bind `tenant-1`, and allowed are `default`, `reports`"
    );
    assert_eq!(
        route("SELECT * FROM main.cake").unwrap(),
        "reports.slave-1 (slave): read, plain query; rule `BySchema` says `reports`; the only slave"
    );
    assert!(
        route("SELECT * FROM cake")
            .unwrap()
            .starts_with("default.slave-1")
    );
    assert!(route("SELECT 1").unwrap().starts_with("default.slave-1"));
    let error = route("SELECT * FROM main.cake, bakery").unwrap_err();
    assert!(
        error.to_string().contains("`main.cake` and `bakery`"),
        "{error}"
    );

    let alone = Allow::binds(["default"]);
    let Tenants { db, .. } = &Tenants::with(|builder| builder.rule(alone)).await;
    assert_eq!(bakery_of(db).await.unwrap(), "default.slave-1");
    for error in [
        report_of(db).await.unwrap_err(),
        db.bind("tenant-1")
            .unwrap()
            .scope(bakery_of(db))
            .await
            .unwrap_err(),
    ] {
        assert!(matches!(
            routing_error(error),
            RoutingError::RuledOut { .. }
        ));
    }
    let transaction = db.begin().await.unwrap();
    bakery_of(&transaction).await.unwrap();
    transaction.query_one_raw(sql("SELECT 1")).await.unwrap();
    let error = routing_error(report_of(&transaction).await.unwrap_err());
    assert!(matches!(error, RoutingError::RuledOut { .. }), "{error}");
    transaction.rollback().await.unwrap();
}

async fn sessions_on(db: &RoutingDatabase, sessions: usize) -> usize {
    let mut there = 0;
    for _ in 0..sessions {
        let session = db.session();
        let node = bakery_of(&session).await.unwrap();
        for _ in 0..2 {
            assert_eq!(bakery_of(&session).await.unwrap(), node, "a session stays");
        }
        there += usize::from(node == "tenant-1.slave-1");
    }
    there
}

#[tokio::test]
async fn a_share_of_the_sessions_reads_elsewhere_until_they_write() {
    for (share, expected) in [(0.0, 0..=0), (0.25, 20..=80), (1.0, 200..=200)] {
        let rule = ReadsOf::tables(["bakery"], "tenant-1").share(share);
        let Tenants { db, .. } = &Tenants::with(|builder| builder.rule(rule)).await;
        let there = sessions_on(db, 200).await;
        assert!(expected.contains(&there), "{share}: {there}");
    }
    let rule = ReadsOf::tables(["bakery"], "tenant-1");
    let Tenants { db, .. } = &Tenants::with(|builder| builder.rule(rule)).await;
    for by_transaction in [false, true] {
        let session = db.session();
        assert_eq!(bakery_of(&session).await.unwrap(), "tenant-1.slave-1");
        if by_transaction {
            let transaction = session.begin().await.unwrap();
            assert_eq!(bakery_of(&transaction).await.unwrap(), "default.master");
            bakery_named("own").insert(&transaction).await.unwrap();
            transaction.commit().await.unwrap();
        } else {
            bakery_named("own").insert(&session).await.unwrap();
        }
        assert_eq!(
            bakery_of(&session).await.unwrap(),
            "default.slave-1",
            "its writes are there"
        );
        let heir = session.session();
        assert_eq!(bakery_of(&heir).await.unwrap(), "default.slave-1");
        assert_eq!(bakery_of(&db.session()).await.unwrap(), "tenant-1.slave-1");
    }
    let both = db
        .session()
        .query_all_raw(sql("SELECT 1 FROM bakery, cake"))
        .await;
    let (_, by) = served(db, async { both }).await;
    assert_eq!(by, "");
    let route = db
        .session()
        .route(&sql("SELECT 1 FROM bakery, cake"))
        .unwrap();
    assert_eq!(route.bind, "default", "another table beside it");
}

/// A read of bakeries, in its own session or a given one.
async fn read(db: &RoutingDatabase) -> Vec<String> {
    let read = lab_served(db, db.query_all_raw(sql("SELECT * FROM bakery"))).await;
    read.output.as_ref().unwrap();
    read.nodes()
}

#[tokio::test]
async fn retries_and_own_writes_stay_on_the_ruled_bind() {
    let rule = |_: &Subject<'_>| Ruling::unless_keyed("tenant-1");
    let lab = Lab::new()
        .bind("tenant-1", 2)
        .bind("reports", 1)
        .database(|db| db.rule(rule));
    let lab = lab.start().await.unwrap();
    let db = lab.db();
    db.execute_unprepared("CREATE TABLE bakery (name varchar)")
        .await
        .unwrap();
    lab.caught_up().await;
    lab.kill("tenant-1.slave-1");
    for _ in 0..10 {
        assert_eq!(
            read(&db.session()).await.last().unwrap(),
            "tenant-1.slave-2"
        );
    }
    lab.lag("tenant-1.slave-2", Duration::from_secs(5));
    let session = db.session();
    session
        .execute_unprepared("INSERT INTO bakery VALUES ('own')")
        .await
        .unwrap();
    assert_eq!(read(&session).await, ["tenant-1.master"]);
    lab.kill("tenant-1.slave-2");
    for _ in 0..10 {
        assert_eq!(read(&db.session()).await.last().unwrap(), "tenant-1.master");
    }
    let status = db.status();
    let others = status.nodes.iter().filter(|node| node.bind != "tenant-1");
    assert_eq!(others.map(|node| node.reads + node.writes).sum::<u64>(), 0);
}

#[tokio::test]
async fn read_that_a_slave_refuses_runs_on_the_ruled_binds_master() {
    let directory = tempfile::tempdir().unwrap();
    let file = |bind: &str| format!("sqlite://{}/{bind}.db", directory.path().display());
    let bind = |name: &str| {
        BindConfig::new(name, format!("{}?mode=rwc", file(name))).slave(NodeConfig::new(
            "slave-1",
            format!("{}?mode=ro", file(name)),
        ))
    };
    let binds = ["default", "reports", "tenant-1"].map(bind);
    let config = binds
        .into_iter()
        .fold(BindsConfig::new(), BindsConfig::bind);
    let builder = RoutingDatabase::builder().rule(named("by value", by_value));
    let db = &builder.from_config(config).await.unwrap();
    let tenant = db.with_value("to", "tenant-1");
    tenant
        .execute_unprepared("CREATE TABLE late (n integer)")
        .await
        .unwrap();
    // What is there for the master's connection alone.
    tenant
        .execute_unprepared("CREATE TEMPORARY TABLE note AS SELECT 7 AS n")
        .await
        .unwrap();
    let (found, by) = served(db, tenant.query_one_raw(sql("SELECT n FROM note"))).await;
    assert_eq!(
        found.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap(),
        7
    );
    assert_eq!(by, "tenant-1.master 1r, tenant-1.slave 1r");

    // A scope of a bind that goes is not one of the default bind, though that has such a table.
    db.execute_unprepared("CREATE TABLE late (n integer)")
        .await
        .unwrap();
    let gone = db.bind("tenant-1").unwrap();
    gone.scope(async {
        db.execute_unprepared("INSERT INTO late VALUES (1)")
            .await
            .unwrap();
        db.remove_bind("tenant-1").await.unwrap();
        let (error, by) = served(db, db.execute_unprepared("DELETE FROM late")).await;
        assert_eq!(by, "");
        let error = routing_error(error.unwrap_err());
        assert!(matches!(error, RoutingError::UnknownKey { .. }), "{error}");
        assert!(
            db.begin()
                .await
                .unwrap()
                .execute_unprepared("DELETE FROM late")
                .await
                .is_err()
        );
        assert!(
            db.master_connection()
                .execute_unprepared("DELETE FROM late")
                .await
                .is_err()
        );
        let executor = sea_orm::DatabaseExecutor::from(db);
        assert!(
            executor
                .execute_unprepared("DELETE FROM late")
                .await
                .is_err()
        );
    })
    .await;
}

/// With `process`, a write has others read from the master what it has written, and nothing else.
#[tokio::test]
async fn rule_takes_no_tables_from_the_slaves_that_nobody_has_written() {
    let hour = Duration::from_secs(3600);
    let reads = ReadsConfig::new()
        .freshness(FreshnessSource::Window(hour))
        .max_lag(hour);
    let builder = |builder: RoutingDatabaseBuilder| {
        let builder = builder.reads(reads).consistency(Consistency::Process);
        builder.rule(|_: &Subject<'_>| Ruling::pass())
    };
    let Tenants { db, .. } = &Tenants::with(builder).await;
    let other = db.session();
    bakery_named("x").insert(&db.session()).await.unwrap();
    let node = |text: &str| other.route(&sql(text)).unwrap().node;
    assert_eq!(node("SELECT * FROM bakery"), "master");
    assert_eq!(node("SELECT * FROM never_written"), "slave-1");
}
