//! A standby that begins again where it last wrote down how far it was.

use std::time::Duration;

use sea_orm::EntityTrait;
use test_cluster::Postgres;

use super::{Handle, Stage};
use crate::replicated::{SOON, connect, note};

/// What has been written, but not yet replayed again, holds a killed standby back.
#[tokio::test(flavor = "multi_thread")]
async fn own_writes_are_read_when_a_standby_has_to_replay_again() {
    const LATE: Duration = Duration::from_secs(3600);
    let mut stage = Stage::<Postgres>::new().await;
    // A restarted standby begins here, and then has to replay.
    for node in [stage.cluster.master(), stage.cluster.slave(1)] {
        node.admin()
            .await
            .unwrap()
            .execute("CHECKPOINT")
            .await
            .unwrap();
        stage.cluster.wait_until_caught_up(SOON).await.unwrap();
    }
    let db = stage.open(Handle::default()).await;
    for fault in ["killed", "one session killed"] {
        let slave = stage.cluster.slave(1);
        slave.delay_replay(Duration::ZERO).await.unwrap();
        stage.write(&db).await;
        let slave = stage.cluster.slave(1);
        slave.delay_replay(LATE).await.unwrap();
        stage.just_asked(&db).await;
        let slave = stage.cluster.slave(1);
        match fault {
            "killed" => {
                slave.kill().await.unwrap();
                slave.start().await.unwrap();
            }
            _ => slave.kill_one_session().await.unwrap(),
        }
        // What a plain connection to the slave reads now.
        let slave = connect(stage.database.url(stage.cluster.slave(1))).await;
        let plain = note::Entity::find_by_id(1).one(&slave).await.unwrap();
        println!(
            "| plain, {fault} | behind by {} |",
            stage.version - plain.unwrap().version
        );
        stage.read(&db).await;
        stage.tell(fault);
    }
    db.close().await.unwrap();
}
