//! Heap allocations that the route adds to a statement, and what a full memo holds:
//! `cargo bench --bench allocations`.

#![allow(clippy::print_stdout, reason = "printing is what a bench is for")]

mod node;

use std::hint::black_box;

use node::{LONG, SHORT, STATEMENTS, mock, routed, statement};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let _profiler = dhat::Profiler::builder().testing().build();
    full_memo();
    println!("allocations per statement, mean of {STATEMENTS}");
    built().await;
    for (name, sql) in [("70 bytes", SHORT), ("340 bytes", LONG)] {
        let bare = counted(&mock(), |_| sql.to_owned()).await;
        let hit = counted(&warm(sql).await, |_| sql.to_owned()).await;
        let miss = counted(&routed(), |number| format!("{sql} -- {number}\n, 1")).await;
        println!(
            "{name}: bare {bare:.2}, routed hit {hit:.2} (+{:.2}), routed miss {miss:.2}",
            hit - bare
        );
    }
}

/// A million distinct statements, of which the memo keeps what fits.
fn full_memo() {
    let db = routed();
    let before = dhat::HeapStats::get().curr_bytes;
    for number in 0..1_000_000 {
        let text =
            format!("SELECT \"cake\".\"name\" FROM \"cake\" WHERE \"cake\".\"id\" = {number}");
        black_box(db.route(&statement(&text)).is_ok());
    }
    let bytes = dhat::HeapStats::get().curr_bytes - before;
    println!(
        "memo full after a million distinct texts: {:.1} MiB",
        bytes as f64 / f64::from(1 << 20)
    );
}

async fn warm(sql: &str) -> sea_orm_routing::RoutingDatabase {
    let db = routed();
    black_box(
        db.query_one_raw(statement(sql))
            .await
            .expect("the mock answers"),
    );
    db
}

/// A query of SeaORM's builder, with a value: the way of all its own statements.
async fn built() {
    let query = Query::select()
        .columns([Alias::new("id"), Alias::new("name")])
        .from(Alias::new("cake"))
        .cond_where(Expr::col(Alias::new("id")).eq(1))
        .to_owned();
    let bare = counted_built(&mock(), &query).await;
    let hit = counted_built(&routed(), &query).await;
    println!(
        "built query: bare {bare:.2}, routed hit {hit:.2} (+{:.2})",
        hit - bare
    );
}

async fn counted_built<C: ConnectionTrait>(db: &C, query: &SelectStatement) -> f64 {
    black_box(db.query_one(query).await.expect("the mock answers"));
    let before = dhat::HeapStats::get().total_blocks;
    for _ in 0..STATEMENTS {
        black_box(db.query_one(query).await.expect("the mock answers"));
    }
    (dhat::HeapStats::get().total_blocks - before) as f64 / STATEMENTS as f64
}

async fn counted<C: ConnectionTrait>(db: &C, text: impl Fn(u64) -> String) -> f64 {
    let statements: Vec<_> = (0..STATEMENTS)
        .map(|number| statement(&text(number)))
        .collect();
    let before = dhat::HeapStats::get().total_blocks;
    for statement in statements {
        black_box(db.query_one_raw(statement).await.expect("the mock answers"));
    }
    (dhat::HeapStats::get().total_blocks - before) as f64 / STATEMENTS as f64
}
