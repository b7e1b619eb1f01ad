//! Random reads and writes of versioned notes by many sessions while the slaves fall behind at random: recorded, and
//! judged afterwards.

use std::{collections::HashMap, time::Duration};

use crate::replicated::{Notebook, Turns, find, new_note, note, patient, reads, until_true};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, TransactionTrait,
    sea_query::{Expr, ExprTrait},
};
use sea_orm_routing::{Consistency, RoutingDatabase};
use test_cluster::{Cluster, MariaDb, MySql, Postgres, Server};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, timeout},
};

const ROWS: usize = 20;
const SESSIONS: u64 = 12;
const SEED: u64 = 4;

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
    mut stop: watch::Receiver<bool>,
) -> Vec<Event> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut history = Vec::new();
    while !*stop.borrow() {
        let row = rows[random.random_range(0..rows.len())];
        let writes = !seed.is_multiple_of(3) && random.random_ratio(1, 25);
        history.push(match writes {
            true => Event::Wrote(row, write(&db, row).await.unwrap()),
            false => Event::Read(row, find(&db, row).await.unwrap().version),
        });
        if random.random_ratio(1, 25) {
            rest(&mut random, 500, &mut stop).await;
        }
    }
    history
}

/// A random while, less when it is time to stop.
async fn rest(random: &mut StdRng, longest: u64, stop: &mut watch::Receiver<bool>) {
    let pause = Duration::from_millis(random.random_range(0..longest));
    let _ = timeout(pause, stop.changed()).await;
}

/// Holds up the replay of this slave and that, until it is told to stop.
async fn trouble<S: Server>(cluster: &Cluster<S>, mut stop: watch::Receiver<bool>) -> usize {
    let mut random = StdRng::seed_from_u64(SEED);
    let mut steps = 0;
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
        steps += 1;
        rest(&mut random, 200, &mut stop).await;
    }
    steps
}

/// All that the sessions did at a level of consistency.
async fn histories<S: Turns>(level: Consistency, time: Duration) -> Vec<Vec<Event>> {
    let notebook = Notebook::<S>::new("history").await;
    let mut rows = Vec::new();
    for _ in 0..ROWS {
        rows.push(new_note(0, 0).insert(&notebook.master).await.unwrap().id);
    }
    notebook.catch_up().await;
    let db = notebook.open(patient().consistency(level)).await;
    let (stop, stopped) = watch::channel(false);
    let trouble = tokio::spawn(trouble(notebook.cluster, stopped.clone()));
    let sessions: JoinSet<_> = (0..SESSIONS)
        .map(|seed| session(db.clone(), rows.clone(), seed, stopped.clone()))
        .collect();
    let began = Instant::now();
    until_true("the end of the time", || began.elapsed() >= time).await;
    stop.send_replace(true);
    let histories = sessions.join_all().await;
    let [master, one, two] = reads(&db);
    println!(
        "{}, {level}: {} events of {SESSIONS} sessions, reads by master {master}, slaves {one} and {two}; {} troubles",
        std::any::type_name::<S>(),
        histories.iter().map(Vec::len).sum::<usize>(),
        trouble.await.unwrap(),
    );
    assert!(
        one > 100 && two > 100,
        "both slaves took part: {one}, {two}"
    );
    db.close().await.unwrap();
    histories
}

async fn all_violations<S: Turns>(level: Consistency, time: Duration) -> Vec<Violation> {
    let histories = histories::<S>(level, time).await;
    let events: Vec<&Event> = histories.iter().flatten().collect();
    let wrote = |event: &&&Event| matches!(event, Event::Wrote(..));
    let writes = events.iter().filter(wrote).count();
    assert!(writes > 50 && events.len() > 1_000, "{writes} writes");
    histories.iter().flat_map(|one| violations(one)).collect()
}

async fn session_keeps_its_promises<S: Turns>() {
    let found = all_violations::<S>(Consistency::Session, Duration::from_secs(8)).await;
    assert_eq!(found, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_read_their_writes_and_never_go_back_on_postgres() {
    session_keeps_its_promises::<Postgres>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_read_their_writes_and_never_go_back_on_mariadb() {
    session_keeps_its_promises::<MariaDb>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_read_their_writes_and_never_go_back_on_mysql() {
    session_keeps_its_promises::<MySql>().await;
}

async fn bounded_breaks_them<S: Turns>() {
    let found = all_violations::<S>(Consistency::Bounded, Duration::from_secs(3)).await;
    let own = found
        .iter()
        .filter(|one| matches!(one, Violation::OwnWrite(..)));
    let own = own.count();
    println!("{own} own writes lost, {} reads back", found.len() - own);
    assert!(own > 0 && found.len() > own, "{own} of {}", found.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn checker_finds_what_bounded_does_not_promise_on_postgres() {
    bounded_breaks_them::<Postgres>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn checker_finds_what_bounded_does_not_promise_on_mariadb() {
    bounded_breaks_them::<MariaDb>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn checker_finds_what_bounded_does_not_promise_on_mysql() {
    bounded_breaks_them::<MySql>().await;
}
