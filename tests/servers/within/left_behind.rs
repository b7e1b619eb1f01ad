use std::{future::Future, pin::Pin, task::Poll};

use sea_orm::{ConnectionTrait, DbErr, Statement, StreamTrait, TransactionTrait};
use sea_orm_routing::RoutingDatabase;
use test_cluster::on_servers;
use tokio_stream::StreamExt;

use super::estate::{ALL, Estate, Lodges, sign};
use crate::replicated::{Turns, sql};

/// What may be sent to move a session to another tenant; `{b}` is where that is.
trait Moves: Lodges {
    const MOVES: &'static [&'static str];
    /// Made before, by the application.
    const MADE: &'static [&'static str];
    const SLEEP: &'static str;
}

impl Moves for test_cluster::Postgres {
    const MOVES: &'static [&'static str] = &[
        "SET search_path TO {b}",
        "SET SESSION search_path TO {b}; SELECT 1",
        "SELECT set_config('search_path', '{b}', false)",
        "SELECT public.moves_to('{b}')",
        "SELECT public.moves_stably_to('{b}')",
        "INSERT INTO public.moving VALUES ('{b}')",
        "DO $$ BEGIN PERFORM set_config('search_path', '{b}', false); END $$",
        "CALL public.moves_by_procedure('{b}')",
        "RESET ALL",
        "RESET search_path",
        "DISCARD ALL",
        "DISCARD PLANS",
        "CREATE TEMP TABLE sign AS SELECT 'temporary'::text AS tag",
        "SET SCHEMA '{b}'",
    ];
    const MADE: &'static [&'static str] = &[
        "CREATE FUNCTION moves_to(place text) RETURNS text LANGUAGE sql AS $$ SELECT set_config('search_path', place, false) $$",
        "CREATE FUNCTION moves_stably_to(place text) RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN \
         RETURN set_config('search_path', place, false); END $$",
        "CREATE PROCEDURE moves_by_procedure(place text) LANGUAGE plpgsql AS $$ BEGIN \
         PERFORM set_config('search_path', place, false); END $$",
        "CREATE TABLE moving (place text)",
        "CREATE FUNCTION moves() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         PERFORM set_config('search_path', NEW.place, false); RETURN NEW; END $$",
        "CREATE TRIGGER moves BEFORE INSERT ON moving FOR EACH ROW EXECUTE FUNCTION moves()",
    ];
    const SLEEP: &'static str = "SELECT pg_sleep(60)";
}

const USES: &[&str] = &["USE {b}", "USE `{b}`", "/* no */ USE {b}"];

impl Moves for test_cluster::MariaDb {
    const MOVES: &'static [&'static str] = USES;
    const MADE: &'static [&'static str] = &[];
    const SLEEP: &'static str = "SELECT SLEEP(60)";
}

impl Moves for test_cluster::MySql {
    const MOVES: &'static [&'static str] = USES;
    const MADE: &'static [&'static str] = &[];
    const SLEEP: &'static str = "SELECT SLEEP(60)";
}

