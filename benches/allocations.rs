//! Heap allocations that the route adds to a statement: `cargo bench --bench allocations`.

#![allow(clippy::print_stdout, reason = "printing is what a bench is for")]

mod node;

use std::hint::black_box;

use node::{LONG, SHORT, mock, routed, statement};
use sea_orm::ConnectionTrait;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const STATEMENTS: u64 = 1_000;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let _profiler = dhat::Profiler::builder().testing().build();
    println!("allocations per statement, mean of {STATEMENTS}");
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

async fn warm(sql: &str) -> sea_orm_routing::RoutingDatabase {
    let db = routed();
    black_box(db.query_one_raw(statement(sql)).await.is_err());
    db
}

async fn counted<C: ConnectionTrait>(db: &C, text: impl Fn(u64) -> String) -> f64 {
    let statements: Vec<_> = (0..STATEMENTS)
        .map(|number| statement(&text(number)))
        .collect();
    let before = dhat::HeapStats::get().total_blocks;
    for statement in statements {
        black_box(db.query_one_raw(statement).await.is_err());
    }
    (dhat::HeapStats::get().total_blocks - before) as f64 / STATEMENTS as f64
}
