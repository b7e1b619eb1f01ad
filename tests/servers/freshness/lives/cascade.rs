//! Slaves of slaves, and slaves of several masters.

use test_cluster::{MariaDb, MySql, on_servers};

use super::{Handle, Stage};
use crate::replicated::{SOON, Turns, node};

/// The handle knows the last of a chain: what it holds is told by its position, whoever it has it from.
async fn own_writes_are_read_from_a_slave_of_a_slave<S: Turns>() {
    let mut stage = Stage::<S>::new().await;
    let (middle, last) = (stage.cluster.slave(1), stage.cluster.slave(2));
    last.follow(middle).await.unwrap();
    stage.address.redirect(last.port());
    let db = stage.open(Handle::default()).await;
    // It serves, so that its identity is right.
    stage.write(&db).await;

    // It gets nothing more.
    stage.cluster.slave(1).stop().await.unwrap();
    stage.write_unread(&db).await;
    stage.read(&db).await;
    stage.tell("a slave of a slave that is gone");
    stage.cluster.slave(1).start().await.unwrap();
    stage.write(&db).await;

    // It gets it and does not show it, or gets it late.
    stage.cluster.slave(1).pause_replay().await.unwrap();
    stage.cluster.slave(2).pause_replay().await.unwrap();
    stage.write_unread(&db).await;
    stage.read(&db).await;
    stage.tell("a slave of a slave that is behind");
    stage.cluster.slave(1).resume_replay().await.unwrap();
    stage.cluster.slave(2).resume_replay().await.unwrap();
    stage.write(&db).await;

    // Its master becomes one of its own, and it may follow that.
    stage.cluster.slave(1).promote().await.unwrap();
    for _ in 0..2 {
        stage.write_unread(&db).await;
        stage.read(&db).await;
    }
    stage.tell("a slave of a slave that was promoted");
    db.close().await.unwrap();
}

on_servers!(own_writes_are_read_from_a_slave_of_a_slave: Postgres);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a quarter of a minute: slaves of slaves on MariaDB and MySQL"]
async fn own_writes_are_read_from_slaves_of_slaves_of_the_others() {
    own_writes_are_read_from_a_slave_of_a_slave::<MariaDb>().await;
    own_writes_are_read_from_a_slave_of_a_slave::<MySql>().await;
}

/// A slave of two masters, each with a domain and a number of its own, is one's slave in that one's domain.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "ten seconds: two clusters"]
async fn own_writes_are_read_from_a_slave_of_two_masters() {
    let (mut stage, other) = (Stage::<MariaDb>::new().await, Stage::<MariaDb>::new().await);
    let admin = other.cluster.master().admin().await.unwrap();
    for sql in [
        "SET GLOBAL gtid_domain_id = 5",
        "SET GLOBAL server_id = 77",
        "RESET MASTER",
    ] {
        admin.execute(sql).await.unwrap();
    }
    let port = other.cluster.master().port();
    let admin = stage.cluster.slave(1).admin().await.unwrap();
    for sql in [
        format!(
            "CHANGE MASTER 'other' TO MASTER_HOST = '127.0.0.1', MASTER_PORT = {port}, MASTER_USER = 'admin', \
             MASTER_PASSWORD = 'admin', MASTER_SSL = 0, MASTER_CONNECT_RETRY = 1, MASTER_USE_GTID = slave_pos"
        ),
        "START SLAVE 'other'".to_owned(),
    ] {
        admin.execute(&sql).await.unwrap();
    }
    let db = stage.open(Handle::default()).await;
    stage.write(&db).await;
    // The other master writes more than its own one.
    let foreign = other.cluster.master().admin().await.unwrap();
    foreign
        .execute("CREATE DATABASE foreign_one")
        .await
        .unwrap();
    foreign
        .execute("CREATE TABLE foreign_one.t (id int)")
        .await
        .unwrap();
    for _ in 0..50 {
        foreign
            .execute("INSERT INTO foreign_one.t VALUES (1)")
            .await
            .unwrap();
    }
    let came = async || {
        // The table may not be there yet.
        let rows = admin
            .value::<i64>("SELECT count(*) FROM foreign_one.t")
            .await;
        let row = rows.ok().flatten();
        Ok((row == Some(50)).then_some(()))
    };
    test_cluster::until("the other master's rows", SOON, came)
        .await
        .unwrap();
    admin.execute("STOP SLAVE").await.unwrap();
    stage.write_unread(&db).await;
    stage.read(&db).await;
    stage.tell("a slave of two masters, of which one is not heard");
    admin.execute("START SLAVE").await.unwrap();
    stage.write(&db).await;
    stage.read(&db).await;
    stage.write(&db).await;
    stage.just_asked(&db).await;
    stage.tell("a slave of two masters");
    // An objection would have come meanwhile.
    assert_eq!(node(&db, "slave-1").last_error, None);
    db.close().await.unwrap();
}
