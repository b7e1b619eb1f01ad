//! Random reads and writes of versioned notes by many sessions while the slaves fall behind at random: recorded, and
//! judged afterwards.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::replicated::{Notebook, Turns, find, new_note, note, patient, reads};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, TransactionTrait,
    sea_query::{Expr, ExprTrait},
};
use sea_orm_routing::{Consistency, RoutingDatabase};
use test_cluster::{Cluster, Server, on_servers, until};
use tokio::{sync::watch, task::JoinSet, time::timeout};

const ROWS: usize = 20;
const SESSIONS: u64 = 12;
const SEED: u64 = 4;

/// What one session did, in its order.
type History = Arc<Mutex<Vec<Event>>>;

/// Far longer than the slowest machine takes.
const LONGEST: Duration = Duration::from_secs(300);

/// What a session did to a row, and the version that it wrote or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Wrote(i32, i64),
    Read(i32, i64),
}

/// A read that showed less than its session had written or read before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Violation {
    /// The second number is the version that the session had written.
    OwnWrite(Event, i64),
    /// The second number is the version that the session had read.
    Monotony(Event, i64),
}

/// Judges what one session did, in its order.
fn violations(history: &[Event]) -> Vec<Violation> {
    let (mut wrote, mut read) = (HashMap::new(), HashMap::new());
    let mut violations = Vec::new();
    for event in history {
        let (row, version, seen) = match *event {
            Event::Wrote(row, version) => (row, version, &mut wrote),
            Event::Read(row, version) => {
                if let Some(own) = wrote.get(&row).filter(|own| **own > version) {
                    violations.push(Violation::OwnWrite(*event, *own));
                } else if let Some(last) = read.get(&row).filter(|last| **last > version) {
                    violations.push(Violation::Monotony(*event, *last));
                }
                (row, version, &mut read)
            }
        };
        let last = seen.entry(row).or_insert(version);
        *last = Ord::max(version, *last);
    }
    violations
}

#[test]
fn checker_knows_a_violation_when_it_sees_one() {
    use Event::{Read, Wrote};

    let fine: [&[Event]; 3] = [
        &[Read(1, 0), Wrote(1, 1), Read(1, 1), Read(1, 4), Read(2, 0)],
        &[Wrote(1, 3), Read(2, 1), Read(1, 3), Wrote(1, 9), Read(1, 9)],
        &[],
    ];
    for history in fine {
        assert_eq!(violations(history), []);
    }
    let lost = [Wrote(1, 5), Read(2, 0), Read(1, 4), Read(1, 5)];
    assert_eq!(violations(&lost), [Violation::OwnWrite(Read(1, 4), 5)]);
    let back = [Read(1, 5), Wrote(2, 1), Read(1, 4), Read(1, 4)];
    assert_eq!(
        violations(&back),
        [
            Violation::Monotony(Read(1, 4), 5),
            Violation::Monotony(Read(1, 4), 5)
        ]
    );
}

/// Makes the next version of a row, and tells which it is.
async fn write(db: &RoutingDatabase, row: i32) -> Result<i64, DbErr> {
    let transaction = db.begin().await?;
    note::Entity::update_many()
        .col_expr(
            note::Column::Version,
            Expr::col(note::Column::Version).add(1),
        )
        .filter(note::Column::Id.eq(row))
        .exec(&transaction)
        .await?;
    let note = note::Entity::find_by_id(row).one(&transaction).await?;
    transaction.commit().await?;
    Ok(note.unwrap().version)
}

/// What one session does until it is told to stop.
///
/// Now and then it rests, so that a slave can catch up with what it has seen.
async fn session(
    db: RoutingDatabase,
    rows: Vec<i32>,
    seed: u64,
    history: History,
    mut stop: watch::Receiver<bool>,
) {
    let mut random = StdRng::seed_from_u64(seed);
    while !*stop.borrow() {
        let row = rows[random.random_range(0..rows.len())];
        let writes = !seed.is_multiple_of(3) && random.random_ratio(1, 25);
        let event = match writes {
            true => Event::Wrote(row, write(&db, row).await.unwrap()),
            false => Event::Read(row, find(&db, row).await.unwrap().version),
        };
        history.lock().unwrap().push(event);
        if random.random_ratio(1, 25) {
            rest(&mut random, 500, &mut stop).await;
        }
    }
}

