use sea_orm::{DatabaseBackend, MockDatabase};

use super::readiness::Readiness;
use crate::{BindBuilder, RoutingDatabase, status::NodeState};

/// A second master can't be played by the nodes of a lab: one that is promoted makes slaves of the others.
#[tokio::test]
async fn two_masters_are_not_ready_for_writes_and_are_seen() {
    let mock = || MockDatabase::new(DatabaseBackend::Postgres).into_connection();
    let bind = BindBuilder::new("default", mock()).slave("slave-1", mock());
    let db = RoutingDatabase::builder().bind(bind).build().unwrap();
    assert_eq!(Readiness::of(&db), Readiness::default());
    let topology = db.dispatcher.topology();
    let bind = topology.bind(&"default".into()).unwrap();
    bind.replication.contest(true);
    let readiness = Readiness::of(&db);
    assert_eq!(readiness.reads, [""; 0], "slaves go on");
    let why = ["default: bind `default` has more than one master"];
    assert_eq!(readiness.writes, why);
    let status = db.status();
    let master = status.node("default", "master").unwrap();
    assert_eq!(master.state, NodeState::Contested);
    let why = Some("another server takes writes, too");
    assert_eq!(master.last_error.as_deref(), why);
    bind.replication.contest(false);
    assert_eq!(Readiness::of(&db), Readiness::default());
    assert_eq!(db.status().nodes[0].state, NodeState::Serving);
}
