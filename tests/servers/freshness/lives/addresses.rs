//! Another server behind the address of a slave, or the same one with an older copy of its data.

use std::time::Duration;

use sea_orm_routing::config::{PoolConfig, ReadsConfig, Roles};
use test_cluster::{on_servers, until};
use tokio::time::Instant;

use super::{Handle, Stage};
use crate::replicated::{SOON, Turns, until_true};

async fn own_writes_are_read_whoever_is_behind_an_address<S: Turns>() {
    let mut stage = Stage::<S>::new().await;
    stage
        .cluster
        .slave(1)
        .back_up(stage.cluster.master())
        .await
        .unwrap();
    let db = stage.open(Handle::default()).await;

    // Open connections, also the monitor's, stay with the slave that has everything.
    stage.write(&db).await;
    stage.cluster.slave(2).pause_replay().await.unwrap();
    stage.write(&db).await;
    stage.just_asked(&db).await;
    stage.address.redirect(stage.cluster.slave(2).port());
    stage.read(&db).await;
    stage.tell("swapped behind its address");
    stage.cluster.slave(2).resume_replay().await.unwrap();
    stage.write(&db).await;
    stage.address.redirect(stage.cluster.slave(1).port());
    stage.read(&db).await;
    stage.write(&db).await;

    stage.just_asked(&db).await;
    stage.cluster.slave(1).restore().await.unwrap();
    stage.read(&db).await;
    stage.tell("restored from an older copy");
    db.close().await.unwrap();
}

on_servers!(own_writes_are_read_whoever_is_behind_an_address: Postgres, MariaDb, MySql);

/// Beyond it nothing is read that is older, whoever has written it.
const MAX_LAG: Duration = Duration::from_secs(2);

/// Waits until a write is older than what `bounded` allows for, and the pool of the slave has dropped its connections.
async fn until_all_is_idle<S: Turns>(stage: &Stage<S>) {
    let written = Instant::now();
    until_true("an old write", || written.elapsed() > MAX_LAG).await;
    let slave = stage.cluster.slave(1);
    until("a pool without connections", SOON, || async {
        // The monitor's stays.
        Ok((slave.connections().await? <= 1).then_some(()))
    })
    .await
    .unwrap();
}

/// What the last test has left out: roles that are discovered, what `bounded` promises, transactions over several binds, and
/// a pool whose connections had nothing to do for so long that it has dropped them.
async fn own_writes_are_read_after_an_idle_time_with_roles_that_are_discovered<S: Turns>() {
    let mut stage = Stage::<S>::new().await;
    let (slave, master) = (stage.cluster.slave(1), stage.cluster.master());
    slave.back_up(master).await.unwrap();
    let db = stage
        .open(Handle {
            roles: Roles::Discover,
            reads: ReadsConfig::new().max_lag(MAX_LAG),
            pool: PoolConfig::new().idle_timeout(Duration::from_millis(200)),
            is_bounded: true,
        })
        .await;

    stage.cluster.slave(2).pause_replay().await.unwrap();
    stage.write(&db).await;
    until_all_is_idle(&stage).await;
    stage.just_asked(&db).await;
    stage.address.redirect(stage.cluster.slave(2).port());
    stage.read(&db).await;
    stage.tell("swapped behind its address, idle, `discover`");
    stage.cluster.slave(2).resume_replay().await.unwrap();
    stage.address.redirect(stage.cluster.slave(1).port());
    stage.write(&db).await;
    until_all_is_idle(&stage).await;
    stage.just_asked(&db).await;
    stage.cluster.slave(1).restore().await.unwrap();
    stage.read(&db).await;
    stage.tell("restored from an older copy, idle, `discover`");
    db.close().await.unwrap();
}

on_servers!(own_writes_are_read_after_an_idle_time_with_roles_that_are_discovered: Postgres, MariaDb, MySql);
