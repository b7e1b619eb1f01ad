//! Scopes of one bind: inside, the plain handle means that bind.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::Poll,
};

use entity::{bakery, report};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryTrait, StreamTrait,
    TransactionTrait,
};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase, RoutingError, RoutingStream, config::BindConfig,
    route::BindReason,
};
use tokio::{select, task::yield_now};
use tokio_stream::StreamExt;

use super::{Tenants, bakery_of, in_flight, report_of, routing_error};
use crate::{
    bakery::{bakery_named, sql},
    support::served,
};

fn tenants(db: &RoutingDatabase) -> [RoutingDatabase; 2] {
    ["tenant-1", "tenant-2"].map(|bind| db.bind(bind).unwrap())
}

#[tokio::test]
async fn plain_handle_means_the_bind_of_the_scope() {
    let Tenants { db, .. } = &Tenants::new().await;
    let [one, two] = &tenants(db);
    let (_, by) = served(
        db,
        one.scope(async {
            assert_eq!(bakery_of(db).await.unwrap(), "tenant-1.slave-1");
            assert_eq!(bakery_of(&db.master()).await.unwrap(), "tenant-1.master");
            assert_eq!(
                bakery_of(&db.slave().unwrap()).await.unwrap(),
                "tenant-1.slave-1"
            );
            assert_eq!(
                report_of(db).await.unwrap(),
                "reports.slave-1",
                "its key is its own"
            );
            assert_eq!(
                bakery_of(two).await.unwrap(),
                "tenant-2.slave-1",
                "so is a handle's"
            );
            assert_eq!(
                db.entity::<bakery::Entity>().unwrap().status().nodes.len(),
                2
            );
            assert_eq!(
                bakery_of(&db.entity::<bakery::Entity>().unwrap())
                    .await
                    .unwrap(),
                "tenant-1.slave-1"
            );
            bakery_named("x").insert(db).await.unwrap();
            db.query_one_raw(sql("SELECT 1")).await.unwrap();
            let route = db.route(&sql("DELETE FROM bakery")).unwrap();
            assert_eq!(route.reason.bind, BindReason::Scope);
            assert_eq!(
                route.to_string(),
                "tenant-1.master (master): write, writes bakery; bind of the scope"
            );
            let back = db.bind("default").unwrap();
            assert_eq!(back.scope(bakery_of(db)).await.unwrap(), "default.slave-1");
            assert_eq!(two.scope(bakery_of(db)).await.unwrap(), "tenant-2.slave-1");
            assert_eq!(db.scope(bakery_of(db)).await.unwrap(), "tenant-1.slave-1");
        }),
    )
    .await;
    let expected = "default.slave 1r, reports.slave 1r, tenant-1.master 1r, tenant-1.master 1w, \
                    tenant-1.slave 5r, tenant-2.slave 2r";
    assert_eq!(by, expected);
    assert_eq!(bakery_of(db).await.unwrap(), "default.slave-1");
    let pinned = db.bind("tenant-1.slave-1").unwrap();
    let error = pinned
        .scope(bakery_named("x").insert(db))
        .await
        .unwrap_err();
    assert!(matches!(
        routing_error(error),
        RoutingError::WriteOnSlave { .. }
    ));
}

/// What a job was given in its tenant's scope runs there, whatever the worker runs in.
#[tokio::test]
async fn scope_of_a_session_is_what_it_took_along() {
    let Tenants { db, .. } = &Tenants::new().await;
    let [one, two] = &tenants(db);
    let around = one.with_value("tenant", "1");
    let job = around.scope(async { db.session() }).await;
    let worker = two.with_value("tenant", "2").with_value("worker", "yes");
    worker
        .scope(job.scope(async {
            assert_eq!(bakery_of(db).await.unwrap(), "tenant-1.slave-1");
            assert_eq!(db.value("tenant").as_deref(), Some("1"));
            assert_eq!(db.value("worker").as_deref(), Some("yes"));
        }))
        .await;
}

#[tokio::test]
async fn entity_without_a_key_is_the_scopes_by_every_handle() {
    let Tenants { db, .. } = &Tenants::new().await;
    let [one, _] = &tenants(db);
    one.scope(async {
        for handle in [
            db.clone(),
            db.master(),
            db.slave().unwrap(),
            db.bind("reports").unwrap(),
            db.bind("reports.slave-1").unwrap(),
        ] {
            let entity = handle.entity::<bakery::Entity>().unwrap();
            let found = bakery_of(&entity).await.unwrap();
            assert!(found.starts_with("tenant-1."), "{handle:?}: {found}");
            let report = handle.entity::<report::Entity>().unwrap();
            assert_eq!(report_of(&report).await.unwrap(), "reports.slave-1");
        }
        let entity = db.master().entity::<bakery::Entity>().unwrap();
        bakery_named("x").insert(&entity).await.unwrap();
    })
    .await;
    let count = async |bind: &str| {
        let bind = db.bind(bind).unwrap().master();
        bakery::Entity::find().count(&bind).await.unwrap()
    };
    assert_eq!((count("tenant-1").await, count("default").await), (2, 1));
}

