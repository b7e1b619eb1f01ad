//! A scene of chaos over a [`Lab`], and what metrics tell of it.

use std::time::Duration;

use metrics::set_default_local_recorder;
use sea_orm::{ConnectionTrait, Statement};

use super::scraped::Scraped;
use crate::{RoutingDatabase, testing::Lab};

const SECOND: Duration = Duration::from_secs(1);

const FAILOVERS: &str = "sea_orm_routing.failovers";
const HEALED: &str = "sea_orm_routing.healed";
const HELD: &str = "sea_orm_routing.held.duration";
const LAG: &str = "sea_orm_routing.replication.lag";
const AGE: &str = "sea_orm_routing.freshness.age";
const STATEMENTS: &str = "sea_orm_routing.statements";
const CHANGES: &str = "sea_orm_routing.node.changes";
const STATE: &str = "sea_orm_routing.node.state";
const IS_MASTER: &str = "sea_orm_routing.node.is_master";

async fn lab(slaves: usize) -> Lab {
    let lab = Lab::new().slaves(slaves).start().await.unwrap();
    let table = "CREATE TABLE cake (id INTEGER)";
    lab.db().execute_unprepared(table).await.unwrap();
    lab.caught_up().await;
    lab
}

async fn write(lab: &Lab, id: u32) {
    let text = format!("INSERT INTO cake VALUES ({id})");
    let written = lab.passing(lab.db().execute_unprepared(&text)).await;
    written.unwrap();
}

/// How many rows a session finds that has written nothing.
async fn read(lab: &Lab, db: &RoutingDatabase, text: &str) -> usize {
    let read = Statement::from_string(db.get_database_backend(), text);
    let reader = db.session();
    lab.passing(reader.query_all_raw(read)).await.unwrap().len()
}

#[tokio::test]
async fn how_far_a_slave_is_behind_is_in_the_metrics() {
    let scraped = Scraped::default();
    // To the end: what is counted is published each second, too.
    let _recorder = set_default_local_recorder(&scraped);
    let lab = lab(2).await;
    let of = |name, node| {
        lab.db().publish_metrics();
        scraped.sum(name, &["bind=default", node])
    };
    assert_eq!(of(LAG, "node=slave-1"), 0.0);

    lab.lag("slave-1", 30 * SECOND);
    write(&lab, 1).await;
    lab.pass(8 * SECOND).await;
    // To some beats of the monitor.
    let [lag, age] = [LAG, AGE].map(|name| of(name, "node=slave-1"));
    assert!((5.0..=8.0).contains(&lag), "{lag} s");
    assert!((8.0..=11.0).contains(&age), "{age} s");
    let [lag, age] = [LAG, AGE].map(|name| of(name, "node=slave-2"));
    assert_eq!(lag, 0.0);
    assert!((0.0..=2.5).contains(&age), "{age} s");
    let of_master = [LAG, AGE].map(|name| of(name, "node=master"));
    assert_eq!(of_master, [0.0; 2]);
}

#[tokio::test]
async fn what_is_read_elsewhere_is_in_the_metrics() {
    let scraped = Scraped::default();
    let _recorder = set_default_local_recorder(&scraped);
    let lab = lab(2).await;
    write(&lab, 1).await;
    lab.caught_up().await;
    let elsewhere = ["access=read", "reason=elsewhere", "outcome=ok"];
    let counted = |labels: &[&str]| {
        lab.db().publish_metrics();
        scraped.sum(STATEMENTS, labels)
    };
    assert_eq!(counted(&elsewhere), 0.0);
    // Before anybody knows.
    lab.refuse("slave-1");
    for _ in 0..8 {
        assert_eq!(read(&lab, lab.db(), "SELECT id FROM cake").await, 1);
    }
    let failed = counted(&["node=slave-1", "reason=session", "outcome=error"]);
    assert!(failed >= 1.0, "{scraped:?}");
    assert_eq!(counted(&elsewhere), failed, "{scraped:?}");
    assert_eq!(scraped.sum(HEALED, &[]), 0.0);
}

/// The master may hold what it lacks.
#[tokio::test]
async fn what_a_slave_refused_is_in_the_metrics() {
    let scraped = Scraped::default();
    let _recorder = set_default_local_recorder(&scraped);
    let lab = lab(1).await;
    let db = lab.db();
    let text = "SELECT nothing FROM cake";
    let wrong = Statement::from_string(db.get_database_backend(), text);
    db.session().query_all_raw(wrong).await.unwrap_err();
    db.publish_metrics();
    let counted = |labels: &[&str]| scraped.sum(STATEMENTS, labels);
    let at_slave = ["node=slave-1", "access=read", "outcome=refused"];
    assert_eq!(counted(&at_slave), 1.0, "{scraped:?}");
    let on_master = ["node=master", "reason=elsewhere", "outcome=error"];
    assert_eq!(counted(&on_master), 1.0, "{scraped:?}");
    assert_eq!(scraped.sum(HEALED, &["node=slave-1"]), 1.0);
    assert_eq!(scraped.sum(HEALED, &[]), 1.0);
}

#[tokio::test]
async fn a_failover_and_the_write_that_waited_for_it_are_in_the_metrics() {
    let scraped = Scraped::default();
    let _recorder = set_default_local_recorder(&scraped);
    let lab = lab(2).await;
    let sum = |name, labels: &[&str]| {
        lab.db().publish_metrics();
        scraped.sum(name, labels)
    };
    lab.kill("slave-1");
    lab.pass(5 * SECOND).await;
    assert_eq!(sum(CHANGES, &["node=slave-1", "change=down"]), 1.0);
    assert_eq!(sum(STATE, &["node=slave-1", "state=down"]), 1.0);
    assert_eq!(sum(STATE, &["node=slave-1", "state=serving"]), 0.0);
    assert_eq!([sum(FAILOVERS, &[]), sum(HELD, &[])], [0.0; 2]);

    // It is known to be dead when the write comes.
    lab.kill("master");
    lab.pass(SECOND).await;
    let held = write(&lab, 2);
    let promoted = async {
        tokio::time::sleep(2 * SECOND).await;
        lab.promote("slave-2").await;
    };
    tokio::join!(held, promoted);
    assert_eq!(sum(FAILOVERS, &["node=slave-2"]), 1.0);
    assert_eq!(sum(FAILOVERS, &[]), 1.0);
    assert_eq!(sum(IS_MASTER, &["node=slave-2"]), 1.0);
    assert_eq!(sum(IS_MASTER, &["node=master"]), 0.0);
    assert_eq!(sum(HELD, &["bind=default"]), 1.0);
    let name = format!("{HELD}.sum");
    let waited = sum(&name, &["bind=default"]);
    assert!((1.8..=3.5).contains(&waited), "{waited} s");
    let write = ["node=slave-2", "access=write", "reason=write", "outcome=ok"];
    assert_eq!(sum(STATEMENTS, &write), 1.0, "{scraped:?}");
    let pool = ["db.client.connection.pool.name=default.slave-2"];
    assert!(sum("db.client.connection.max", &pool) >= 1.0);
}
