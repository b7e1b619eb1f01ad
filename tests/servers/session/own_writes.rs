//! Reading one's own writes from real slaves whose replay is held up: ten thousand pairs, a mixed load, what it
//! costs, and a master that nobody writes to.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::replicated::{
    Desk, Notebook, SOON, TASKS, Turns, Way, connect, desks, find, make_tables, new_note, node,
    note, pairs, pairs_of_tasks, patient, reader, reads, served, two_slaves, until_some,
    until_state, until_true,
};
use sea_orm::{ActiveModelTrait, EntityTrait, PaginatorTrait};
use sea_orm_routing::{Consistency, Role, RoutingDatabase, config::ReadsConfig, status::NodeState};
use test_cluster::{Cluster, MariaDb, MySql, Postgres, StatementLog, on_servers};
use tokio::{
    task::{JoinHandle, JoinSet},
    time::Instant,
};

/// What `max_lag` is unless it is set.
const DEFAULT_MAX_LAG: Duration = Duration::from_secs(10);

/// How often the monitor asks while nothing needs it.
const BEAT: Duration = Duration::from_secs(2);

/// Reads until it is told to stop; counts its reads, each of which a slave must serve.
fn only_reads(db: &RoutingDatabase, id: i32, stop: &Arc<AtomicBool>) -> JoinHandle<u64> {
    let (db, stop) = (db.clone(), stop.clone());
    tokio::spawn(async move {
        let mut count = 0;
        while !stop.load(Ordering::Relaxed) {
            assert_eq!(reader(&db), Role::Slave);
            assert_eq!(find(&db, id).await.map(|note| note.version), Some(0));
            count += 1;
        }
        count
    })
}

async fn ten_thousand_pairs_are_fresh<S: Turns>() {
    const EACH: usize = 10_000 / TASKS;
    let notebook = Notebook::<S>::new("pairs").await;
    let desks = desks(&notebook, EACH).await;
    let id = desks[0].id();
    let db = notebook.open(patient()).await;
    notebook.pause().await;
    let stop = Arc::default();
    let other = only_reads(&db, id, &stop);
    let began = Instant::now();
    let outcome = pairs_of_tasks(&db, desks, EACH).await;
    let took = began.elapsed();
    stop.store(true, Ordering::Relaxed);
    let others = other.await.unwrap();
    assert_eq!(
        (outcome.fresh, outcome.stale, &outcome.errors[..]),
        (TASKS * EACH, 0, &[][..])
    );
    let [_, one, two] = reads(&db);
    // A read that was repeated elsewhere counts at both: a busy pool is enough for that. The pairs would be thousands.
    let repeated = (one + two).checked_sub(others);
    assert!(
        repeated.is_some_and(|repeated| repeated < 100),
        "only who never wrote is on the slaves: {repeated:?} reads too many"
    );
    assert!(others >= 100, "{others}");
    println!(
        "{}: {} pairs of {TASKS} tasks in {took:?}, beside them {others} reads of slaves\n{}",
        S::NAME,
        TASKS * EACH,
        db.status()
    );
    notebook.resume().await;
    notebook.catch_up().await;
    // Whoever wrote finds the slaves again.
    until_some("a slave for a new task's write", async || {
        new_note(99, 1).insert(&db).await.unwrap();
        let (_, served) = served(&db, async {
            until_true("a slave", || reader(&db) == Role::Slave).await;
            find(&db, id).await
        })
        .await;
        (served == "default.slave 1r").then_some(())
    })
    .await;
    db.close().await.unwrap();
}

on_servers!(ten_thousand_pairs_are_fresh: Postgres, MariaDb, MySql);

/// The check can fail.
async fn eventual_pairs_are_stale<S: Turns>() {
    const ROUNDS: usize = 3;
    const EACH: usize = ROUNDS * Way::ALL.len();
    let notebook = Notebook::<S>::new("eventual").await;
    let desks = desks(&notebook, EACH).await;
    let db = notebook.open(patient()).await;
    notebook.pause().await;
    let eventual = db.with(Consistency::Eventual);
    let outcome = pairs_of_tasks(&eventual, desks, EACH).await;
    let errors = outcome.errors.len();
    assert_eq!(outcome.fresh + outcome.stale + errors, TASKS * EACH);
    // No way of a pair is beyond the check; a few reads are the master's where slaves are short of room.
    assert!(outcome.fresh < TASKS, "{} are fresh", outcome.fresh);
    assert!(outcome.stale > TASKS, "{}", outcome.stale);
    // On a server without RETURNING, SeaORM itself reads back what it inserted.
    assert_eq!(errors > 0, !S::HAS_RETURNING, "{:?}", outcome.errors);
    // The handle of the master reads back there.
    let on_master = if S::HAS_RETURNING { 0 } else { TASKS * ROUNDS };
    let reads = node(&db, "master").reads as usize;
    assert!((on_master..on_master + TASKS).contains(&reads), "{reads}");
    db.close().await.unwrap();
}

on_servers!(eventual_pairs_are_stale: Postgres, MariaDb, MySql);

