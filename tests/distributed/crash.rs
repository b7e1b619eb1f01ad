use std::{
    fmt::{self, Write as _},
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};

use sea_orm_routing::{Atomicity, DistributedTransaction, RoutingDatabase};
use tokio::sync::Notify;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context, prelude::*};

use crate::books::{BINDS, Books, Place, SOON, open, write};
use test_cluster::until;

/// Tells a second process what to do: its binds' URLs, the number of its transaction and the step that it does not live
/// to see.
const ORDERS: &str = "BOOKS_ORDERS";

/// What the lines of the second process begin with that name its steps.
const STEP: &str = "step: ";

/// The last step, which its caller does not wait for.
const FORGET: &str = "DELETE FROM sea_orm_routing_decision";

static FORGETS: Notify = Notify::const_new();

/// The second process: one transaction over all binds, and death just before one of its steps.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the crash matrix runs it in a process of its own"]
async fn second_process_dies_where_a_first_one_says() {
    let orders = std::env::var(ORDERS).expect("a first process gives its orders");
    let mut orders = orders.split(' ');
    let fatal: usize = orders.next().unwrap().parse().unwrap();
    let id: u32 = orders.next().unwrap().parse().unwrap();
    let urls: Vec<_> = orders.map(str::to_owned).collect();
    let db = open(&urls.try_into().unwrap()).await;
    let steps = Steps {
        fatal,
        taken: AtomicUsize::new(0),
    };
    let filter = tracing_subscriber::filter::Targets::new()
        .with_target("sea_orm_routing", tracing::Level::DEBUG);
    tracing_subscriber::registry()
        .with(steps.with_filter(filter))
        .init();
    let transaction = begin(&db).await;
    write(&transaction, &[0, 1, 2], id).await.unwrap();
    transaction.commit().await.unwrap();
    FORGETS.notified().await;
    db.close().await.unwrap();
}

async fn begin(db: &RoutingDatabase) -> DistributedTransaction {
    db.begin_across(BINDS, Atomicity::TwoPhase).await.unwrap()
}

/// Names each step, and ends the process before one of them: nothing in it is told, as if it were killed.
struct Steps {
    fatal: usize,
    taken: AtomicUsize,
}

impl<S: Subscriber> Layer<S> for Steps {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut step = Step::default();
        event.record(&mut step);
        let Some(sql) = step.sql else { return };
        println!(
            "\n{STEP}{} on {}",
            sql.trim(),
            step.bind.unwrap_or_default()
        );
        if self.taken.fetch_add(1, Ordering::Relaxed) == self.fatal {
            std::process::abort();
        }
        if sql == FORGET {
            FORGETS.notify_one();
        }
    }
}

#[derive(Default)]
struct Step {
    sql: Option<String>,
    bind: Option<String>,
}

impl Visit for Step {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "sql" => self.sql = Some(format!("{value:?}")),
            "bind" => self.bind = Some(format!("{value:?}")),
            _ => {}
        }
    }
}

/// What a crash before one step left, and what recovery made of it.
struct Row {
    step: String,
    prepared: usize,
    recovered: [bool; 3],
}

/// Kills a process before each step of a transaction, one after the other, until it lives to the end.
async fn crashes_between_every_two_steps(name: &str, places: [Place; 3]) {
    let books = Books::new(name, places).await;
    let db = books.open().await;
    let mut rows = Vec::new();
    for fatal in 0.. {
        let id = u32::try_from(fatal).unwrap();
        let (steps, lived) = run_second_process(&books, fatal, id);
        let prepared = books.prepared().await;
        recover(&books, &db).await;
        let step = steps.last().cloned().unwrap();
        let recovered = books.show(id).await;
        let is_committed = steps[..steps.len() - usize::from(!lived)]
            .iter()
            .any(|step| step == "COMMIT on default");
        // Before the first bind's COMMIT nothing has happened, and after it everything has.
        assert_eq!(recovered, [is_committed; 3], "{places:?}, before {step}");
        if lived {
            break;
        }
        rows.push(Row {
            step,
            prepared,
            recovered,
        });
    }
    println!("{}", table(places, &rows));
    assert!(
        rows.iter()
            .any(|row| row.prepared == 2 && row.recovered == [false; 3])
    );
    assert!(
        rows.iter()
            .any(|row| row.prepared == 2 && row.recovered == [true; 3])
    );
    assert!(
        rows.iter()
            .any(|row| row.prepared == 1 && row.recovered == [true; 3])
    );
}

/// The steps that it has named, and whether it lived to its end.
fn run_second_process(books: &Books, fatal: usize, id: u32) -> (Vec<String>, bool) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "crash::second_process_dies_where_a_first_one_says",
        ])
        .arg("--nocapture")
        .env(ORDERS, format!("{fatal} {id} {}", books.urls.join(" ")))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let steps = printed.lines().filter_map(|line| line.strip_prefix(STEP));
    (steps.map(named).collect(), output.status.success())
}

/// A step without the names of branches and rows.
fn named(step: &str) -> String {
    let (sql, bind) = step.rsplit_once(" on ").unwrap();
    let sql = sql.split(" (").next().unwrap();
    let sql = sql.split(" '").next().unwrap();
    let sql = match sql {
        // Its two statements are sent as one.
        "XA END" => "XA PREPARE",
        sql => sql,
    };
    format!("{sql} on {bind}")
}

/// A server takes a moment to see that a connection is gone, and MySQL lets nobody end its branch until then.
async fn recover(books: &Books, db: &RoutingDatabase) {
    until("nothing is left prepared", SOON, || async {
        let recovery = db.recover_prepared().await;
        let is_done = recovery.is_complete() && books.prepared().await == 0;
        Ok(is_done.then_some(()))
    })
    .await
    .unwrap();
    assert_eq!(books.commitments().await, 0);
}

fn table(places: [Place; 3], rows: &[Row]) -> String {
    let mut table = format!(
        "\n`default` on {:?}, `second` on {:?}, `third` on {:?}:\n\n",
        places[0], places[1], places[2]
    );
    table += "| killed before | prepared then | recovered, all binds |\n|---|---|---|\n";
    for Row {
        step,
        prepared,
        recovered,
    } in rows
    {
        let recovered = match recovered {
            [true, true, true] => "have it",
            [false, false, false] => "have it not",
            _ => "DIFFER",
        };
        writeln!(table, "| {step} | {prepared} | {recovered} |").unwrap();
    }
    table
}

#[tokio::test(flavor = "multi_thread")]
async fn all_binds_have_it_or_none_when_postgres_decides() {
    let places = [Place::Postgres, Place::Postgres, Place::MariaDb];
    crashes_between_every_two_steps("crash_postgres", places).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_binds_have_it_or_none_when_mariadb_decides() {
    let places = [Place::MariaDb, Place::MariaDb, Place::Postgres];
    crashes_between_every_two_steps("crash_mariadb", places).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_binds_have_it_or_none_when_sqlite_decides() {
    let places = [Place::Sqlite, Place::Postgres, Place::MariaDb];
    crashes_between_every_two_steps("crash_sqlite", places).await;
}