/// A scope that is nowhere keeps nobody from what has a bind of its own.
#[tokio::test]
async fn entity_with_a_key_is_where_it_is_in_a_scope_that_is_gone() {
    let bind = |name: &str| BindConfig::new(name, "sqlite::memory:");
    let binds = ["default", "reports", "tenant-1"].map(bind).into_iter();
    let config = binds.fold(BindsConfig::new(), BindsConfig::bind);
    let db = &RoutingDatabase::from_config(config).await.unwrap();
    let gone = db.bind("tenant-1").unwrap();
    db.remove_bind("tenant-1").await.unwrap();
    gone.scope(async {
        assert!(db.entity::<report::Entity>().is_ok());
        let entity = db.entity::<bakery::Entity>().unwrap();
        let error = routing_error(bakery_of(&entity).await.unwrap_err());
        assert!(matches!(error, RoutingError::UnknownKey { .. }), "{error}");
    })
    .await;
}

#[tokio::test]
async fn statement_of_the_scopes_bind_and_of_another_is_refused() {
    let Tenants { db, .. } = &Tenants::new().await;
    let [one, _] = &tenants(db);
    let both = sql("SELECT * FROM bakery, report");
    let error = one.scope(async { db.route(&both) }).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "statement names tables of two binds: `report` in `reports`, `bakery` in `tenant-1`"
    );
    let reports = db.bind("reports").unwrap();
    let route = reports.scope(async { db.route(&both) }).await.unwrap();
    assert_eq!(route.bind, "reports");
    assert_eq!(
        db.route(&both).unwrap_err().to_string(),
        "statement names tables of two binds: `bakery` in `default`, `report` in `reports`"
    );
}

/// One that says that it is on the default bind.
mod shared {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "cake")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl sea_orm_routing::BindKey for Entity {
        const BIND_KEY: &'static str = "default";
    }
}

#[tokio::test]
async fn table_with_the_default_key_is_not_the_tenants() {
    let Tenants { db, .. } = &Tenants::with(|builder| builder.entity::<shared::Entity>()).await;
    let [one, _] = &tenants(db);
    one.scope(async {
        let route = db.route(&sql("SELECT * FROM cake")).unwrap();
        assert_eq!(route.bind, "default");
        for text in [
            "SELECT * FROM cake, bakery",
            "SELECT * FROM bakery, cake",
            "INSERT INTO bakery SELECT * FROM cake",
        ] {
            let error = db.route(&sql(text)).unwrap_err();
            assert!(
                matches!(error, RoutingError::TwoBinds { .. }),
                "{text}: {error}"
            );
        }
        db.bind("default")
            .unwrap()
            .scope(async {
                assert!(db.route(&sql("SELECT * FROM cake, bakery")).is_ok());
            })
            .await;
    })
    .await;
    assert!(db.route(&sql("SELECT * FROM cake, bakery")).is_ok());
}

