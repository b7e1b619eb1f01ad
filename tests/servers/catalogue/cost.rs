use crate::replicated::{Notebook, patient, sql};
use sea_orm::ConnectionTrait;
use sea_orm_routing::Role;
use test_cluster::Postgres;
use tokio::time::Instant;

/// A batch of 500 relations: tables with sequences, partitions, and views over a function with effects.
fn batch(number: usize) -> String {
    let (first, last) = (number * 100, number * 100 + 99);
    format!(
        "DO $$ BEGIN FOR n IN {first}..{last} LOOP \
         EXECUTE format('CREATE TABLE t%s (id serial PRIMARY KEY, note int)', n); \
         EXECUTE format('CREATE TABLE p%s PARTITION OF event FOR VALUES IN (%s)', n, n); \
         EXECUTE format('CREATE VIEW v%s AS SELECT id, bake(note) AS n FROM t%s WHERE note > 1', n, n); \
         EXECUTE format('CREATE VIEW w%s AS SELECT v.id, e.at FROM v%s v JOIN event e ON e.at = v.n', n, n); \
         END LOOP; END $$"
    )
}

/// Kilobytes of this process that are in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn ten_thousand_relations_are_known() {
    let notebook = Notebook::<Postgres>::new("many").await;
    let mut took = Vec::new();
    for setup in [
        "CREATE TABLE event (at int) PARTITION BY LIST (at)",
        "CREATE FUNCTION bake(n int) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT n'",
    ] {
        notebook.master.execute_unprepared(setup).await.unwrap();
    }
    for batches in [0..0, 0..20] {
        for number in batches {
            notebook
                .master
                .execute_unprepared(&batch(number))
                .await
                .unwrap();
        }
        notebook.catch_up().await;
        let (began, before) = (Instant::now(), resident());
        let db = notebook.open(patient()).await;
        took.push((began.elapsed(), resident().saturating_sub(before)));
        let route = db.route(&sql(&db, "SELECT at FROM w1999")).unwrap();
        let expected = match took.len() {
            1 => Role::Slave,
            _ => Role::Master,
        };
        assert_eq!(route.role, expected, "{route}");
        db.close().await.unwrap();
    }
    println!(
        "connecting without relations and with 10,000, and kilobytes more in memory: {took:?}"
    );
}
