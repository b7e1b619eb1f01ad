//! A transaction belongs to the bind of its first statement, and all its statements run on one node.

use entity::{bakery, report, report_line};
use sea_orm::{
    AccessMode, ActiveModelTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, PaginatorTrait,
    Statement, TransactionError, TransactionTrait,
};
use sea_orm_routing::{RoutingDatabase, RoutingError, RoutingTransaction};

use crate::{
    bakery::{Bakery, bakery_named, report_titled},
    support::served,
};

async fn bakeries(db: &RoutingDatabase) -> u64 {
    bakery::Entity::find().count(&db.master()).await.unwrap()
}

#[tokio::test]
async fn reads_of_a_transaction_stay_on_its_master() {
    let Bakery { db, .. } = &Bakery::new().await;
    let work = async {
        let txn = db.begin().await.unwrap();
        bakery_named("mine").insert(&txn).await.unwrap();
        let seen = bakery::Entity::find().all(&txn).await.unwrap();
        txn.commit().await.unwrap();
        seen
    };
    let (seen, by) = served(db, work).await;
    let names: Vec<_> = seen.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(
        (names, by),
        (
            vec!["default.master", "mine"],
            "default.master 1r, default.master 1w".into()
        )
    );
    assert_eq!(bakeries(db).await, 2);
}

#[tokio::test]
async fn transaction_that_begins_with_a_read_can_write() {
    let Bakery { db, .. } = &Bakery::new().await;
    let txn = db.begin().await.unwrap();
    assert_eq!(
        bakery::Entity::find()
            .one(&txn)
            .await
            .unwrap()
            .unwrap()
            .name,
        "default.master"
    );
    bakery_named("after").insert(&txn).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(bakeries(db).await, 2);
}

#[tokio::test]
async fn rollback_drop_and_closure_error_leave_nothing() {
    let Bakery { db, .. } = &Bakery::new().await;
    let txn = db.begin().await.unwrap();
    bakery_named("rolled back").insert(&txn).await.unwrap();
    txn.rollback().await.unwrap();

    let txn = db.begin().await.unwrap();
    bakery_named("dropped").insert(&txn).await.unwrap();
    drop(txn);

    let result = db
        .transaction::<_, (), DbErr>(|txn| {
            Box::pin(async move {
                bakery_named("failed").insert(txn).await?;
                Err(DbErr::Custom("changed my mind".to_owned()))
            })
        })
        .await;
    assert!(matches!(
        result,
        Err(TransactionError::Transaction(DbErr::Custom(_)))
    ));
    let result = db
        .transaction_async::<_, (), DbErr>(async |txn| {
            bakery_named("failed").insert(txn).await?;
            Err(DbErr::Custom("changed my mind".to_owned()))
        })
        .await;
    assert!(matches!(
        result,
        Err(TransactionError::Transaction(DbErr::Custom(_)))
    ));
    assert_eq!(bakeries(db).await, 1);
}

#[tokio::test]
async fn closures_commit_after_ok() {
    let Bakery { db, .. } = &Bakery::new().await;
    let name = db
        .transaction::<_, _, DbErr>(|txn| {
            Box::pin(async move { Ok(bakery_named("one").insert(txn).await?.name) })
        })
        .await;
    assert_eq!(name.unwrap(), "one");
    let name = db
        .transaction_with_config_async::<_, _, DbErr>(
            async |txn| Ok(bakery_named("two").insert(txn).await?.name),
            None,
            Some(AccessMode::ReadWrite),
        )
        .await;
    assert_eq!(name.unwrap(), "two");
    assert_eq!(bakeries(db).await, 3);
}

#[tokio::test]
async fn first_statement_decides_the_bind_and_another_bind_is_an_error_that_names_both() {
    let Bakery { db, .. } = &Bakery::new().await;
    let txn = db.begin().await.unwrap();
    report_titled("in a transaction")
        .insert(&txn)
        .await
        .unwrap();
    let (result, by) = served(db, bakery_named("elsewhere").insert(&txn)).await;
    let error = result.unwrap_err();
    assert_eq!(
        RoutingError::of(&error).unwrap().to_string(),
        "transaction is open on bind `reports`, and the statement belongs to bind `default`: no bind key"
    );
    assert_eq!(by, "");
    txn.execute_unprepared("SELECT 1").await.unwrap();
    txn.commit().await.unwrap();
    let reports = report::Entity::find().count(&db.master()).await.unwrap();
    assert_eq!((reports, bakeries(db).await), (2, 1));
}

