use crate::replicated::{Notebook, Turns, patient, served, sql};
use sea_orm::{ConnectionTrait, TransactionTrait};
use sea_orm_routing::{Consistency, RoutingDatabase};
use test_cluster::{MariaDb, MySql, Postgres};

async fn shelves(db: &RoutingDatabase) -> (i64, String) {
    let count = sql(db, "SELECT count(*) FROM shelf");
    let (row, by) = served(db, db.query_one_raw(count)).await;
    let count = row.unwrap().unwrap().try_get_by_index(0).unwrap();
    (count, by.to_string())
}

const POSTGRES: [&str; 2] = [
    "CREATE FUNCTION bake(n int) RETURNS int LANGUAGE sql VOLATILE AS 'INSERT INTO shelf VALUES (n) RETURNING id'",
    "CREATE VIEW oven AS SELECT bake(7) AS n",
];

const MYSQL: [&str; 2] = [
    "CREATE FUNCTION bake(n int) RETURNS int MODIFIES SQL DATA BEGIN INSERT INTO shelf VALUES (n); RETURN n; END",
    "CREATE VIEW oven AS SELECT bake(7) AS n",
];

/// Ways of a read to the master.
#[derive(Clone, Copy, Debug)]
enum Way {
    Commit,
    Master,
    Bind,
    Plain,
}

impl Way {
    async fn read(self, db: &RoutingDatabase) {
        let oven = sql(db, "SELECT n FROM oven");
        let rows = match self {
            Self::Commit => {
                let txn = db.begin().await.unwrap();
                let rows = txn.query_all_raw(oven).await;
                txn.commit().await.unwrap();
                rows
            }
            Self::Master => db.master().query_all_raw(oven).await,
            Self::Bind => {
                db.bind("default")
                    .unwrap()
                    .master()
                    .query_all_raw(oven)
                    .await
            }
            Self::Plain => db.query_all_raw(oven).await,
        };
        assert_eq!(rows.unwrap().len(), 1);
    }
}

/// Where the master would have taken the read anyway, its write must be noted all the same.
async fn write_behind_a_view_is_the_sessions<S: Turns>(setup: &[&str]) {
    let notebook = Notebook::<S>::new("behind").await;
    for statement in setup {
        notebook.master.execute_unprepared(statement).await.unwrap();
    }
    notebook.catch_up().await;
    let db = notebook.open(patient()).await;
    notebook.pause().await;
    for (ways, way) in (1..).zip([Way::Commit, Way::Master, Way::Bind, Way::Plain]) {
        let db = db.clone();
        // Each task is a session.
        let task = tokio::spawn(async move {
            let before = shelves(&db).await;
            assert_eq!(before, (0, "default.slave 1r".to_owned()), "{way:?}");
            way.read(&db).await;
            let after = shelves(&db).await;
            assert_eq!(after, (ways, "default.master 1r".to_owned()), "{way:?}");
        });
        task.await.unwrap();
    }
    notebook.resume().await;
    db.close().await.unwrap();
}

#[tokio::test]
async fn postgres_write_behind_a_view_is_the_sessions() {
    write_behind_a_view_is_the_sessions::<Postgres>(&POSTGRES).await;
}

#[tokio::test]
async fn mariadb_write_behind_a_view_is_the_sessions() {
    write_behind_a_view_is_the_sessions::<MariaDb>(&MYSQL).await;
}

#[tokio::test]
async fn mysql_write_behind_a_view_is_the_sessions() {
    write_behind_a_view_is_the_sessions::<MySql>(&MYSQL).await;
}

/// After `write`, another session reads each of `fresh` from the master and each of `others` from a slave.
async fn assert_process<S: Turns>(
    notebook: &Notebook<S>,
    write: &str,
    fresh: &[&str],
    others: &[&str],
) {
    // A handle of its own has noted no other write.
    let db = notebook.open(patient()).await.with(Consistency::Process);
    notebook.pause().await;
    db.execute_unprepared(write).await.unwrap();
    for (names, node) in [(fresh, "default.master 1r"), (others, "default.slave 1r")] {
        for name in names {
            let read = sql(&db, &format!("SELECT count(*) FROM {name}"));
            let (rows, by) = served(&db, db.query_one_raw(read)).await;
            assert!(rows.unwrap().is_some());
            assert_eq!(
                by,
                node,
                "{name} after {write}: {}",
                db.route(&sql(&db, &format!("SELECT count(*) FROM {name}")))
                    .unwrap()
            );
        }
    }
    notebook.resume().await;
    notebook.catch_up().await;
    db.close().await.unwrap();
}

