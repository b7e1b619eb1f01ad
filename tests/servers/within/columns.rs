use sea_orm::{ConnectionTrait, QueryResult, StreamTrait, TransactionTrait};
use sea_orm_routing::RoutingDatabase;
use test_cluster::on_servers;
use tokio_stream::StreamExt;

use super::estate::{Estate, Lodges};
use crate::replicated::sql;

const SELECT: &str = "SELECT * FROM thing WHERE id = 1";

fn described(row: &QueryResult) -> String {
    let names = row.column_names().join(",");
    let long = row.try_get::<i64>("", "count");
    let word = row.try_get::<String>("", "count");
    let count = long.map(|long| long.to_string()).or(word);
    format!("{names}={}", count.unwrap())
}

async fn found(db: &RoutingDatabase, way: usize) -> String {
    let select = sql(db, SELECT);
    match way {
        0 => described(&db.query_one_raw(select).await.unwrap().unwrap()),
        1 => described(&db.query_all_raw(select).await.unwrap()[0]),
        2 => {
            let transaction = db.begin().await.unwrap();
            let row = transaction.query_one_raw(select).await.unwrap().unwrap();
            transaction.commit().await.unwrap();
            described(&row)
        }
        _ => {
            let mut rows = db.stream_raw(select).await.unwrap();
            described(&rows.next().await.unwrap().unwrap())
        }
    }
}

/// Tenants that are migrated one after the other have other columns meanwhile, and one text is prepared for all.
async fn tables_may_differ<S: Lodges>() {
    let estate = Estate::<S>::new("columns").await;
    let tables = [
        ("a", "id int, count bigint", "(1, 7)"),
        (
            "b",
            "id bigint, more int, count varchar(9)",
            "(1, 1, 'seven')",
        ),
        ("default", "count bigint, id int", "(8, 1)"),
    ];
    for (tenant, columns, row) in tables {
        let of = estate.prefix(tenant);
        estate
            .write(&format!("CREATE TABLE {of}thing ({columns})"))
            .await;
        estate
            .write(&format!("INSERT INTO {of}thing VALUES {row}"))
            .await;
    }
    estate.notebook.catch_up().await;
    let db = &estate.open(1).await;
    for round in 0..24 {
        let (tenant, expected) = [
            ("a", "id,count=7"),
            ("b", "id,more,count=seven"),
            ("default", "count,id=8"),
        ][round % 3];
        let handle = db.bind(tenant).unwrap();
        let handle = if round % 2 == 0 {
            handle.master()
        } else {
            handle
        };
        for way in [round / 3 % 4, (round / 3 + round) % 4] {
            assert_eq!(
                found(&handle, way).await,
                expected,
                "round {round}, way {way}"
            );
        }
    }
}

on_servers!(tables_may_differ: Postgres, MariaDb, MySql);