#[tokio::test]
async fn transaction_of_a_handle_has_the_handles_bind() {
    let Bakery { db, .. } = &Bakery::new().await;
    let txn = db.bind("reports").unwrap().begin().await.unwrap();
    assert!(format!("{txn:?}").contains("reports.master"), "{txn:?}");
    bakery_named("in the reports' database")
        .insert(&txn)
        .await
        .unwrap();
    txn.commit().await.unwrap();
    let there = bakery::Entity::find()
        .count(&db.bind("reports.master").unwrap())
        .await
        .unwrap();
    assert_eq!((there, bakeries(db).await), (2, 1));
}

#[tokio::test]
async fn commit_and_rollback_without_statements_are_fine() {
    let Bakery { db, .. } = &Bakery::new().await;
    db.begin().await.unwrap().commit().await.unwrap();
    db.begin().await.unwrap().rollback().await.unwrap();
    let txn = db.begin().await.unwrap();
    txn.begin().await.unwrap().commit().await.unwrap();
    txn.commit().await.unwrap();
    drop(db.begin().await.unwrap());
    assert_eq!(bakeries(db).await, 1);
}

#[tokio::test]
async fn nested_transactions_are_savepoints_wherever_the_first_statement_is() {
    let Bakery { db, .. } = &Bakery::new().await;
    let outer = db.begin().await.unwrap();
    let middle = outer.begin().await.unwrap();
    let inner = middle.begin().await.unwrap();
    bakery_named("inner").insert(&inner).await.unwrap();
    inner.rollback().await.unwrap();
    bakery_named("middle").insert(&middle).await.unwrap();
    middle.commit().await.unwrap();
    bakery_named("outer").insert(&outer).await.unwrap();
    let dropped = outer.begin().await.unwrap();
    bakery_named("dropped").insert(&dropped).await.unwrap();
    drop(dropped);
    outer.commit().await.unwrap();
    let names: Vec<_> = bakery::Entity::find()
        .all(&db.master())
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.name)
        .collect();
    assert_eq!(names, ["default.master", "middle", "outer"]);
}

#[tokio::test]
async fn rolling_back_a_savepoint_takes_what_the_outer_wrote_while_it_was_open() {
    let Bakery { db, .. } = &Bakery::new().await;
    let outer = db.begin().await.unwrap();
    bakery_named("kept").insert(&outer).await.unwrap();
    let nested = outer.begin().await.unwrap();
    bakery_named("after the savepoint")
        .insert(&outer)
        .await
        .unwrap();
    nested.rollback().await.unwrap();
    outer.commit().await.unwrap();
    assert_eq!(bakeries(db).await, 2);
}

#[tokio::test]
async fn commit_with_an_open_nested_transaction_is_an_error_and_rolls_back() {
    let Bakery { db, .. } = &Bakery::new().await;
    let outer = db.begin().await.unwrap();
    bakery_named("outer").insert(&outer).await.unwrap();
    let nested = outer.begin().await.unwrap();
    let error = outer.commit().await.unwrap_err();
    assert_eq!(RoutingError::of(&error), Some(&RoutingError::NestedOpen));
    drop(nested);
    assert_eq!(bakeries(db).await, 1);
}

#[tokio::test]
async fn read_only_transaction_runs_on_one_slave() {
    let Bakery { db, .. } = &Bakery::new().await;
    for _ in 0..10 {
        let txn = db
            .begin_with_config(None, Some(AccessMode::ReadOnly))
            .await
            .unwrap();
        let first = bakery::Entity::find()
            .one(&txn)
            .await
            .unwrap()
            .unwrap()
            .name;
        assert!(first.starts_with("default.slave-"), "{first}");
        for _ in 0..3 {
            assert_eq!(
                bakery::Entity::find()
                    .one(&txn)
                    .await
                    .unwrap()
                    .unwrap()
                    .name,
                first
            );
        }
        txn.commit().await.unwrap();
    }
}