#[tokio::test]
async fn postgres_process_takes_a_partition_its_parent_and_views_for_one() {
    let notebook = Notebook::<Postgres>::new("one_table").await;
    for statement in [
        "CREATE TABLE event (id int, at int) PARTITION BY RANGE (at)",
        "CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE parent (id int)",
        "CREATE TABLE heir () INHERITS (parent)",
        "CREATE VIEW events AS SELECT * FROM event",
        "CREATE VIEW few AS SELECT e.* FROM events e WHERE id < 10",
        "CREATE TABLE cake (id int PRIMARY KEY)",
        "CREATE TABLE slice (cake int REFERENCES cake ON DELETE CASCADE)",
        // What deletes nothing is nothing that a slave could lack.
        "INSERT INTO cake VALUES (1)",
        "INSERT INTO slice VALUES (1)",
        "CREATE TABLE crumb (id int)",
        "CREATE TABLE plate (id int)",
        "CREATE FUNCTION crumble() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO crumb VALUES (1); RETURN NEW; END'",
        "CREATE TRIGGER crumble AFTER INSERT ON plate FOR EACH ROW EXECUTE FUNCTION crumble()",
    ] {
        notebook.master.execute_unprepared(statement).await.unwrap();
    }
    notebook.catch_up().await;
    let all = ["event", "event_1", "events", "few"];
    for write in [
        "INSERT INTO event_1 VALUES (1, 1)",
        "INSERT INTO event VALUES (2, 2)",
        "INSERT INTO events VALUES (3, 3)",
    ] {
        assert_process(&notebook, write, &all, &["shelf", "parent", "cake"]).await;
    }
    let write = "INSERT INTO heir VALUES (1)";
    assert_process(&notebook, write, &["parent", "heir"], &["event", "shelf"]).await;
    let write = "DELETE FROM cake";
    assert_process(&notebook, write, &["cake", "slice"], &["event", "shelf"]).await;
    let write = "INSERT INTO plate VALUES (1)";
    assert_process(&notebook, write, &["plate", "crumb"], &[]).await;
}

async fn process_takes_views_for_their_tables<S: Turns>() {
    let notebook = Notebook::<S>::new("one_table").await;
    for statement in [
        "CREATE TABLE cake (id int PRIMARY KEY)",
        "CREATE TABLE slice (cake int, FOREIGN KEY (cake) REFERENCES cake (id) ON DELETE CASCADE)",
        "CREATE TABLE crumb (id int)",
        "CREATE TABLE plate (id int)",
        "CREATE TRIGGER crumble AFTER INSERT ON plate FOR EACH ROW INSERT INTO crumb VALUES (1)",
        "CREATE VIEW cakes AS SELECT * FROM cake",
        "CREATE VIEW few AS SELECT id FROM cakes WHERE id < 10",
    ] {
        notebook.master.execute_unprepared(statement).await.unwrap();
    }
    notebook.catch_up().await;
    for write in [
        "INSERT INTO cake VALUES (1)",
        "INSERT INTO cakes VALUES (2)",
    ] {
        assert_process(
            &notebook,
            write,
            &["cake", "cakes", "few"],
            &["shelf", "crumb"],
        )
        .await;
    }
    let write = "DELETE FROM few WHERE id = 1";
    assert_process(&notebook, write, &["cakes", "slice"], &["shelf"]).await;
    let write = "INSERT INTO plate VALUES (1)";
    assert_process(&notebook, write, &["plate", "crumb"], &[]).await;
}

#[tokio::test]
async fn mariadb_process_takes_views_for_their_tables() {
    process_takes_views_for_their_tables::<MariaDb>().await;
}

#[tokio::test]
async fn mysql_process_takes_views_for_their_tables() {
    process_takes_views_for_their_tables::<MySql>().await;
}
