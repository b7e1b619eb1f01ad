//! A handle outlives the runtime that it was made in, as in tests that share one, or an application that is restarted.

use std::time::Duration;

use sea_orm::{ActiveModelTrait, IntoDatabaseExecutor};
use sea_orm_routing::RoutingDatabase;
use test_cluster::Postgres;
use tokio::{
    runtime::{Builder, Runtime},
    time::sleep,
};

use crate::replicated::{Notebook, find, new_note, note, patient, served};

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

async fn lend(db: &RoutingDatabase, version: i64) -> note::Model {
    let connection = db.master_connection();
    let executor = db.into_database_executor();
    let written = new_note(1, version).insert(&executor).await.unwrap();
    assert_eq!(find(db, written.id).await, Some(written));
    let written = new_note(1, version).insert(&connection).await.unwrap();
    assert_eq!(find(db, written.id).await, Some(written.clone()));
    written
}

#[test]
fn handle_serves_in_another_runtime_when_its_own_has_ended() {
    let (first, second) = (runtime(), runtime());
    let notebook = second.block_on(Notebook::<Postgres>::new("runtimes"));
    let db = first.block_on(async {
        let db = notebook.open(patient()).await;
        lend(&db, 1).await;
        db
    });
    drop(first);
    second.block_on(async {
        // A connection that was used within `ping_after_idle` (5 ms) is not asked whether it still is one.
        sleep(Duration::from_millis(50)).await;
        for version in 2..6 {
            let (written, by) = served(&db, new_note(1, version).insert(&db)).await;
            let written = written.unwrap();
            assert_eq!(by, "default.master 1w");
            let (found, by) = served(&db, find(&db, written.id)).await;
            assert_eq!((found, by), (Some(written), "default.master 1r".into()));
            lend(&db, version).await;
        }
        db.close().await.unwrap();
        notebook.resume().await;
    });
}
