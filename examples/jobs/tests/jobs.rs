//! A writer, a worker and a batch, each with databases of its own opening: which node served them, and what they read.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where its fixture can't be made"
)]

use std::{process::Command, time::Duration};

use jobs_example::{batch::recount, job, note, prepare, queue, worker::work, write};
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    recording::RecordedStatement,
    testing::{Lab, served},
};
use test_cluster::{ClusterError, PostgresCluster, until};

/// So long that no slave is ever too far behind: only a session's own writes send its reads to the master.
const HOUR: Duration = Duration::from_secs(3600);

fn nodes(ran: &[RecordedStatement]) -> Vec<String> {
    ran.iter().map(|ran| ran.route.node.to_string()).collect()
}

async fn words(db: &RoutingDatabase) -> Vec<Option<i32>> {
    let notes = note::Entity::find().order_by_asc(note::COLUMN.id);
    let notes = notes.all(db).await.unwrap();
    notes.into_iter().map(|note| note.words).collect()
}

/// Over notes whose slave knows of none.
async fn worker_reads_what_the_writer_has_written(
    writer: &RoutingDatabase,
    worker: &RoutingDatabase,
) {
    let session = writer.session_from("");
    let first = session
        .scope(write(writer, "Flour and water"))
        .await
        .unwrap();
    let strange = worker.session_from("");
    let missed = note::Entity::find_by_id(first).one(&strange);
    let missed = served(worker, missed).await;
    assert_eq!(missed.nodes(), ["default.slave-1"], "what has no token");
    assert_eq!(missed.output.unwrap(), None);

    let mut done = Vec::new();
    let told = |job: &job::Model, ran: &[RecordedStatement]| done.push((job.note, nodes(ran)));
    // In a task of its own, as in a process of its own.
    work(worker, told).await.unwrap();
    let [(note, ran)] = &done[..] else {
        panic!("one job: {done:?}");
    };
    assert_eq!(*note, first);
    assert_eq!(ran[0], "master", "a slave has not got it: {ran:?}");
    assert_eq!(words(&worker.master()).await, [Some(3)]);
    assert_eq!(queue::take(writer).await.unwrap(), None, "the job is done");
}

#[tokio::test]
async fn on_sqlite() {
    let lab = lab().await;
    lab.lag("slave-1", HOUR);
    worker_reads_what_the_writer_has_written(lab.db(), lab.db()).await;
}

async fn lab() -> Lab {
    let lab = Lab::new().bind("queue", 0).slaves(1).start().await.unwrap();
    prepare(lab.db()).await.unwrap();
    lab.caught_up().await;
    lab
}

#[tokio::test]
async fn each_job_reads_from_a_slave_that_has_what_its_writer_has_written() {
    let lab = lab().await;
    let db = lab.db();
    for text in ["Flour and water", "Salt"] {
        let session = db.session_from("");
        session.apart(write(db, text)).await.unwrap();
    }
    lab.caught_up().await;
    lab.lag("slave-1", HOUR);
    let mut done = Vec::new();
    work(db, |_, ran| done.push(nodes(ran))).await.unwrap();
    assert_eq!(done.len(), 2);
    for ran in &done {
        assert_eq!(
            ran[0], "slave-1",
            "the first job's write is no other job's: {done:?}"
        );
        assert!(ran[1..].iter().all(|node| node == "master"), "{done:?}");
    }
    assert_eq!(words(&db.master()).await, [Some(3), Some(1)]);
}

#[tokio::test]
async fn each_page_of_a_batch_is_read_from_slaves_although_it_writes() {
    let lab = lab().await;
    let db = lab.db();
    for text in ["one", "one two", "one two three"] {
        let session = db.session_from("");
        session.apart(write(db, text)).await.unwrap();
    }
    lab.caught_up().await;
    lab.lag("slave-1", HOUR);
    let mut pages = Vec::new();
    let counted = recount(db, 2, |ran| pages.push(nodes(ran))).await.unwrap();
    assert_eq!(counted, 3);
    assert_eq!(pages.len(), 3, "two with notes, and one without: {pages:?}");
    for page in &pages {
        assert_eq!(page[0], "slave-1", "{pages:?}");
        assert!(page[1..].iter().all(|node| node == "master"), "{pages:?}");
    }
    assert_eq!(words(&db.master()).await, [Some(1), Some(2), Some(3)]);
}

#[tokio::test]
async fn no_two_workers_get_one_job() {
    let lab = lab().await;
    let db = lab.db();
    for note in 1..=20 {
        queue::push(db, note).await.unwrap();
    }
    let take = || async {
        let mut taken = Vec::new();
        while let Some(job) = queue::take(db).await.unwrap() {
            taken.push(job.note);
        }
        taken
    };
    let (mut one, other) = tokio::join!(take(), take());
    one.extend(other);
    one.sort_unstable();
    assert_eq!(one, (1..=20).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_by_the_addresses_in_the_environment() {
    let cluster = PostgresCluster::start(1).await.unwrap();
    let notes = cluster.database("notes").await.unwrap();
    let jobs = cluster.database("jobs").await.unwrap();
    let addresses = |variable: &str| {
        Some(match variable {
            "DATABASE_URL" => notes.url(cluster.master()),
            "SLAVE_URL" => notes.url(cluster.slave(1)),
            "QUEUE_URL" => jobs.url(cluster.master()),
            _ => return None,
        })
    };
    let binds = BindsConfig::from_yaml_with(include_str!("../binds.yaml"), addresses);
    let mut binds = binds.unwrap();
    binds.routing.reads = binds.routing.reads.max_lag(HOUR);
    let open = || RoutingDatabase::from_config(binds.clone());
    let (writer, worker) = (open().await.unwrap(), open().await.unwrap());
    prepare(&writer).await.unwrap();
    let soon = Duration::from_secs(30);
    for db in [&writer, &worker] {
        let by_slave = || async {
            let strange = db.session_from("");
            let read = served(db, note::Entity::find().count(&strange)).await;
            Ok::<_, ClusterError>((read.nodes() == ["default.slave-1"]).then_some(()))
        };
        until("a slave that has the table", soon, by_slave)
            .await
            .unwrap();
    }
    cluster.slave(1).pause_replay().await.unwrap();
    worker_reads_what_the_writer_has_written(&writer, &worker).await;
    for db in [writer, worker] {
        db.close().await.unwrap();
    }
}

/// The processes of README.md, one after the other.
#[test]
fn commands_do_what_the_readme_says() {
    let directory = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jobs-example"));
        for variable in ["DATABASE_URL", "SLAVE_URL", "QUEUE_URL"] {
            command.env_remove(variable);
        }
        let ran = command
            .current_dir(directory.path())
            .args(arguments)
            .output();
        let ran = ran.unwrap();
        let said = String::from_utf8(ran.stdout).unwrap();
        (ran.status.success(), said)
    };
    let said = |text: &str| (true, text.to_owned());
    assert_eq!(run(&["write", "Flour and water"]), said("note 1\n"));
    assert_eq!(run(&["work"]), said("note 1: slave-1, master\n"));
    assert_eq!(run(&["work"]), said(""));
    assert_eq!(
        run(&["recount"]),
        said("page: slave-1\npage: slave-1\n0 notes were counted\n")
    );
    assert!(!run(&["bake"]).0);
}
