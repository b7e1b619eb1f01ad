//! Masters that die, or of which there are two.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, Statement};
use sea_orm_routing::{
    Role, RoutingDatabase, RoutingError,
    config::{FailoverConfig, ReadsConfig, Roles},
};
use tokio::time::Instant;

use super::{
    Row,
    dialect::Dialect,
    load::{TASKS, payment},
    scene::{SOON, SPELL, Scene, Setup},
    slaves::RETURN_LIMIT,
};
use test_cluster::{Cluster, until};

/// The aim is 1 s; a regression to a pool's timeout shall fail, a busy machine shall not.
const WRITE_LIMIT: Duration = Duration::from_secs(10);

/// What is refused without asking anybody takes no time.
const AT_ONCE: Duration = Duration::from_millis(500);

/// Less than it takes a network to give up.
const HANGING: Duration = Duration::from_secs(10);

const MAX_LAG: Duration = Duration::from_secs(2);

fn discover() -> Setup {
    Setup {
        failover: FailoverConfig::new().roles(Roles::Discover),
        ..Setup::default()
    }
}

async fn write(db: &RoutingDatabase) -> Result<(), DbErr> {
    let none = "UPDATE goods SET name = '' WHERE id < 0";
    db.execute_unprepared(none).await.map(drop)
}

/// Waits until the application's master is that node.
async fn until_master<S: Dialect>(scene: &Scene<'_, S>, node: &str) -> Instant {
    let what = format!("`{node}` as master");
    until(&what, SOON, || async {
        let status = scene.db.status();
        let node = status.node("default", node);
        Ok(node
            .is_some_and(|node| node.role == Role::Master)
            .then_some(()))
    })
    .await
    .unwrap();
    Instant::now()
}

pub(crate) async fn killed<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let scene = Scene::start(cluster, discover()).await;
    let (old, new) = (cluster.master(), cluster.slave(1));
    S::synchronise(cluster).await.unwrap();
    // It must not have received what `slave-1` has not and nobody was told of: that is another history.
    cluster.slave(2).unfollow().await.unwrap();
    scene.more(8 * TASKS).await;
    old.kill().await.unwrap();
    new.promote().await.unwrap();
    let promoted = Instant::now();
    until_master(&scene, "slave-1").await;
    scene.more(SPELL / 2).await;
    cluster.slave(2).follow(new).await.unwrap();
    old.rejoin(new).await.unwrap();
    let returned = scene.until_serves("master").await;
    scene.more(SPELL / 4).await;
    let survivors = scene.stage.rows(new).await;
    let resumed = scene.load.ledger.first_after(promoted, &survivors);
    let row = scene.finish(new).await;
    let seconds = returned.map_or(f64::NAN, |returned| returned.as_secs_f64());
    let in_flight = row.failed_writes <= TASKS / 2;
    row.none_lost()
        .no_failed_reads()
        .promise("no write fails but those in flight", in_flight)
        .recovered(resumed, WRITE_LIMIT)
        .promise("the old master serves as a slave", returned.is_some())
        .remark(format!(
            "kill -9 under load, with synchronous replication to the promoted slave; the old master, rebuilt, serves \
             reads as a slave {seconds:.2} s after it follows"
        ))
}

/// A promotion as it should be: nothing is written any more, the slave has everything, and is promoted.
pub(crate) async fn handed_over<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let mut scene = Scene::start(cluster, discover()).await;
    let (old, new) = (cluster.master(), cluster.slave(1));
    S::retire(cluster).await.unwrap();
    new.promote().await.unwrap();
    let promoted = Instant::now();
    let switched = until_master(&scene, "slave-1").await;
    scene.more(SPELL / 2).await;
    scene.load.stop().await;
    let survivors = scene.stage.rows(new).await;
    let resumed = scene.load.ledger.first_after(promoted, &survivors);
    old.start().await.unwrap();
    let wrong = scene
        .load
        .ledger
        .wrong(&scene.stage.rows(old).await, &survivors, switched);
    let row = scene.finish(new).await;
    let row = Row { wrong, ..row };
    row.none_lost()
        .recovered(resumed, WRITE_LIMIT)
        .promise(
            "nothing is written to the old master after the switch",
            wrong == 0,
        )
        .remark(S::RETIREMENT)
}

/// It hangs, is replaced, and then goes on as if nothing had happened.
pub(crate) async fn frozen<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let mut scene = Scene::start(cluster, discover()).await;
    let (old, new) = (cluster.master(), cluster.slave(1));
    S::synchronise(cluster).await.unwrap();
    scene.more(8 * TASKS).await;
    old.freeze().unwrap();
    new.promote().await.unwrap();
    let promoted = Instant::now();
    let switched = until_master(&scene, "slave-1").await;
    let still_hangs = until("the end of work on the frozen master", HANGING, || async {
        let status = scene.db.status();
        let node = status.node("default", "master");
        Ok(node.is_some_and(|node| node.in_flight == 0).then_some(()))
    })
    .await
    .is_err();
    scene.more(SPELL / 4).await;
    old.thaw().unwrap();
    scene.more(SPELL / 2).await;
    scene.load.stop().await;
    let (before, after) = (scene.stage.rows(old).await, scene.stage.rows(new).await);
    let resumed = scene.load.ledger.first_after(promoted, &after);
    let wrong = scene.load.ledger.wrong(&before, &after, switched);
    let row = scene.finish(new).await;
    let row = Row { wrong, ..row };
    let in_flight = row.failed_writes <= TASKS / 2;
    row.none_lost()
        .promise("no write fails but those in flight", in_flight)
        .no_failed_reads()
        .recovered(resumed, WRITE_LIMIT)
        .promise("nobody waits for a master that was replaced", !still_hangs)
        .promise(
            "nothing is written to the old master after the switch",
            wrong == 0,
        )
        .remark(
            "SIGSTOP, with synchronous replication; the old master goes on when the new one serves",
        )
}

