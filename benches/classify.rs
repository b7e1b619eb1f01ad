//! What classifying a text costs, by its length: `cargo bench --bench classify`.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sea_orm::DbBackend;
use sea_orm_routing::{
    __private::Memo,
    classify::{Functions, classify},
};

const LENGTHS: &[usize] = &[50, 100, 340, 1_000, 10_000, 100_000];

/// A SELECT of about `length` bytes: its condition is repeated.
fn text(length: usize) -> String {
    let mut sql = String::from("SELECT \"id\" FROM \"cake\" WHERE \"id\" = $1");
    while sql.len() + 40 <= length {
        sql.push_str(" OR lower(\"cake\".\"name\") IN ($2, 'a b c')");
    }
    sql
}

fn miss(criterion: &mut Criterion) {
    let functions = Functions::builtin();
    for backend in [DbBackend::Postgres, DbBackend::MySql, DbBackend::Sqlite] {
        let mut group = criterion.benchmark_group(format!("miss/{}", backend.as_str()));
        for &length in LENGTHS {
            let sql = text(length);
            group.throughput(Throughput::Bytes(sql.len() as u64));
            group.bench_with_input(BenchmarkId::from_parameter(length), &sql, |bencher, sql| {
                bencher.iter(|| classify(backend, black_box(sql), &functions));
            });
        }
        group.finish();
    }
}

fn hit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hit");
    let memo = Memo::new(16 << 20);
    for &length in &LENGTHS[..4] {
        for (name, sql) in [
            (format!("{length}"), text(length)),
            (
                format!("{length} traced"),
                format!("{} /* trace=4bf92f3577b34da6 */", text(length)),
            ),
        ] {
            memo.insert(DbBackend::Postgres, &sql, |_| ());
            group.bench_with_input(BenchmarkId::from_parameter(name), &sql, |bencher, sql| {
                bencher.iter(|| memo.get(DbBackend::Postgres, black_box(sql)).is_some());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, miss, hit);
criterion_main!(benches);