/// Polls so often, and gives up.
async fn given_up<F: Future>(polls: usize, work: F) {
    let mut work = Box::pin(work);
    for _ in 0..polls {
        let polled = std::future::poll_fn(|context| Poll::Ready(work.as_mut().poll(context)));
        if polled.await.is_ready() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

type Work<'w> = Pin<Box<dyn Future<Output = Result<(), DbErr>> + Send + 'w>>;

/// Ways in which a tenant may leave its connection.
fn ways<'w, S: Moves>(a: &'w RoutingDatabase, b: &'w str) -> Vec<(String, Work<'w>)> {
    let mut ways: Vec<(String, Work<'w>)> = Vec::new();
    for text in S::MOVES {
        let text = text.replace("{b}", b);
        let name = |way: &str| format!("{way}: {text}");
        let moved = text.clone();
        ways.push((
            name("alone"),
            Box::pin(async move { a.execute_unprepared(&moved).await.map(drop) }),
        ));
        let moved = text.clone();
        ways.push((
            name("queried"),
            Box::pin(async move {
                // Some are no single statement, or no query.
                let _ = a.query_all_raw(sql(a, &moved)).await;
                Ok(())
            }),
        ));
        for (way, commits) in [("committed", true), ("rolled back", false)] {
            let moved = text.clone();
            ways.push((
                name(way),
                Box::pin(async move {
                    let transaction = a.begin().await?;
                    assert_eq!(sign(&transaction).await, "a");
                    let _ = transaction.execute_unprepared(&moved).await;
                    match commits {
                        true => transaction.commit().await,
                        false => transaction.rollback().await,
                    }
                }),
            ));
        }
        let moved = text.clone();
        ways.push((
            name("in a savepoint"),
            Box::pin(async move {
                let transaction = a.begin().await?;
                let nested = transaction.begin().await?;
                let _ = nested.execute_unprepared(&moved).await;
                nested.rollback().await?;
                transaction.commit().await
            }),
        ));
        let moved = text.clone();
        ways.push((
            name("failed after"),
            Box::pin(async move {
                let transaction = a.begin().await?;
                let _ = transaction.execute_unprepared(&moved).await;
                transaction
                    .execute_unprepared("SELECT nothing FROM nowhere")
                    .await
                    .unwrap_err();
                let _ = transaction.execute_unprepared(&moved).await;
                drop(transaction);
                Ok(())
            }),
        ));
        let moved = text.clone();
        ways.push((
            name("streamed"),
            Box::pin(async move {
                if let Ok(mut rows) = a.stream_raw(sql(a, &moved)).await {
                    let _ = rows.next().await;
                }
                Ok(())
            }),
        ));
        let moved = text.clone();
        ways.push((
            name("given up"),
            Box::pin(async move {
                for polls in 1..6 {
                    given_up(polls, a.execute_unprepared(&moved)).await;
                    given_up(polls, async {
                        let transaction = a.begin().await?;
                        transaction.execute_unprepared(&moved).await?;
                        transaction.commit().await
                    })
                    .await;
                }
                Ok(())
            }),
        ));
    }
    ways.push((
        "an error".to_owned(),
        Box::pin(async move {
            a.execute_unprepared("SELECT nothing FROM nowhere")
                .await
                .unwrap_err();
            Ok(())
        }),
    ));
    ways.push((
        "a stream dropped half-way".to_owned(),
        Box::pin(async move {
            let mut rows = a.stream_raw(sql(a, "SELECT tag FROM sign")).await?;
            rows.next().await.unwrap()?;
            Ok(())
        }),
    ));
    ways.push((
        "a prepared write".to_owned(),
        Box::pin(async move {
            let insert = "INSERT INTO work (tag) VALUES ('a')";
            a.execute_raw(sql(a, insert)).await.map(drop)
        }),
    ));
    ways
}

/// What each finds on the master's only connection, in turn, and so often that it is found prepared there.
async fn all_find_their_own(db: &RoutingDatabase, after: &str) {
    for round in 0..2 {
        for tenant in ALL {
            let handle = db.bind(tenant).unwrap().master();
            assert_eq!(sign(&handle).await, tenant, "round {round} after {after}");
            assert_eq!(
                sign(&handle).await,
                tenant,
                "again, round {round} after {after}"
            );
        }
    }
    for tenant in ["b", "default", "a"] {
        let handle = db.bind(tenant).unwrap().master();
        let transaction = handle.begin().await.unwrap();
        assert_eq!(
            sign(&transaction).await,
            tenant,
            "in a transaction after {after}"
        );
        let insert = format!("INSERT INTO work (tag) VALUES ('{tenant}')");
        transaction.execute_raw(sql(db, &insert)).await.unwrap();
        transaction.commit().await.unwrap();
        let mut rows = handle
            .stream_raw(sql(db, "SELECT tag FROM sign"))
            .await
            .unwrap();
        let row = rows.next().await.unwrap().unwrap();
        let tag: String = row.try_get("", "tag").unwrap();
        assert_eq!(tag, tenant, "in a stream after {after}");
        drop(rows);
        handle.execute_raw(sql(db, &insert)).await.unwrap();
    }
}

async fn nothing_is_left_for_another<S: Moves>() {
    let estate = Estate::<S>::new("left").await;
    for made in S::MADE {
        estate.write(made).await;
    }
    let db = &estate.open(1).await;
    let b = estate.places[1].name.clone();
    for holder in ["a", "default"] {
        let handle = db.bind(holder).unwrap().master();
        for (way, work) in ways::<S>(&handle, &b) {
            // The ways are those of `a`.
            if holder == "default" && !(way.starts_with("alone") || way.starts_with("given up")) {
                continue;
            }
            // It is known what the connection has.
            for _ in 0..3 {
                assert_eq!(sign(&handle).await, holder, "before {way}");
            }
            work.await.unwrap_or_else(|error| panic!("{way}: {error}"));
            // What the host's own statements have set stays its own, as on a plain connection, if no text shows it.
            if holder == "a" {
                assert_eq!(sign(&handle).await, "a", "itself, after {way}");
            }
            for tenant in ["b", "a"] {
                let other = db.bind(tenant).unwrap().master();
                assert_eq!(
                    sign(&other).await,
                    tenant,
                    "at once, after {way} by {holder}"
                );
            }
            all_find_their_own(db, &format!("{way} by {holder}")).await;
        }
    }
    for tenant in ALL {
        let of = estate.prefix(tenant);
        let wrong = format!("SELECT id FROM {of}work WHERE tag <> '{tenant}'");
        assert!(estate.rows(&wrong).await.is_empty(), "{tenant}");
        let own = estate.rows(&format!("SELECT id FROM {of}work")).await;
        assert!(!own.is_empty(), "{tenant}");
    }
}

on_servers!(nothing_is_left_for_another: Postgres, MariaDb, MySql);

/// Work that waits on its server is given up, and its connection is ended there.
async fn nothing_is_left_by_what_was_lost<S: Moves + test_cluster::Sessions>() {
    let estate = Estate::<S>::new("lost").await;
    let db = &estate.open(1).await;
    let a = db.bind("a").unwrap().master();
    for _ in 0..3 {
        let sleeping = a.clone();
        let sleep =
            tokio::spawn(async move { sleeping.query_all_raw(sql(&sleeping, S::SLEEP)).await });
        assert_eq!(sign(&db.bind("b").unwrap()).await, "b");
        sleep.abort();
        let _ = sleep.await;
        estate
            .notebook
            .cluster
            .master()
            .end_sessions()
            .await
            .unwrap();
        all_find_their_own(db, "a lost connection").await;
    }
}

on_servers!(nothing_is_left_by_what_was_lost: Postgres, MariaDb);

/// The slaves' connections are shared, too.
async fn slaves_serve_each_its_own<S: Lodges>() {
    let estate = Estate::<S>::new("slaves").await;
    let db = &estate.open(1).await;
    let reads = |name: &str| db.status().node("default", name).unwrap().reads;
    let before = ["slave-1", "slave-2"].map(reads);
    for round in 0..40 {
        let tenant = ALL[round % 3];
        let handle = db.bind(tenant).unwrap().slave().unwrap();
        assert_eq!(sign(&handle).await, tenant);
        let plain = db.clone();
        let scoped = db.bind(tenant).unwrap();
        assert_eq!(
            scoped.scope(async move { sign(&plain).await }).await,
            tenant
        );
    }
    let after = ["slave-1", "slave-2"].map(reads);
    assert!(
        before[0] < after[0] && before[1] < after[1],
        "{}",
        db.status()
    );
    let select: Statement = sql(db, "SELECT tag FROM sign");
    let route = db.bind("b").unwrap().route(&select).unwrap();
    assert_eq!(route.bind, "b");
}

on_servers!(slaves_serve_each_its_own: Postgres, MariaDb, MySql);

/// The position of a server is that of all its places.
async fn own_writes_are_read_behind_a_lag<S: Lodges + Turns>() {
    let estate = Estate::<S>::new("lag").await;
    let db = &estate.open(2).await;
    estate.notebook.pause().await;
    for tenant in ["a", "b"] {
        let session = db.bind(tenant).unwrap().session();
        let insert = format!("INSERT INTO work (tag) VALUES ('{tenant}')");
        session.execute_raw(sql(db, &insert)).await.unwrap();
        let rows = session
            .query_all_raw(sql(db, "SELECT tag FROM work"))
            .await
            .unwrap();
        assert_eq!(rows.len(), 1, "{tenant} reads its own write");
    }
    let other = db.bind("a").unwrap().slave().unwrap();
    let rows = other
        .query_all_raw(sql(db, "SELECT tag FROM work"))
        .await
        .unwrap();
    assert_eq!(rows.len(), 0, "the slaves stand still");
    estate.notebook.resume().await;
}

on_servers!(own_writes_are_read_behind_a_lag: Postgres, MariaDb);