#[tokio::test]
async fn transaction_on_a_pinned_slave_refuses_writes_before_they_are_sent() {
    let Bakery { db, .. } = &Bakery::new().await;
    for handle in [
        db.bind("slave-2").unwrap(),
        db.bind("default").unwrap().slave().unwrap(),
    ] {
        let txn = handle.begin().await.unwrap();
        let error = bakery_named("x").insert(&txn).await.unwrap_err();
        assert!(matches!(
            RoutingError::of(&error),
            Some(RoutingError::WriteOnSlave { .. })
        ));
        txn.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn transaction_crosses_tasks() {
    let Bakery { db, .. } = &Bakery::new().await;
    let txn = db.begin().await.unwrap();
    let txn = tokio::spawn(async move {
        bakery_named("from a task").insert(&txn).await.unwrap();
        txn
    })
    .await
    .unwrap();
    txn.commit().await.unwrap();
    assert_eq!(bakeries(db).await, 2);
}

#[tokio::test]
async fn concurrent_first_statements_open_one_transaction() {
    let Bakery { db, .. } = &Bakery::new().await;
    let txn = db.begin().await.unwrap();
    let (one, two) = tokio::join!(
        bakery_named("one").insert(&txn),
        bakery_named("two").insert(&txn)
    );
    one.unwrap();
    two.unwrap();
    let report = report_titled("three").insert(&txn).await.unwrap_err();
    assert!(matches!(
        RoutingError::of(&report),
        Some(RoutingError::OtherTransaction { .. })
    ));
    txn.commit().await.unwrap();
    assert_eq!(bakeries(db).await, 3);
}

/// Both are planned before either has begun, and either bind has the tables of both.
#[tokio::test]
async fn first_statements_of_two_binds_do_not_meet_in_one_transaction() {
    let bakery = Bakery::new().await;
    let db = &bakery.db;
    for bakery_first in [true, false] {
        let txn = db.begin().await.unwrap();
        let of_default = async { bakery_named("one").insert(&txn).await.map(drop) };
        let of_reports = async { report_titled("two").insert(&txn).await.map(drop) };
        let (first, second) = match bakery_first {
            true => tokio::join!(of_default, of_reports),
            false => {
                let (first, second) = tokio::join!(of_reports, of_default);
                (first, second)
            }
        };
        first.unwrap();
        let error = second.unwrap_err();
        let refused = RoutingError::of(&error);
        assert!(
            matches!(refused, Some(RoutingError::OtherTransaction { .. })),
            "{error}"
        );
        txn.commit().await.unwrap();
    }
    let [default, reports] = [
        bakery.node("default.master").await,
        bakery.node("reports.master").await,
    ];
    let counts = [
        bakery::Entity::find().count(&default).await.unwrap(),
        report::Entity::find().count(&default).await.unwrap(),
        bakery::Entity::find().count(&reports).await.unwrap(),
        report::Entity::find().count(&reports).await.unwrap(),
    ];
    assert_eq!(counts, [2, 1, 1, 2]);
}

#[tokio::test]
async fn nested_save_of_entities_on_one_other_bind_is_one_transaction() {
    let Bakery { db, .. } = &Bakery::new().await;
    let save = report::ActiveModel::builder()
        .set_title("weekly")
        .add_line(report_line::ActiveModel::builder().set_text("first"))
        .add_line(report_line::ActiveModel::builder().set_text("second"))
        .save(db);
    let (saved, by) = served(db, save).await;
    saved.unwrap();
    assert_eq!(by, "reports.master 3w");
    let lines = report_line::Entity::find().all(&db.master()).await.unwrap();
    assert_eq!(
        lines
            .iter()
            .map(|line| line.text.as_str())
            .collect::<Vec<_>>(),
        ["first", "second"]
    );
}

#[tokio::test]
async fn dropped_begin_and_statement_futures_leave_the_master_usable() {
    let Bakery { db, .. } = &Bakery::new().await;
    for polls in 0..40 {
        let work = async {
            let txn = db.begin().await.unwrap();
            bakery_named("cancelled").insert(&txn).await.unwrap();
            std::future::pending::<()>().await;
        };
        let mut work = Box::pin(work);
        for _ in 0..polls {
            assert!(futures::poll(&mut work).await.is_pending());
            tokio::task::yield_now().await;
        }
        drop(work);
        assert_eq!(bakeries(db).await, 1, "after {polls} polls");
    }
}

mod futures {
    use std::{pin::Pin, task::Poll};

    /// Polls a future once.
    pub(super) async fn poll<F: Future>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
        std::future::poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
    }
}

#[test]
fn transactions_are_send_and_sync() {
    fn assert_send_sync<T: Send + Sync>() {}
    assert_send_sync::<RoutingTransaction>();
    assert_send_sync::<RoutingDatabase>();
}

#[tokio::test]
async fn statements_of_a_transaction_are_explained() {
    let Bakery { db, .. } = &Bakery::new().await;
    let txn = db.begin().await.unwrap();
    let text = Statement::from_string(DbBackend::Sqlite, "SELECT * FROM report");
    let before = txn.route(&text).unwrap();
    assert_eq!(
        before.to_string(),
        "reports.master (master): read, plain query; `report` has bind key `reports`; node of the transaction"
    );
    bakery::Entity::find().one(&txn).await.unwrap();
    assert!(matches!(
        txn.route(&text),
        Err(RoutingError::OtherTransaction { .. })
    ));
}
