//! The tables that a statement names, compared with those that the server says it touched.

use super::{
    mysql_family::{MariaDbWitness, MySqlWitness},
    postgres::PostgresWitness,
    sqlite::SqliteWitness,
    statements::statements,
    witness::Witness,
};

async fn tables_are_those_that_the_server_touches<W: Witness>() {
    let mut witness = W::open().await;
    let mut wrong = Vec::new();
    let (mut ran, mut refused) = (0, 0);
    for sql in W::FILES.iter().flat_map(|file| statements(file)) {
        match witness.wrong(&sql).await {
            Ok(faults) => {
                ran += 1;
                wrong.extend(faults.into_iter().map(|fault| format!("{fault}: {sql}")));
            }
            Err(why) => {
                refused += 1;
                if std::env::var_os("SHOW_REFUSED").is_some() {
                    println!("refused: {sql}\n    {why}");
                }
            }
        }
    }
    let server = W::SERVER;
    println!("{server} ran {ran} statements and refused {refused}");
    assert!(
        wrong.is_empty(),
        "{server}: {}\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(ran >= W::LEAST, "{server} ran only {ran}");
}

#[tokio::test]
async fn tables_are_those_that_postgres_touches() {
    tables_are_those_that_the_server_touches::<PostgresWitness>().await;
}

#[tokio::test]
async fn tables_are_those_that_mariadb_touches() {
    tables_are_those_that_the_server_touches::<MariaDbWitness>().await;
}

#[tokio::test]
async fn tables_are_those_that_mysql_touches() {
    tables_are_those_that_the_server_touches::<MySqlWitness>().await;
}

#[tokio::test]
async fn tables_are_those_that_sqlite_touches() {
    tables_are_those_that_the_server_touches::<SqliteWitness>().await;
}
