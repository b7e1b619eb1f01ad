//! Notes in a database with two slaves that really replicate, and whose replay a test may hold up.

pub(crate) mod note;
mod notebook;
mod pairs;
mod way;

use std::time::Duration;

pub(crate) use notebook::{Notebook, Turns, connect, make_tables, two_slaves};
pub(crate) use pairs::{TASKS, desks, pairs, pairs_of_tasks};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    EntityTrait, QueryTrait, Statement,
};
use sea_orm_routing::{
    Role, Route, RoutingDatabase,
    config::ReadsConfig,
    route::NodeReason,
    status::{NodeState, NodeStatus},
};
use test_cluster::{ClusterError, until};
pub(crate) use way::{Desk, Way};

pub(crate) use crate::support::{SOON, served};

/// Long enough to tell "not now" from "at once", and no test waits for it to pass in vain.
pub(crate) const A_WHILE: Duration = Duration::from_millis(300);

/// So long that no slave is ever too far behind.
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// Reads of slaves however far they are behind, as long as they have what the session needs.
pub(crate) fn patient() -> ReadsConfig {
    ReadsConfig::new().max_lag(HOUR)
}

pub(crate) fn new_note(owner: i32, version: i64) -> note::ActiveModel {
    note::ActiveModel {
        id: NotSet,
        owner: Set(owner),
        version: Set(version),
        text: Set(format!("{owner} wrote {version}")),
    }
}

pub(crate) async fn find(db: &RoutingDatabase, id: i32) -> Option<note::Model> {
    note::Entity::find_by_id(id).one(db).await.unwrap()
}

/// Where a read of the notes would go.
pub(crate) fn route(db: &RoutingDatabase) -> Route {
    let backend = db.get_database_backend();
    db.route(&note::Entity::find().build(backend)).unwrap()
}

/// Who would serve a read of the notes.
pub(crate) fn reader(db: &RoutingDatabase) -> Role {
    route(db).role
}

/// Why there.
pub(crate) fn reason(db: &RoutingDatabase) -> NodeReason {
    route(db).reason.node
}

pub(crate) fn sql(db: &RoutingDatabase, text: &str) -> Statement {
    Statement::from_string(db.get_database_backend(), text)
}

pub(crate) fn node(db: &RoutingDatabase, name: &str) -> NodeStatus {
    db.status().node("default", name).unwrap().clone()
}

/// Reads that master, `slave-1` and `slave-2` have served.
pub(crate) fn reads(db: &RoutingDatabase) -> [u64; 3] {
    ["master", "slave-1", "slave-2"].map(|name| node(db, name).reads)
}

/// Waits for something that no server has to be asked for.
pub(crate) async fn until_true(what: &str, mut holds: impl FnMut() -> bool) {
    let holds = || {
        let held = holds();
        async move { Ok(held.then_some(())) }
    };
    until(what, SOON, holds).await.unwrap();
}

pub(crate) async fn until_state(db: &RoutingDatabase, slave: &str, state: NodeState) {
    let what = format!("`{slave}` {state}");
    until_true(&what, || node(db, slave).state == state).await;
}

/// What `probe` gives when it gives something.
pub(crate) async fn until_some<T>(what: &str, probe: impl AsyncFn() -> Option<T>) -> T {
    let probe = &probe;
    until(what, SOON, || async move {
        Ok::<_, ClusterError>(probe().await)
    })
    .await
    .unwrap()
}
