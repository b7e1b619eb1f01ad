//! What is called a read leaves nothing behind, on a server that would allow it everything.

use sea_orm_routing::classify::{Functions, classify};

use super::{
    mysql_family::{MariaDbWitness, MySqlWitness},
    postgres::PostgresWitness,
    sqlite::SqliteWitness,
    statements::statements,
    witness::Witness,
};

async fn reads_leave_nothing_behind<W: Witness>(files: &[&str]) {
    let mut witness = W::open().await;
    let mut wrong = Vec::new();
    let mut reads = 0;
    for sql in files.iter().flat_map(|file| statements(file)) {
        let class = classify(W::BACKEND, &sql, &Functions::builtin());
        if !class.is_read() && !class.asks_server() {
            continue;
        }
        if let Ok(remains) = witness.remains(&sql).await {
            reads += 1;
            wrong.extend(remains.map(|what| format!("{sql}: {what}")));
        }
    }
    let server = W::SERVER;
    println!("{server} ran {reads} reads, of which nothing was to be seen afterwards");
    assert!(wrong.is_empty(), "{server}:\n{}", wrong.join("\n"));
    assert!(reads >= 150, "{server} ran only {reads} reads");
}

#[tokio::test]
async fn reads_leave_nothing_behind_on_postgres() {
    let files = ["postgres.cases", "postgres.tables.sql", "postgres.own.sql"];
    reads_leave_nothing_behind::<PostgresWitness>(&files).await;
}

#[tokio::test]
async fn reads_leave_nothing_behind_on_mariadb() {
    let files = ["mysql.cases", "mysql.tables.sql", "mysql.own.sql"];
    reads_leave_nothing_behind::<MariaDbWitness>(&files).await;
}

#[tokio::test]
async fn reads_leave_nothing_behind_on_mysql() {
    let files = ["mysql.cases", "mysql.tables.sql", "mysql.own.sql"];
    reads_leave_nothing_behind::<MySqlWitness>(&files).await;
}

#[tokio::test]
async fn reads_leave_nothing_behind_on_sqlite() {
    let files = ["sqlite.cases", "sqlite.tables.sql"];
    reads_leave_nothing_behind::<SqliteWitness>(&files).await;
}
