//! What each level of consistency promises on slaves whose replay is held up, and whose promise it is: tasks, sessions.

use std::time::Duration;

use crate::replicated::{
    A_WHILE, Notebook, SOON, Turns, find, new_note, node, note, patient, reader, reads, reason,
    served, sql, until_true,
};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryOrder};
use sea_orm_routing::{Consistency, Role, RoutingDatabase, config::ReadsConfig, route::NodeReason};
use test_cluster::on_servers;
use tokio::time::{Instant, timeout};

async fn write(db: &RoutingDatabase, version: i64) -> i32 {
    new_note(1, version).insert(db).await.unwrap().id
}

/// The same without what SeaORM may read back, which would wait as any read does.
async fn write_only(db: &RoutingDatabase, version: i64) -> i32 {
    let insert = note::Entity::insert(new_note(1, version));
    insert.exec(db).await.unwrap().last_insert_id
}

/// What another task finds with that handle.
async fn found_by_task(db: &RoutingDatabase, id: i32) -> Option<note::Model> {
    let db = db.clone();
    tokio::spawn(async move { find(&db, id).await })
        .await
        .unwrap()
}

async fn insert_reads_back_from_the_master<S: Turns>() {
    let notebook = Notebook::<S>::new("read_back").await;
    let db = notebook.open(patient()).await;
    assert_eq!(db.support_returning(), S::HAS_RETURNING);
    notebook.pause().await;
    let slave = notebook.cluster.slave(1).log_statements().await.unwrap();
    let master = notebook.cluster.master().log_statements().await.unwrap();
    let (inserted, served) = served(&db, new_note(1, 7).insert(&db)).await;
    assert_eq!(inserted.unwrap().version, 7);
    let expected = match S::HAS_RETURNING {
        true => "default.master 1w",
        false => "default.master 1r, default.master 1w",
    };
    assert_eq!(served, expected);
    let selects = usize::from(!S::HAS_RETURNING);
    assert_eq!(master.count("SELECT `note`").await.unwrap(), selects);
    assert_eq!(slave.count("note").await.unwrap(), 0);
    db.close().await.unwrap();
}

on_servers!(insert_reads_back_from_the_master: Postgres, MariaDb, MySql);

async fn pages_come_from_one_slave<S: Turns>() {
    const NOTES: i64 = 25;
    const SESSIONS: u64 = 12;
    let notebook = Notebook::<S>::new("pages").await;
    for version in 1..=NOTES {
        new_note(1, version).insert(&notebook.master).await.unwrap();
    }
    notebook.catch_up().await;
    let db = notebook.open(ReadsConfig::new()).await;
    let mut used = [0, 0];
    for _ in 0..SESSIONS {
        let session = db.session();
        let before = reads(&db);
        let ordered = note::Entity::find().order_by_asc(note::Column::Id);
        let pages = ordered.paginate(&session, 10);
        let mut versions = Vec::new();
        for page in 0..pages.num_pages().await.unwrap() {
            versions.extend(pages.fetch_page(page).await.unwrap());
        }
        let mut cursor = note::Entity::find().cursor_by(note::Column::Id);
        let mut page = cursor.first(20).all(&session).await.unwrap();
        let last = page.last().unwrap().id;
        page.extend(cursor.after(last).all(&session).await.unwrap());
        assert_eq!(page, versions);
        assert_eq!(versions.len() as i64, NOTES);
        let after = reads(&db);
        let served = [0, 1, 2].map(|node| after[node] - before[node]);
        // One count, three pages, two of the cursor.
        assert!(served == [0, 6, 0] || served == [0, 0, 6], "{served:?}");
        used[usize::from(served[2] > 0)] += 1;
    }
    assert!(used.iter().all(|sessions| *sessions > 0), "{used:?}");
    db.close().await.unwrap();
}

on_servers!(pages_come_from_one_slave: Postgres, MariaDb, MySql);

async fn session_goes_where_its_handle_goes<S: Turns>() {
    let notebook = Notebook::<S>::new("sessions").await;
    let db = notebook.open(patient()).await;
    notebook.pause().await;
    let session = db.session();
    let id = write(&session, 1).await;

    let (found, by) = served(&db, found_by_task(&session, id)).await;
    assert_eq!((found.is_some(), by), (true, "default.master 1r".into()));
    let (found, by) = served(&db, found_by_task(&db, id)).await;
    assert_eq!((found, by), (None, "default.slave 1r".into()));

    let bare = db.clone();
    let scoped = session.clone();
    let inside = async move { scoped.scope(find(&bare, id)).await };
    let (found, by) = served(&db, async { tokio::spawn(inside).await }).await;
    assert!(found.unwrap().is_some());
    assert_eq!(by, "default.master 1r");

    let heir = db.session();
    assert_eq!(
        reason(&heir),
        NodeReason::OwnWrites,
        "it begins with what its parent has written"
    );
    let stranger = tokio::spawn({
        let db = db.clone();
        async move { reader(&db.session()) }
    });
    assert_eq!(stranger.await.unwrap(), Role::Slave);
    db.close().await.unwrap();
}

on_servers!(session_goes_where_its_handle_goes: Postgres, MariaDb, MySql);

async fn each_task_starts_clean<S: Turns>() {
    let notebook = Notebook::<S>::new("tasks").await;
    let db = notebook.open(patient()).await;
    notebook.pause().await;
    for job in 0..20 {
        let worker = db.clone();
        let job = tokio::spawn(async move {
            assert_eq!(reader(&worker), Role::Slave, "before its own write");
            let id = write(&worker, job).await;
            assert_eq!(reason(&worker), NodeReason::OwnWrites);
            find(&worker, id).await
        });
        assert_eq!(job.await.unwrap().unwrap().owner, 1);
        assert_eq!(reader(&db), Role::Slave, "this task never wrote");
    }
    assert_eq!(node(&db, "master").writes, 20);
    db.close().await.unwrap();
}

