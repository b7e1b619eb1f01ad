//! What the route costs a statement: `cargo bench --bench route`.
//!
//! Each figure is for one statement on nodes that do no I/O; what counts is the ratio to `bare` in the same run, which is
//! printed at the end.

mod node;

use std::{fs, hint::black_box, path::Path, time::Duration};

use criterion::{BenchmarkGroup, Criterion, criterion_group, measurement::WallTime};
use node::{LONG, SHORT, STATEMENTS, WRITE, mock, routed, statement};
use sea_orm::{
    ConnectionTrait, Statement,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};
use sea_orm_routing::{Consistency, RoutingDatabase};
use serde_json::Value;
use tokio::{
    runtime::{Builder, Runtime},
    time::Instant,
};

fn route(criterion: &mut Criterion) {
    for (name, sql) in [("70 bytes", SHORT), ("340 bytes", LONG)] {
        let mut group = criterion.benchmark_group(name);
        let texts = |_| sql.to_owned();
        bench(&mut group, "bare", mock, texts);
        bench(&mut group, "hit", routed, texts);
        bench(&mut group, "miss", routed, |number| {
            format!("{sql} -- {number}\n, 1")
        });
        group.finish();
    }
}

/// A query of SeaORM's builder, with a value: the way of all its own statements.
fn built(criterion: &mut Criterion) {
    let query = Query::select()
        .columns([Alias::new("id"), Alias::new("name")])
        .from(Alias::new("cake"))
        .cond_where(Expr::col(Alias::new("id")).eq(1))
        .to_owned();
    let mut group = criterion.benchmark_group("built");
    bench_built(&mut group, "bare", mock, &query);
    bench_built(&mut group, "hit", routed, &query);
    group.finish();
}

/// Reads of a text that has been seen, by what their session and the others have done. The nodes count as replicated: of
/// a mock it is assumed that it lags by 10 s, so the master serves who has written.
fn sessions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sessions");
    let mut case = |name, level, writer| {
        bench_session(&mut group, name, || routed().with(level), writer);
    };
    case("eventual", Consistency::Eventual, Writer::None);
    case("bounded", Consistency::Bounded, Writer::None);
    case("clean", Consistency::Session, Writer::None);
    case("clean among writers", Consistency::Session, Writer::Other);
    case("dirty", Consistency::Session, Writer::Own);
    case("process", Consistency::Process, Writer::Other);
    case("strong", Consistency::Strong, Writer::None);
    group.finish();
}

/// Whose session has written before the reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writer {
    None,
    Other,
    Own,
}

fn bench_session(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    connect: impl Fn() -> RoutingDatabase,
    writer: Writer,
) {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|iterations| {
            rounds(iterations)
                .map(|round| timed_session(&runtime, &connect(), round, writer))
                .sum()
        });
    });
}

/// The reads run in a task, whose number names their session; outside of it is another session.
fn timed_session(
    runtime: &Runtime,
    db: &RoutingDatabase,
    statements: u64,
    writer: Writer,
) -> Duration {
    let write = |db: RoutingDatabase| async move {
        black_box(
            db.execute_raw(statement(WRITE))
                .await
                .expect("the mock answers"),
        );
    };
    if writer == Writer::Other {
        runtime.block_on(write(db.clone()));
    }
    let db = db.clone();
    let task = runtime.spawn(async move {
        if writer == Writer::Own {
            write(db.clone()).await;
        }
        let statements: Vec<Statement> = (0..statements).map(|_| statement(SHORT)).collect();
        let started = Instant::now();
        for statement in statements {
            black_box(db.query_one_raw(statement).await.expect("the mock answers"));
        }
        started.elapsed()
    });
    runtime.block_on(task).expect("no statement panics")
}

fn bench_built<C: ConnectionTrait>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    connect: impl Fn() -> C,
    query: &SelectStatement,
) {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|iterations| {
            let rounds = rounds(iterations).map(|round| {
                let db = connect();
                let started = Instant::now();
                runtime.block_on(async {
                    for _ in 0..round {
                        black_box(db.query_one(query).await.expect("the mock answers"));
                    }
                });
                started.elapsed()
            });
            rounds.sum()
        });
    });
}

fn rounds(iterations: u64) -> impl Iterator<Item = u64> {
    let full = (0..iterations / STATEMENTS).map(|_| STATEMENTS);
    full.chain([iterations % STATEMENTS])
}

fn bench<C: ConnectionTrait>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    connect: impl Fn() -> C,
    text: impl Fn(u64) -> String,
) {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|iterations| {
            rounds(iterations)
                .map(|round| timed(&runtime, &connect(), round, &text))
                .sum()
        });
    });
}

fn timed<C: ConnectionTrait>(
    runtime: &Runtime,
    db: &C,
    statements: u64,
    text: &impl Fn(u64) -> String,
) -> Duration {
    let statements: Vec<Statement> = (0..statements)
        .map(|number| statement(&text(number)))
        .collect();
    let started = Instant::now();
    runtime.block_on(async {
        for statement in statements {
            black_box(db.query_one_raw(statement).await.expect("the mock answers"));
        }
    });
    started.elapsed()
}

/// Where Criterion writes its estimates.
const ESTIMATES: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/route");

/// Prints the times as ratios to the bare connection's, by the medians of this run.
#[allow(clippy::print_stdout, reason = "printing is what a bench is for")]
fn print_ratios() {
    for group in ["70 bytes", "340 bytes", "built"] {
        if let (Some(bare), Some(hit)) = (median(group, "bare"), median(group, "hit")) {
            println!(
                "{group}: routed takes {:.2} of the bare connection's time",
                hit / bare
            );
        }
    }
}

/// Nanoseconds; `None` if this run was told to leave it out.
fn median(group: &str, case: &str) -> Option<f64> {
    let path = format!("{ESTIMATES}/{group}/{case}/new/estimates.json");
    let estimates: Value = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
    estimates["median"]["point_estimate"].as_f64()
}

criterion_group!(
    name = benches;
    config = Criterion::default().output_directory(Path::new(ESTIMATES));
    targets = route, built, sessions
);

fn main() {
    // What another run has left would be compared with this one's.
    let _ = fs::remove_dir_all(ESTIMATES);
    benches();
    print_ratios();
}