/// Reads the kept note of a desk, and finds it never older than before.
async fn reads_on(db: RoutingDatabase, id: i32, reads: usize) {
    let mut seen = 0;
    for _ in 0..reads {
        let version = find(&db, id).await.unwrap().version;
        assert!(version >= seen, "{version} after {seen}");
        seen = version;
    }
}

/// Writes and reads the same note until it is told to stop.
async fn writes_on(db: RoutingDatabase, desk: Desk, stop: Arc<AtomicBool>) -> usize {
    let mut version = 0;
    while !stop.load(Ordering::Relaxed) {
        version += 1;
        desk.update(&db, version).await.unwrap();
        let found = find(&db, desk.id()).await.unwrap().version;
        assert_eq!(found, version, "the own write");
    }
    version as usize
}

async fn slaves_serve_most_of_a_mixed_load<S: Turns>() {
    const READERS: usize = 9;
    const READS: usize = 500;
    let notebook = Notebook::<S>::new("mixed").await;
    let desk = Desk::new(&notebook.master, 1, 1).await;
    notebook.catch_up().await;
    for slave in notebook.cluster.slaves() {
        slave
            .delay_replay(Duration::from_millis(500))
            .await
            .unwrap();
    }
    let db = notebook.open(ReadsConfig::new()).await;
    let readers: JoinSet<_> = (0..READERS)
        .map(|_| reads_on(db.clone(), desk.id(), READS))
        .collect();
    let stop = Arc::default();
    let writer = tokio::spawn(writes_on(db.clone(), desk, Arc::clone(&stop)));
    readers.join_all().await;
    let read = READERS * READS;
    stop.store(true, Ordering::Relaxed);
    let written = writer.await.unwrap();
    let [master, one, two] = reads(&db);
    // One whose connection was lost, or whose answer was thrown away, was run again.
    assert!((master + one + two) as usize >= read + written);
    let share = (one + two) as f64 / (master + one + two) as f64;
    println!(
        "{}: replay 500 ms late, 10 tasks of which one writes: {written} writes, {} reads, 0 stale, \
         slaves served {:.1} % of the reads",
        S::NAME,
        read + written,
        100.0 * share
    );
    assert!(share > 0.8, "{share}");
    db.close().await.unwrap();
}

on_servers!(slaves_serve_most_of_a_mixed_load: Postgres, MariaDb, MySql);

/// The application's statements but the monitor's and those of transactions' ends.
async fn own_statements<S: Turns>(log: &StatementLog<'_, S>) -> Vec<String> {
    let statements = log.statements().await.unwrap().into_iter();
    let others = [S::POSITION, "BEGIN", "COMMIT", "SAVEPOINT"];
    statements
        .filter(|text| !others.iter().any(|other| text.contains(other)))
        // The driver's, should the pool open one more connection, and ours, which ask who its server is.
        .filter(|text| !text.starts_with("SET ") && !text.contains(" AS life"))
        .collect()
}

async fn no_statement_is_added<S: Turns>() {
    let notebook = Notebook::<S>::new("added").await;
    let pairs_each = Way::ALL.len();
    let desks = [
        Desk::new(&notebook.master, 1, pairs_each).await,
        Desk::new(&notebook.master, 2, pairs_each).await,
    ];
    notebook.catch_up().await;
    let db = notebook.open(patient()).await;
    notebook.pause().await;
    let [first, second] = desks;
    // Opens the connections, with statements of the driver's own.
    assert_eq!(pairs(db.clone(), first, pairs_each).await.fresh, pairs_each);
    let master = notebook.cluster.master().log_statements().await.unwrap();
    let slave = notebook.cluster.slave(1).log_statements().await.unwrap();
    let other = notebook.cluster.slave(2).log_statements().await.unwrap();
    let before = db.status();
    let outcome = pairs(db.clone(), second, pairs_each).await;
    assert_eq!(outcome.fresh, pairs_each, "{outcome:?}");
    // One write and one read a pair; without RETURNING, `insert`, `update` (of two handles) and `save` read back.
    let (writes, reads) = match S::HAS_RETURNING {
        true => (15, 15),
        false => (15, 19),
    };
    let after = db.status();
    let counted = |status: &sea_orm_routing::Status| {
        let master = status.node("default", "master").unwrap();
        (master.writes, master.reads)
    };
    assert_eq!(
        counted(&after),
        (counted(&before).0 + writes, counted(&before).1 + reads)
    );
    let statements = own_statements(&master).await;
    assert_eq!(statements.len() as u64, writes + reads, "{statements:#?}");
    assert!(statements.iter().all(|text| text.contains("note")));
    for log in [slave, other] {
        assert_eq!(own_statements(&log).await, [""; 0]);
    }
    db.close().await.unwrap();
}

on_servers!(no_statement_is_added: Postgres, MariaDb, MySql);