on_servers!(each_task_starts_clean: Postgres, MariaDb, MySql);

async fn read_waits_for_its_slave<S: Turns>() {
    let notebook = Notebook::<S>::new("wait").await;
    let hasty = notebook.open(patient().wait(A_WHILE)).await;
    let db = notebook.open(patient().wait(SOON)).await;
    notebook.pause().await;
    let id = write_only(&hasty, 1).await;
    let began = Instant::now();
    let (found, by) = served(&hasty, find(&hasty, id)).await;
    assert_eq!((found.is_some(), by), (true, "default.master 1r".into()));
    assert!(began.elapsed() >= A_WHILE, "{:?}", began.elapsed());

    let session = db.session();
    let id = write_only(&session, 2).await;
    let before = db.status();
    let (reading, handle) = (session.clone(), db.clone());
    let mut read = tokio::spawn(async move { served(&handle, find(&reading, id)).await });
    assert!(timeout(A_WHILE, &mut read).await.is_err(), "it waits");
    assert_eq!(
        db.status().node("default", "master"),
        before.node("default", "master")
    );
    notebook.resume().await;
    let (found, by) = read.await.unwrap();
    assert_eq!(found.map(|note| note.version), Some(2));
    assert_eq!(by, "default.slave 1r");
    hasty.close().await.unwrap();
    db.close().await.unwrap();
}

on_servers!(read_waits_for_its_slave: Postgres, MariaDb, MySql);

async fn strong_reads_the_master<S: Turns>() {
    let notebook = Notebook::<S>::new("strong").await;
    let db = notebook.open(patient()).await;
    notebook.pause().await;
    notebook.write().await;
    let count = async |level| {
        let db = db.with(level);
        let (count, by) = served(&db, note::Entity::find().count(&db)).await;
        (count.unwrap(), by)
    };
    let strong = count(Consistency::Strong).await;
    assert_eq!(strong, (1, "default.master 1r".into()));
    let session = count(Consistency::Session).await;
    assert_eq!(session, (0, "default.slave 1r".into()), "another's write");
    assert_eq!(reason(&db.with(Consistency::Strong)), NodeReason::Strong);
    db.close().await.unwrap();
}

on_servers!(strong_reads_the_master: Postgres, MariaDb, MySql);

async fn bounded_lacks_own_writes_and_eventual_has_no_bound<S: Turns>() {
    let notebook = Notebook::<S>::new("bounded").await;
    let lag = Duration::from_secs(2);
    let db = notebook.open(ReadsConfig::new().max_lag(lag)).await;
    let [session, bounded, eventual] = [
        Consistency::Session,
        Consistency::Bounded,
        Consistency::Eventual,
    ]
    .map(|level| db.with(level));
    notebook.pause().await;
    let id = write(&db, 1).await;
    let (found, by) = served(&db, find(&bounded, id)).await;
    assert_eq!(
        (found, by),
        (None, "default.slave 1r".into()),
        "the own write"
    );
    assert_eq!(reason(&session), NodeReason::OwnWrites);
    assert!(find(&session, id).await.is_some());

    until_true("a bounded read from the master", || {
        reader(&bounded) == Role::Master
    })
    .await;
    assert_eq!(reason(&bounded), NodeReason::Lagging);
    let (found, by) = served(&db, find(&bounded, id)).await;
    assert_eq!((found.is_some(), by), (true, "default.master 1r".into()));
    let (found, by) = served(&db, find(&eventual, id)).await;
    assert_eq!((found, by), (None, "default.slave 1r".into()));
    db.close().await.unwrap();
}

on_servers!(bounded_lacks_own_writes_and_eventual_has_no_bound: Postgres, MariaDb, MySql);

async fn process_remembers_tables<S: Turns>() {
    let notebook = Notebook::<S>::new("process").await;
    let session = notebook.open(patient()).await;
    let db = session.with(Consistency::Process);
    notebook.pause().await;
    let writer = db.clone();
    let id = tokio::spawn(async move {
        let id = write(&writer, 1).await;
        let shelves = sql(&writer, "SELECT count(*) FROM shelf");
        assert_eq!(writer.route(&shelves).unwrap().role, Role::Slave);
        let (_, by) = served(&writer, writer.query_one_raw(shelves.clone())).await;
        assert_eq!(by, "default.slave 1r", "a table that nobody wrote");
        let session = writer.with(Consistency::Session);
        let route = session.route(&shelves).unwrap();
        assert_eq!(route.reason.node, NodeReason::OwnWrites);
        id
    });
    let id = id.await.unwrap();
    let (found, by) = served(&db, find(&db, id)).await;
    assert_eq!((found.is_some(), by), (true, "default.master 1r".into()));
    assert_eq!(reason(&db), NodeReason::ProcessWrites);
    let (found, by) = served(&db, find(&session, id)).await;
    assert_eq!(
        (found, by),
        (None, "default.slave 1r".into()),
        "another task's"
    );
    notebook.resume().await;
    until_true("a slave with the write", || reader(&db) == Role::Slave).await;
    assert!(find(&db, id).await.is_some());
    session.close().await.unwrap();
}

on_servers!(process_remembers_tables: Postgres, MariaDb, MySql);
