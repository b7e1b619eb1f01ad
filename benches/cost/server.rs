use std::{fs, hint::black_box, time::Duration};

use log::LevelFilter;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, SqlxMySqlConnector,
    SqlxPostgresConnector, SqlxSqliteConnector,
};
use sea_orm_routing::{
    RoutingDatabase,
    config::{BindConfig, BindsConfig, FreshnessSource, NodeConfig, PoolConfig, ReadsConfig},
};
use tokio::runtime::Builder;

use crate::valgrind::{Cost, Run, cost};

const STATEMENTS: u64 = 1_000;

/// How often the instructions are counted: whether an answer is there when it is looked for depends on the server.
const COUNTS: usize = 7;

/// Pairs of runs whose CPU time is compared.
const PAIRS: usize = 20;

/// Of the slave, which is the master again, it is assumed that it lags: nobody has to ask it, and no run writes.
const LAG: Duration = Duration::from_secs(3_600);

mod piece {
    #![allow(
        missing_docs,
        unreachable_pub,
        reason = "SeaORM's macros want public entities without docs"
    )]

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "cost_of_a_read")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Prints what a `find_by_id` costs the client of the database at `url`: plain, and routed.
pub(crate) fn print(url: &str) {
    println!("| way | instructions | bytes moved | allocations |");
    println!("|---|---|---|---|");
    let [plain, routed] = ["plain", "routed"].map(|way| {
        let median = median(way, url);
        println!(
            "| {way} | {:.0} | {:.0} | {:.1} |",
            median.instructions, median.bytes, median.allocations
        );
        median
    });
    println!(
        "| ratio | {:.2} | {:.2} | {:.2} |",
        routed.instructions / plain.instructions,
        routed.bytes / plain.bytes,
        routed.allocations / plain.allocations
    );
    let mut ratios = ratios_of_time(url);
    ratios.sort_by(f64::total_cmp);
    println!(
        "CPU time, routed to plain, in {PAIRS} pairs of runs: median {:.3}, from {:.3} to {:.3}",
        ratios[PAIRS / 2],
        ratios[0],
        ratios[PAIRS - 1]
    );
}

pub(crate) fn arguments(way: &str, url: &str) -> Run {
    ["server", "run", way, url].map(str::to_owned).to_vec()
}

/// Reads one row again and again.
pub(crate) fn run(way: &str, url: &str, statements: u64) {
    runtime().block_on(async {
        let (plain, routed) = connect(url).await;
        match way {
            "plain" => repeat(&plain, statements).await,
            "routed" => repeat(&routed, statements).await,
            other => panic!("no way is called {other}"),
        }
    });
}

fn median(way: &str, url: &str) -> Cost {
    let arguments = arguments(way, url);
    let mut costs: Vec<Cost> = (0..COUNTS).map(|_| cost(&arguments, STATEMENTS)).collect();
    costs.sort_by(|left, right| left.instructions.total_cmp(&right.instructions));
    costs[COUNTS / 2]
}

fn ratios_of_time(url: &str) -> Vec<f64> {
    runtime().block_on(async {
        let (plain, routed) = connect(url).await;
        let mut ratios = Vec::new();
        for pair in 0..PAIRS {
            let ratio = match pair % 2 {
                0 => {
                    let plain = time_of(&plain).await;
                    time_of(&routed).await / plain
                }
                _ => {
                    let routed = time_of(&routed).await;
                    routed / time_of(&plain).await
                }
            };
            ratios.push(ratio);
        }
        ratios
    })
}

async fn time_of<C: ConnectionTrait>(db: &C) -> f64 {
    repeat(db, 100).await;
    let before = cpu_time();
    repeat(db, 2 * STATEMENTS).await;
    cpu_time() - before
}

/// Nanoseconds that all threads have run.
fn cpu_time() -> f64 {
    let threads = fs::read_dir("/proc/self/task").expect("Linux lists threads");
    threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok())
        .filter_map(|text| text.split(' ').next()?.parse::<f64>().ok())
        .sum()
}

async fn repeat<C: ConnectionTrait>(db: &C, statements: u64) {
    for _ in 0..statements {
        let piece = piece::Entity::find_by_id(1).one(db).await;
        black_box(
            piece
                .expect("the database answers")
                .expect("the row is there"),
        );
    }
}

/// A plain connection and a handle that splits reads, with pools of the same options.
async fn connect(url: &str) -> (DatabaseConnection, RoutingDatabase) {
    let pool = PoolConfig::new()
        .max_connections(1)
        .statement_log(LevelFilter::Off);
    let reads = ReadsConfig::new().freshness(FreshnessSource::Window(LAG));
    let bind = BindConfig::new("default", url)
        .slave(NodeConfig::new("slave-1", url))
        .reads(reads)
        .pool(pool);
    let routed = RoutingDatabase::from_config(BindsConfig::new().bind(bind))
        .await
        .expect("the database can be reached");
    let plain = match routed.get_database_backend() {
        DbBackend::Postgres => SqlxPostgresConnector::from_sqlx_postgres_pool(
            routed.get_postgres_connection_pool().clone(),
        ),
        DbBackend::MySql => {
            SqlxMySqlConnector::from_sqlx_mysql_pool(routed.get_mysql_connection_pool().clone())
        }
        _ => {
            SqlxSqliteConnector::from_sqlx_sqlite_pool(routed.get_sqlite_connection_pool().clone())
        }
    };
    prepare(&plain).await;
    (plain, routed)
}

async fn prepare(db: &DatabaseConnection) {
    for sql in [
        "CREATE TABLE IF NOT EXISTS cost_of_a_read (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL)",
        "DELETE FROM cost_of_a_read",
        "INSERT INTO cost_of_a_read VALUES (1, 'a')",
    ] {
        db.execute_unprepared(sql)
            .await
            .expect("the database takes a table");
    }
}

fn runtime() -> tokio::runtime::Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}