/// How long it takes until the monitor has asked each node so often, while `busy` is done again and again.
///
/// What it asks a slave follows on what it asks the master, so that the slaves are asked no more often.
async fn time_of_questions<S: Turns>(
    notebook: &Notebook<S>,
    enough: usize,
    busy: impl AsyncFn(),
) -> Duration {
    let cluster = notebook.cluster;
    let mut logs = Vec::new();
    for node in [cluster.master(), cluster.slave(1), cluster.slave(2)] {
        logs.push(node.log_statements().await.unwrap());
    }
    let began = Instant::now();
    let (counts, took) = until_some("the monitor's questions", async || {
        busy().await;
        let mut counts = Vec::new();
        // The master last: what was asked of a slave meanwhile was asked of the master before.
        for log in logs.iter().rev() {
            counts.push(log.count(S::POSITION).await.unwrap());
        }
        counts.reverse();
        let are_enough = counts.iter().all(|count| *count >= enough);
        are_enough.then(|| (counts, began.elapsed()))
    })
    .await;
    // The last question to the master may be without an answer yet, and an earlier one's have its slaves asked now.
    assert!(
        counts[1..].iter().all(|count| *count <= counts[0] + 1),
        "{counts:?}"
    );
    took
}

async fn monitor_asks_seldom<S: Turns>() {
    // Less their jitter.
    const SLOW_BEAT: Duration = Duration::from_millis(1_800);
    const FAST_BEAT: Duration = Duration::from_millis(100);
    const IDLE: usize = 4;
    // More than slow beats are within the deadline.
    const BUSY: usize = 20;
    let notebook = Notebook::<S>::new("traffic").await;
    let db = notebook.open(ReadsConfig::new()).await;
    // It asks sooner where somebody wants to know, as after a late answer.
    let idle = until_some("the slow beat", async || {
        let took = time_of_questions(&notebook, IDLE, async || {}).await;
        (took >= SLOW_BEAT * (IDLE as u32 - 1)).then_some(took)
    })
    .await;
    notebook.pause().await;
    let busy = time_of_questions(&notebook, BUSY, async || {
        new_note(1, 1).insert(&db).await.unwrap();
        note::Entity::find().count(&db).await.unwrap();
    })
    .await;
    println!(
        "{}: the monitor asked each node {IDLE} times within {idle:.2?} while it was idle, and {BUSY} times \
         within {busy:.2?} while it was not",
        S::NAME
    );
    assert!(busy >= FAST_BEAT * (BUSY as u32 - 1), "{busy:?}");
    db.close().await.unwrap();
}

on_servers!(monitor_asks_seldom: Postgres, MariaDb, MySql);

/// Waits until the monitor has found again, after this call, that the slaves hold all that their master has.
async fn until_known_anew(db: &RoutingDatabase) {
    let now = Instant::now();
    until_true("news of both slaves", || {
        assert_eq!(reader(&db.session()), Role::Slave, "{}", db.status());
        ["slave-1", "slave-2"].iter().all(|slave| {
            let since = now.elapsed();
            let slave = node(db, slave);
            assert_eq!(slave.state, NodeState::Serving, "{}", db.status());
            slave.freshness.unwrap() <= since
        })
    })
    .await;
}

async fn idle_master<S: Turns>(turn_log: &[&str]) {
    let cluster = Cluster::<S>::start(2).await.unwrap();
    let database = cluster.database("idle").await.unwrap();
    let urls = [cluster.master(), cluster.slave(1), cluster.slave(2)];
    let urls = urls.map(|node| database.url(node));
    let master = connect(urls[0].clone()).await;
    make_tables(&master).await;
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let db = RoutingDatabase::from_config(two_slaves(urls, ReadsConfig::new()))
        .await
        .unwrap();
    for slave in ["slave-1", "slave-2"] {
        until_state(&db, slave, NodeState::Serving).await;
    }
    let admin = cluster.master().admin().await.unwrap();
    // Without these beats a slave would be out.
    let beats = DEFAULT_MAX_LAG.as_secs() / BEAT.as_secs() + 2;
    for _ in 0..beats {
        until_known_anew(&db).await;
    }
    // And at the beginning of a new file of the log, where a slave that has everything may seem to lack something.
    for _ in 0..5 {
        for sql in turn_log {
            admin.execute(sql).await.unwrap();
        }
        until_known_anew(&db).await;
        for _ in 0..10 {
            find(&db.session(), 1).await;
        }
        assert_eq!(node(&db, "master").reads, 0, "{}", db.status());
    }
    admin.close().await.unwrap();
    db.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_master_keeps_its_slaves_in_rotation() {
    // PostgreSQL begins no new file while the current one is empty.
    const POSTGRES: [&str; 2] = [
        "SELECT pg_logical_emit_message(true, 'idle', 'a record')",
        "SELECT pg_switch_wal()",
    ];
    let postgres = tokio::spawn(idle_master::<Postgres>(&POSTGRES));
    let mysql = tokio::spawn(idle_master::<MySql>(&["FLUSH BINARY LOGS"]));
    idle_master::<MariaDb>(&["FLUSH BINARY LOGS"]).await;
    postgres.await.unwrap();
    mysql.await.unwrap();
}