pub(crate) async fn doubled<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let mut scene = Scene::start(cluster, discover()).await;
    let (old, new) = (cluster.master(), cluster.slave(1));
    let asked = Instant::now();
    new.promote().await.unwrap();
    let mut promoted = Instant::now();
    if !S::HAS_TIMELINES {
        scene.more(SPELL / 2).await;
        let admin = old.admin().await.unwrap();
        admin.execute("SET GLOBAL read_only = 1").await.unwrap();
        promoted = Instant::now();
    }
    let switched = until_master(&scene, "slave-1").await;
    scene.more(SPELL).await;
    scene.load.stop().await;
    let (before, after) = (scene.stage.rows(old).await, scene.stage.rows(new).await);
    let ledger = &scene.load.ledger;
    let resumed = ledger.first_after(promoted, &after);
    let wrong = ledger.wrong(&before, &after, switched);
    let last = ledger.last(&before.difference(&after).copied().collect());
    let late = last
        .and_then(|last| last.checked_duration_since(asked))
        .unwrap_or_default();
    old.rejoin(new).await.unwrap();
    let returned = scene.until_serves("master").await;
    let row = scene.finish(new).await;
    let row = Row { wrong, ..row };
    row.no_failed_reads()
        .recovered(resumed, WRITE_LIMIT)
        .promise("nothing is written to the old master after the switch", wrong == 0)
        .promise("the old master serves as a slave", returned.is_some())
        .remark(match S::HAS_TIMELINES {
            false => "until the old master is made read-only, writes go on there; those are lost".to_owned(),
            true => format!(
                "the last write that only the old master has was acknowledged {:.2} s after the promotion was asked for",
                late.as_secs_f64()
            ),
        })
}

/// Longer than `max_lag`: what slaves hold can't be compared with anything meanwhile.
pub(crate) async fn dead<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let setup = Setup {
        reads: ReadsConfig::new().max_lag(MAX_LAG),
        ..Setup::default()
    };
    let mut scene = Scene::start(cluster, setup).await;
    // What the load has written may never come to the slaves, and its tasks must not miss it.
    scene.load.stop().await;
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let before = scene.row(&scene.stage.rows(cluster.master()).await);
    let db = scene.db.clone();
    // Known to hold everything.
    scene.until_serves("slave-1").await;
    cluster.master().kill().await.unwrap();
    let died = Instant::now();
    let down = |error: &DbErr| {
        matches!(
            RoutingError::of(error),
            Some(RoutingError::MasterDown { .. })
        )
    };
    until("`MasterDown`", SOON, || async {
        Ok(write(&db).await.is_err_and(|e| down(&e)).then_some(()))
    })
    .await
    .unwrap();
    let noticed = died.elapsed();
    let begun = Instant::now();
    let refusal = write(&db).await;
    let refused = begun.elapsed();

    let (mut reads, mut failed, mut longest) = (0, 0, Duration::ZERO);
    until("reads without a master", SOON, || async {
        Ok((died.elapsed() > 3 * MAX_LAG).then_some(()))
    })
    .await
    .unwrap();
    for _ in 0..200 {
        let begun = Instant::now();
        let read = Statement::from_string(db.get_database_backend(), "SELECT count(*) FROM goods");
        let read = tokio::spawn({
            let db = db.clone();
            async move {
                db.query_one_raw(read)
                    .await
                    .and(payment::Entity::find().count(&db).await)
            }
        });
        failed += u64::from(read.await.unwrap().is_err());
        longest = longest.max(begun.elapsed());
        reads += 2;
    }
    cluster.master().start().await.unwrap();
    let begun = Instant::now();
    let back = until("writes", SOON, || async { Ok(write(&db).await.ok()) }).await;
    let back = back.ok().map(|()| begun.elapsed());
    scene.db.close_by_ref().await.unwrap();
    let row = Row {
        reads,
        failed_reads: failed,
        longest_read: longest,
        ..before
    };
    row.unharmed()
        .recovered(back, RETURN_LIMIT)
        .promise(
            "a write fails as `MasterDown`",
            refusal.is_err_and(|error| down(&error)),
        )
        .promise("a write fails at once", refused < AT_ONCE)
        .remark(format!(
            "reads for {:.0} s, `max_lag: 2s`; `MasterDown` from {:.2} s on, within {:.1} ms",
            3.0 * MAX_LAG.as_secs_f64(),
            noticed.as_secs_f64(),
            1_000.0 * refused.as_secs_f64()
        ))
}
