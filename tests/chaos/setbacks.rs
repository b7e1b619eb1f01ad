//! Slaves that come back with less than they had shown: nobody misses what they have written.

use std::time::Duration;

use sea_orm_routing::config::{PoolConfig, ReadsConfig};
use tokio::time::Instant;

use super::{
    Row,
    dialect::Dialect,
    scene::{SOON, SPELL, Scene, Setup, Stage},
    slaves::{READ_LIMIT, RETURN_LIMIT},
};
use test_cluster::{Cluster, Postgres, until};

/// What a slave has received it shows after an hour.
const HELD_BACK: Duration = Duration::from_secs(3_600);

/// Before a fault: everybody has written.
const BEFORE: u64 = SPELL / 8;

/// Reads of own writes after a fault: longer than the monitor's beat.
const LOOKS: u64 = 200;

/// The monitor asks every second.
const MAX_LAG: Duration = Duration::from_secs(3);

/// Dead connections are replaced before anybody notices.
fn silent() -> Setup {
    Setup {
        reads: ReadsConfig::new().max_lag(MAX_LAG),
        slave_pool: PoolConfig::new().ping_after_idle(Duration::from_millis(1)),
        ..Setup::default()
    }
}

/// What becomes of the reads of own writes after `fault`, and of the slave after `well_again` has made it whole.
///
/// The monitor, which would notice as well, is made to ask just before, and not soon again: nobody writes, and the slaves
/// have everything.
async fn judged<S: Dialect>(
    scene: Scene<'_, S>,
    fault: impl AsyncFnOnce(),
    well_again: impl AsyncFnOnce(),
) -> Row {
    scene.load.only_look().await;
    just_asked(&scene).await;
    fault().await;
    scene.more(LOOKS).await;
    scene.load.go_on();
    scene.more(BEFORE).await;
    well_again().await;
    let begun = Instant::now();
    let one = scene.until_serves("slave-1").await;
    let both = scene.until_serves("slave-2").await.and(one);
    let back = both.map(|_| begun.elapsed());
    let master = scene.stage.cluster.master();
    let row = scene.finish(master).await;
    row.unharmed()
        .reads_within(READ_LIMIT)
        .recovered(back, RETURN_LIMIT)
}

/// Waits until the monitor asks seldom, and has asked.
async fn just_asked<S: Dialect>(scene: &Scene<'_, S>) {
    let age = || {
        let status = scene.db.status();
        let slave = status.node("default", "slave-1")?;
        slave.freshness
    };
    let (slow, new) = (Duration::from_millis(400), Duration::from_millis(100));
    let is = async |what: &str, is: &dyn Fn(Duration) -> bool| {
        let asked = || async { Ok(age().is_some_and(is).then_some(())) };
        until(what, SOON, asked).await.unwrap();
    };
    is("a slow beat", &|age| age > slow).await;
    is("a beat", &|age| age < new).await;
}

pub(crate) async fn restored<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let stage = Stage::new(cluster, silent()).await;
    let (master, slave) = (cluster.master(), cluster.slave(1));
    slave.back_up(master).await.unwrap();
    let scene = Scene::begin(stage).await;
    scene.more(BEFORE).await;
    let fault = async || slave.restore().await.unwrap();
    let row = judged(scene, fault, async || slave.follow(master).await.unwrap()).await;
    row.remark("kill -9, and back with the data of before the load; it follows nobody until it may recover")
}

/// The address of one slave leads to another, whose replay stands still.
pub(crate) async fn swapped<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let setup = Setup {
        is_proxied: true,
        ..silent()
    };
    let scene = Scene::start(cluster, setup).await;
    let (one, other) = (cluster.slave(1), cluster.slave(2));
    other.pause_replay().await.unwrap();
    scene.more(BEFORE).await;
    let fault = async || {
        one.lead_to(other);
        one.end_sessions().await.unwrap();
    };
    let row = judged(scene, fault, async || {
        other.resume_replay().await.unwrap();
        one.lead_to(one);
        other.end_sessions().await.unwrap();
    })
    .await;
    row.remark("the address of `slave-1` leads to `slave-2`, whose replay stands still")
}

/// A standby begins where it last wrote down how far it was, and here shows nothing newer.
async fn held_back(cluster: &Cluster<Postgres>, kill: impl AsyncFnOnce()) -> Row {
    let scene = Scene::start(cluster, silent()).await;
    for node in [cluster.master(), cluster.slave(1)] {
        node.administer(&["CHECKPOINT"]).await.unwrap();
        cluster.wait_until_caught_up(SOON).await.unwrap();
    }
    scene.more(BEFORE).await;
    let slave = cluster.slave(1);
    let fault = async || {
        slave.delay_replay(HELD_BACK).await.unwrap();
        kill().await;
    };
    judged(scene, fault, async || {
        slave.delay_replay(Duration::ZERO).await.unwrap();
    })
    .await
}

pub(crate) async fn killed(cluster: &Cluster<Postgres>) -> Row {
    let row = held_back(cluster, async || {
        cluster.slave(1).kill().await.unwrap();
        cluster.slave(1).start().await.unwrap();
    })
    .await;
    row.remark("kill -9, and back at its last restart point")
}

pub(crate) async fn one_session_killed(cluster: &Cluster<Postgres>) -> Row {
    let row = held_back(cluster, async || {
        cluster.slave(1).kill_one_session().await.unwrap();
    })
    .await;
    row.remark("kill -9 of one session's process: the server ends all others, and begins at its last restart point")
}
