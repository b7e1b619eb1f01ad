//! What the route costs a statement: `cargo bench --bench route`.
//!
//! Each figure is for one statement on nodes that do no I/O; what counts is the difference to `bare` in the same run.

mod node;

use std::{hint::black_box, time::Duration};

use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use node::{LONG, SHORT, mock, routed, statement};
use sea_orm::{
    ConnectionTrait, Statement,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};
use tokio::{
    runtime::{Builder, Runtime},
    time::Instant,
};

/// A mock logs its statements, so it is replaced before its log matters.
const STATEMENTS_PER_MOCK: u64 = 1_000;

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

fn bench_built<C: ConnectionTrait>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    connect: impl Fn() -> C,
    query: &SelectStatement,
) {
    let runtime = Builder::new_current_thread()
        .build()
        .expect("a runtime without drivers");
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|iterations| {
            let rounds = rounds(iterations).map(|round| {
                let db = connect();
                let started = Instant::now();
                runtime.block_on(async {
                    for _ in 0..round {
                        black_box(db.query_one(query).await.is_err());
                    }
                });
                started.elapsed()
            });
            rounds.sum()
        });
    });
}

fn rounds(iterations: u64) -> impl Iterator<Item = u64> {
    let full = (0..iterations / STATEMENTS_PER_MOCK).map(|_| STATEMENTS_PER_MOCK);
    full.chain([iterations % STATEMENTS_PER_MOCK])
}

fn bench<C: ConnectionTrait>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    connect: impl Fn() -> C,
    text: impl Fn(u64) -> String,
) {
    let runtime = Builder::new_current_thread()
        .build()
        .expect("a runtime without drivers");
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
            black_box(db.query_one_raw(statement).await.is_err());
        }
    });
    started.elapsed()
}

criterion_group!(benches, route, built);
criterion_main!(benches);