#[tokio::test]
async fn two_futures_of_one_task_keep_their_scopes() {
    let Tenants { db, .. } = &Tenants::new().await;
    let [one, two] = &tenants(db);
    let many = async |expected: &str| {
        for _ in 0..50 {
            assert_eq!(bakery_of(db).await.unwrap(), expected);
            yield_now().await;
        }
    };
    tokio::join!(
        one.scope(many("tenant-1.slave-1")),
        two.scope(many("tenant-2.slave-1")),
        many("default.slave-1"),
        one.scope(two.scope(many("tenant-2.slave-1"))),
    );
    for _ in 0..20 {
        // Whichever is dropped half-way leaves nothing behind.
        select! {
            () = one.scope(async { yield_now().await; many("tenant-1.slave-1").await }) => {}
            () = two.scope(async { yield_now().await; bakery_of(db).await.unwrap(); }) => {}
            () = yield_now() => {}
        }
        assert_eq!(bakery_of(db).await.unwrap(), "default.slave-1");
    }
    // Dropped while it waits, and while it is dropped it is still inside.
    struct AtTheEnd<'d>(&'d RoutingDatabase, &'d std::cell::Cell<Option<String>>);
    impl Drop for AtTheEnd<'_> {
        fn drop(&mut self) {
            let route = self.0.route(&sql("SELECT * FROM bakery")).unwrap();
            self.1.set(Some(route.bind.to_string()));
        }
    }
    let seen = std::cell::Cell::new(None);
    {
        let mut inside = pin!(one.scope(async {
            let _end = AtTheEnd(db, &seen);
            std::future::pending::<()>().await;
        }));
        poll_fn(|context| {
            assert!(inside.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        assert_eq!(bakery_of(db).await.unwrap(), "default.slave-1");
    }
    assert_eq!(seen.take().as_deref(), Some("tenant-1"));
    assert_eq!(in_flight(db), 0);
}

#[tokio::test]
async fn spawned_tasks_are_outside_and_a_session_takes_the_scope_along() {
    let Tenants { db, .. } = &Tenants::new().await;
    let [one, two] = &tenants(db);
    one.scope(async {
        let (plain, session) = (db.clone(), db.session());
        let spawned = tokio::spawn(async move {
            let outside = bakery_of(&plain).await.unwrap();
            let inside = bakery_of(&session).await.unwrap();
            let report = report_of(&session).await.unwrap();
            let again = session.scope(bakery_of(&plain)).await.unwrap();
            (outside, inside, report, again)
        });
        let (outside, inside, report, again) = spawned.await.unwrap();
        assert_eq!(outside, "default.slave-1");
        assert_eq!(inside, "tenant-1.slave-1");
        assert_eq!(report, "reports.slave-1");
        assert_eq!(again, "tenant-1.slave-1");
        let taken = db.session();
        two.scope(async {
            assert_eq!(bakery_of(&taken).await.unwrap(), "tenant-2.slave-1");
            assert_eq!(bakery_of(db).await.unwrap(), "tenant-2.slave-1");
        })
        .await;
    })
    .await;
    let outside = db.session();
    one.scope(async {
        assert_eq!(
            bakery_of(&outside).await.unwrap(),
            "tenant-1.slave-1",
            "it has taken nothing"
        );
    })
    .await;
}

#[tokio::test]
async fn inner_scope_counts_for_a_session_that_was_made_in_another_one() {
    let Tenants { db, .. } = &Tenants::new().await;
    let [one, two] = &tenants(db);
    one.with_value("tenant", "1")
        .scope(async {
            let session = db.session();
            let inner = two.scope(async {
                assert_eq!(session.value("tenant").as_deref(), Some("1"));
                // Its own scope is the inner one.
                let own = session.scope(bakery_of(db)).await.unwrap();
                assert_eq!(own, "tenant-1.slave-1");
                let begun = session.begin().await.unwrap();
                let nested = one.scope(bakery_of(&session)).await.unwrap();
                assert_eq!(nested, "tenant-1.slave-1");
                assert_eq!(bakery_of(&begun).await.unwrap(), "tenant-2.master");
                let route = session.route(&sql("SELECT * FROM bakery")).unwrap();
                let spawned = session.session();
                let spawned = tokio::spawn(async move { bakery_of(&spawned).await });
                assert_eq!(spawned.await.unwrap().unwrap(), "tenant-2.slave-1");
                route.bind
            });
            assert_eq!(inner.await, "tenant-2");
            assert_eq!(bakery_of(&session).await.unwrap(), "tenant-1.slave-1");
            let back = db.bind("default").unwrap();
            let back = back.scope(bakery_of(&session)).await.unwrap();
            assert_eq!(back, "default.slave-1");
            // What a handle says itself goes before any scope.
            let said = session.with_value("tenant", "x");
            let around = db.with_value("tenant", "2");
            let value = around.scope(async { (said.value("tenant"), session.value("tenant")) });
            let value = value.await;
            assert_eq!(
                (value.0.as_deref(), value.1.as_deref()),
                (Some("x"), Some("2"))
            );
        })
        .await;
}

#[tokio::test]
async fn transactions_keep_the_bind_that_they_began_with() {
    let Tenants { db, .. } = &Tenants::new().await;
    let [one, two] = &tenants(db);
    // Begun inside, used outside and in another scope, before and after the first statement.
    let begun = one.scope(db.begin()).await.unwrap();
    two.scope(async {
        assert_eq!(bakery_of(&begun).await.unwrap(), "tenant-1.master");
        let nested = begun.begin().await.unwrap();
        bakery_named("x").insert(&nested).await.unwrap();
        nested.commit().await.unwrap();
        let error = routing_error(report_of(&begun).await.unwrap_err());
        assert!(
            matches!(error, RoutingError::OtherTransaction { .. }),
            "{error}"
        );
    })
    .await;
    assert_eq!(bakery::Entity::find().count(&begun).await.unwrap(), 2);
    begun.commit().await.unwrap();
    assert_eq!(
        bakery::Entity::find().count(&one.master()).await.unwrap(),
        2
    );
    assert_eq!(
        bakery::Entity::find().count(&two.master()).await.unwrap(),
        1
    );

    // Begun outside, used inside.
    let begun = db.begin().await.unwrap();
    one.scope(async {
        assert_eq!(bakery_of(&begun).await.unwrap(), "default.master");
    })
    .await;
    begun.rollback().await.unwrap();

    // An entity with a key decides as ever, and the scope's bind is another one then.
    let begun = one.scope(db.begin()).await.unwrap();
    assert_eq!(report_of(&begun).await.unwrap(), "reports.master");
    let error = routing_error(bakery_of(&begun).await.unwrap_err());
    assert!(error.to_string().contains("bind of the scope"), "{error}");
    begun.query_one_raw(sql("SELECT 1")).await.unwrap();
    begun.rollback().await.unwrap();

    let done = one
        .scope(db.transaction_async(async |transaction| bakery_of(transaction).await))
        .await;
    assert_eq!(done.unwrap(), "tenant-1.master");
}

#[tokio::test]
async fn streams_keep_the_bind_that_they_began_with() {
    let Tenants { db, .. } = &Tenants::new().await;
    let [one, two] = &tenants(db);
    let select = || sql("SELECT name FROM bakery");
    let mut rows = one.scope(db.stream_raw(select())).await.unwrap();
    let row = two
        .scope(async { rows.next().await.unwrap().unwrap() })
        .await;
    assert_eq!(
        row.try_get_by_index::<String>(0).unwrap(),
        "tenant-1.slave-1"
    );
    drop(rows);
    let mut rows = one
        .scope(async { bakery::Entity::find().stream(db).await })
        .await
        .unwrap();
    assert_eq!(rows.next().await.unwrap().unwrap().name, "tenant-1.slave-1");
    drop(rows);
    let pages = bakery::Entity::find().paginate(db, 1);
    assert_eq!(
        one.scope(pages.fetch()).await.unwrap()[0].name,
        "tenant-1.slave-1"
    );
}

#[tokio::test]
async fn stream_is_of_the_scope_in_which_it_is_waited_for() {
    let Tenants { db, .. } = &Tenants::new().await;
    let [one, two] = &tenants(db);
    let select = bakery::Entity::find().into_query();
    let first = async |stream: RoutingStream| {
        let row = pin!(stream).next().await.unwrap().unwrap();
        row.try_get::<String>("", "name").unwrap()
    };
    let stream = one.scope(db.stream(&select)).await.unwrap();
    assert_eq!(first(stream).await, "tenant-1.slave-1");
    let (called,) = one.scope(async { (db.stream(&select),) }).await;
    let stream = two.scope(called).await.unwrap();
    assert_eq!(first(stream).await, "tenant-2.slave-1");
}

#[tokio::test]
async fn two_databases_in_one_task_do_not_mix() {
    let (first, second) = (&Tenants::new().await.db, &Tenants::new().await);
    let [one, _] = &tenants(first);
    let [_, two] = &tenants(&second.db);
    let both = async || {
        (
            bakery_of(first).await.unwrap(),
            bakery_of(&second.db).await.unwrap(),
        )
    };
    let (a, b) = one.scope(both()).await;
    assert_eq!(
        (a.as_str(), b.as_str()),
        ("tenant-1.slave-1", "default.slave-1")
    );
    let (a, b) = one.scope(two.scope(both())).await;
    assert_eq!(
        (a.as_str(), b.as_str()),
        ("tenant-1.slave-1", "tenant-2.slave-1")
    );
    let (a, b) = two.scope(one.scope(both())).await;
    assert_eq!(
        (a.as_str(), b.as_str()),
        ("tenant-1.slave-1", "tenant-2.slave-1")
    );
    let (a, b) = both().await;
    assert_eq!(
        (a.as_str(), b.as_str()),
        ("default.slave-1", "default.slave-1")
    );
}

#[tokio::test]
async fn values_nest_and_are_the_handles_or_the_scopes() {
    let Tenants { db, .. } = &Tenants::new().await;
    let outer = db.with_value("a", "1").with_value("b", "1");
    assert_eq!(outer.value("a").as_deref(), Some("1"));
    assert_eq!(db.value("a"), None);
    outer
        .scope(async {
            let inner = db.with_value("b", "2");
            let values = |db: &RoutingDatabase| ["a", "b", "c"].map(|name| db.value(name));
            let some = |value: &str| Some(value.to_owned());
            assert_eq!(values(&inner), [some("1"), some("2"), None]);
            assert_eq!(values(db), [some("1"), some("1"), None]);
            inner
                .scope(async { assert_eq!(values(db), [some("1"), some("2"), None]) })
                .await;
            let [one, _] = &tenants(db);
            one.scope(async {
                assert_eq!(values(db), [some("1"), some("1"), None]);
                assert_eq!(bakery_of(db).await.unwrap(), "tenant-1.slave-1");
            })
            .await;
        })
        .await;
}

#[tokio::test]
async fn what_is_handed_out_is_the_scopes() {
    let Tenants { db, .. } = &Tenants::new().await;
    let [one, _] = &tenants(db);
    let names = async |connection: sea_orm::DatabaseConnection| bakery_of(&connection).await;
    one.scope(async {
        assert_eq!(
            names(db.master_connection()).await.unwrap(),
            "tenant-1.master"
        );
        let executor = sea_orm::DatabaseExecutor::from(db);
        assert_eq!(bakery_of(&executor).await.unwrap(), "tenant-1.master");
        let schema = db
            .get_schema_builder()
            .register(bakery::Entity)
            .register(report::Entity);
        let plan = schema.apply_plan(db).await.unwrap();
        let binds: Vec<_> = plan.steps.iter().map(|step| step.bind.as_str()).collect();
        assert_eq!(binds, ["reports", "tenant-1"]);
    })
    .await;
    assert_eq!(
        names(db.master_connection()).await.unwrap(),
        "default.master"
    );
}

/// A job of a tenant: it writes, nests, reads its own writes, waits, and may be cancelled anywhere.
async fn job(db: &RoutingDatabase, tenant: &'static str) -> Result<(), DbErr> {
    bakery_named(tenant).insert(db).await?;
    yield_now().await;
    let transaction = db.begin().await?;
    bakery_named(tenant).insert(&transaction).await?;
    yield_now().await;
    transaction.commit().await?;
    let mut rows = db
        .stream_raw(sql("SELECT name FROM bakery ORDER BY id"))
        .await?;
    while let Some(row) = rows.next().await {
        let name: String = row?.try_get_by_index(0)?;
        assert!(name.starts_with(tenant), "{name} is read in {tenant}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_row_is_in_a_wrong_tenant_under_load() {
    let Tenants { db, .. } = &Tenants::new().await;
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..60_usize {
        let db = db.clone();
        tasks.spawn(async move {
            for turn in 0..6 {
                let (tenant, other) = match (task + turn) % 2 {
                    0 => ("tenant-1", "tenant-2"),
                    _ => ("tenant-2", "tenant-1"),
                };
                let (mine, others) = (db.bind(tenant).unwrap(), db.bind(other).unwrap());
                let work: Pin<Box<dyn Future<Output = Result<(), DbErr>> + Send>> = match turn % 3 {
                    0 => Box::pin(mine.scope(job(&db, tenant))),
                    1 => Box::pin(others.scope(mine.scope(job(&db, tenant)))),
                    _ => {
                        let session = mine.scope(async { db.session() }).await;
                        Box::pin(async move {
                            tokio::spawn(async move { job(&session, tenant).await })
                                .await
                                .unwrap()
                        })
                    }
                };
                let mut work = work;
                let polls = match (task + turn) % 4 {
                    0 => task % 7,
                    _ => usize::MAX,
                };
                let mut polled = 0;
                let _ = poll_fn(|context| {
                    polled += 1;
                    match work.as_mut().poll(context) {
                        Poll::Pending if polled > polls => Poll::Ready(None),
                        poll => poll.map(Some),
                    }
                })
                .await
                .transpose()
                .unwrap();
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    for bind in ["default", "tenant-1", "tenant-2"] {
        let all = bakery::Entity::find()
            .all(&db.bind(bind).unwrap().master())
            .await
            .unwrap();
        assert!(
            all.iter().all(|row| row.name.starts_with(bind)),
            "{bind}: {all:?}"
        );
    }
    let deadline = tokio::time::Instant::now() + crate::support::SOON;
    while in_flight(db) > 0 && tokio::time::Instant::now() < deadline {
        yield_now().await;
    }
    assert_eq!(in_flight(db), 0);
}
