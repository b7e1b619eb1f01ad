//! What probes are told, beside what statements then meet.

use std::time::Duration;

use axum::{Router, body::Body};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use sea_orm::ConnectionTrait;
use sea_orm_routing::{
    Consistency, RoutingDatabase,
    config::{FailoverConfig, OnNoSlave, ReadsConfig, Roles},
    page,
    testing::{Lab, LabBuilder},
};
use tower::ServiceExt;

use crate::bakery::sql;

const SECOND: Duration = Duration::from_secs(1);

async fn lab(builder: LabBuilder) -> Lab {
    let lab = builder.bind("reports", 1).start().await.unwrap();
    let table = "CREATE TABLE bakery (name varchar)";
    lab.db().execute_unprepared(table).await.unwrap();
    lab.caught_up().await;
    lab
}

async fn probe(db: &RoutingDatabase, path: &str) -> (StatusCode, String) {
    let router: Router = page::router(db);
    let request = Request::builder().uri(path).body(Body::empty()).unwrap();
    let answer = router.oneshot(request).await.unwrap();
    let status = answer.status();
    let text = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(text.to_vec()).unwrap())
}

/// Whether reads and writes are ready, and whether they then are served.
async fn ready(lab: &Lab, db: &RoutingDatabase) -> [(bool, bool); 2] {
    let is_ready = async |path| probe(db, path).await.0 == StatusCode::OK;
    let (reads, writes) = (
        is_ready("/readyz/reads").await,
        is_ready("/readyz/writes").await,
    );
    let read = lab.passing(db.query_all_raw(sql("SELECT name FROM bakery")));
    let read = read.await.is_ok();
    let write = lab.passing(db.execute_unprepared("INSERT INTO bakery VALUES ('x')"));
    [(reads, read), (writes, write.await.is_ok())]
}

#[tokio::test]
async fn nothing_is_ready_for_reads_where_the_master_is_spared() {
    let reads = ReadsConfig::new().on_no_slave(OnNoSlave::Error);
    let lab = lab(Lab::new().database(|db| db.reads(reads))).await;
    assert_eq!(ready(&lab, lab.db()).await, [(true, true); 2]);
    lab.kill("slave-1");
    lab.pass(10 * SECOND).await;
    let [reads, writes] = ready(&lab, lab.db()).await;
    assert_eq!((reads, writes), ((false, false), (true, true)));
    let (status, why) = probe(lab.db(), "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let told = "no reads of default: bind `default` has no slave that can serve the read (master is serving, slave-1 is down)\n";
    assert_eq!(why, told);
}

#[tokio::test]
async fn strong_reads_are_ready_where_their_master_is() {
    let fixed = FailoverConfig::new().roles(Roles::Fixed);
    let lab = lab(Lab::new().database(|db| db.failover(fixed))).await;
    let strong = lab.db().with(Consistency::Strong);
    lab.kill("master");
    lab.pass(10 * SECOND).await;
    assert_eq!(ready(&lab, &strong).await, [(false, false); 2]);
    assert_eq!(
        ready(&lab, &lab.db().session()).await,
        [(true, true), (false, false)]
    );
}

#[tokio::test]
async fn a_closed_database_is_not_ready() {
    let lab = lab(Lab::new()).await;
    let db = lab.db();
    lab.passing(db.clone().close()).await.unwrap();
    for _ in 0..2 {
        assert_eq!(ready(&lab, db).await, [(false, false); 2]);
        let states: Vec<_> = db
            .status()
            .nodes
            .iter()
            .map(|node| node.state.to_string())
            .collect();
        assert_eq!(states, ["closed"; 4]);
        lab.pass(10 * SECOND).await;
    }
}

#[tokio::test]
async fn a_slaves_handle_is_ready_as_the_slave_is() {
    let lab = lab(Lab::new()).await;
    let slave = lab.db().bind("slave-1").unwrap();
    for db in [slave, lab.db().bind("default").unwrap().slave().unwrap()] {
        lab.revive("slave-1");
        lab.pass(10 * SECOND).await;
        assert_eq!(ready(&lab, &db).await, [(true, true), (false, false)]);
        // It never writes, and is ready all the same.
        assert_eq!(probe(&db, "/readyz").await.0, StatusCode::OK);
        lab.kill("slave-1");
        lab.pass(10 * SECOND).await;
        assert_eq!(ready(&lab, &db).await, [(false, false); 2]);
        assert_eq!(
            probe(&db, "/readyz").await.0,
            StatusCode::SERVICE_UNAVAILABLE
        );
    }
    let reading = lab.db().preventing_writes();
    assert_eq!(ready(&lab, &reading).await, [(true, true), (false, false)]);
}