/// A random while, less when it is time to stop.
async fn rest(random: &mut StdRng, longest: u64, stop: &mut watch::Receiver<bool>) {
    let pause = Duration::from_millis(random.random_range(0..longest));
    let _ = timeout(pause, stop.changed()).await;
}

/// Holds up the replay of this slave and that, until it is told to stop.
async fn trouble<S: Server>(
    cluster: &Cluster<S>,
    steps: Arc<AtomicUsize>,
    mut stop: watch::Receiver<bool>,
) {
    let mut random = StdRng::seed_from_u64(SEED);
    while !*stop.borrow() {
        let slave = cluster.slave(random.random_range(1..=2));
        match random.random_range(0..5) {
            0 | 1 => slave.pause_replay().await,
            2 | 3 => slave.resume_replay().await,
            _ => {
                let delay = Duration::from_millis(random.random_range(0..300));
                slave.delay_replay(delay).await
            }
        }
        .unwrap();
        steps.fetch_add(1, Ordering::Relaxed);
        rest(&mut random, 200, &mut stop).await;
    }
}

/// All that the sessions did at a level of consistency, until that is enough.
async fn histories<S: Turns>(
    level: Consistency,
    is_enough: impl Fn(&[Vec<Event>]) -> bool,
) -> Vec<Vec<Event>> {
    let notebook = Notebook::<S>::new("history").await;
    let mut rows = Vec::new();
    for _ in 0..ROWS {
        rows.push(new_note(0, 0).insert(&notebook.master).await.unwrap().id);
    }
    notebook.catch_up().await;
    let db = notebook.open(patient().consistency(level)).await;
    let (stop, stopped) = watch::channel(false);
    let steps = Arc::<AtomicUsize>::default();
    let trouble = trouble(notebook.cluster, steps.clone(), stopped.clone());
    let trouble = tokio::spawn(trouble);
    let histories: Vec<_> = (0..SESSIONS).map(|_| History::default()).collect();
    let sessions: JoinSet<_> = (0..)
        .zip(&histories)
        .map(|(seed, history)| {
            let (db, rows) = (db.clone(), rows.clone());
            session(db, rows, seed, history.clone(), stopped.clone())
        })
        .collect();
    let so_far = || -> Vec<Vec<Event>> {
        let histories = histories.iter();
        histories.map(|one| one.lock().unwrap().clone()).collect()
    };
    until("enough of all", LONGEST, || {
        let [_, one, two] = reads(&db);
        let steps = steps.load(Ordering::Relaxed);
        // By chance all sessions may have the same slave.
        let is_enough = one + two > 200 && steps > 50 && is_enough(&so_far());
        async move { Ok(is_enough.then_some(())) }
    })
    .await
    .unwrap();
    stop.send_replace(true);
    sessions.join_all().await;
    trouble.await.unwrap();
    let [master, one, two] = reads(&db);
    println!(
        "{}, {level}: {} events of {SESSIONS} sessions, reads by master {master}, slaves {one} and {two}; {} troubles",
        S::NAME,
        so_far().iter().map(Vec::len).sum::<usize>(),
        steps.load(Ordering::Relaxed),
    );
    db.close().await.unwrap();
    so_far()
}

fn all_violations(histories: &[Vec<Event>]) -> Vec<Violation> {
    histories.iter().flat_map(|one| violations(one)).collect()
}

fn own_writes(violations: &[Violation]) -> usize {
    let own = |one: &&Violation| matches!(one, Violation::OwnWrite(..));
    violations.iter().filter(own).count()
}

async fn session_keeps_its_promises<S: Turns>() {
    let histories = histories::<S>(Consistency::Session, |histories| {
        let events = || histories.iter().flatten();
        let writes = events().filter(|event| matches!(event, Event::Wrote(..)));
        writes.count() > 100 && events().count() > 3_000
    });
    assert_eq!(all_violations(&histories.await), []);
}

on_servers!(session_keeps_its_promises: Postgres, MariaDb, MySql);

async fn bounded_breaks_them<S: Turns>() {
    let is_broken = |histories: &[Vec<Event>]| {
        let found = all_violations(histories);
        let own = own_writes(&found);
        own > 0 && found.len() > own
    };
    let histories = histories::<S>(Consistency::Bounded, is_broken);
    let found = all_violations(&histories.await);
    let own = own_writes(&found);
    println!("{own} own writes lost, {} reads back", found.len() - own);
}

on_servers!(bounded_breaks_them: Postgres, MariaDb, MySql);
