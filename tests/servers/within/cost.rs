use sea_orm::{ConnectionTrait, TransactionTrait};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    config::{BindConfig, PoolConfig},
};
use test_cluster::{MariaDb, Postgres, on_servers};
use tokio::{task::JoinSet, time::Instant};

use super::estate::{Estate, Lodges, sign};
use crate::replicated::sql;

const STATEMENTS: u32 = 2_000;
const TASKS: u32 = 8;

/// What a statement of a tenant costs beside itself, by the server's own log.
async fn only_a_change_of_tenant_costs_a_round_trip<S: Lodges>() {
    let estate = Estate::<S>::new("cost").await;
    let db = &estate.open(1).await;
    let [a, b] = ["a", "b"].map(|tenant| db.bind(tenant).unwrap().master());
    let sets = match S::NAME {
        "PostgreSQL" => "set_config",
        _ => "USE ",
    };
    // Prepared, and known to be so.
    for handle in [&a, &b, &a] {
        sign(handle).await;
    }
    let log = estate
        .notebook
        .cluster
        .master()
        .log_statements()
        .await
        .unwrap();
    let set = async || log.count(sets).await.unwrap();
    for _ in 0..20 {
        sign(&a).await;
    }
    assert_eq!(set().await, 0, "the connection has what it needs");
    for _ in 0..10 {
        sign(&b).await;
        sign(&a).await;
    }
    assert_eq!(set().await, 20, "each change is one");
    let transaction = a.begin().await.unwrap();
    for _ in 0..5 {
        sign(&transaction).await;
    }
    transaction.commit().await.unwrap();
    assert_eq!(set().await, 20, "it had it when the transaction began");
    sign(&a).await;
    assert_eq!(set().await, 21, "what a transaction leaves is not known");
}

on_servers!(only_a_change_of_tenant_costs_a_round_trip: Postgres, MariaDb);

/// Statements in a second, by tasks that take the handles in turn.
async fn rate(handles: &[RoutingDatabase], in_transactions: bool) -> f64 {
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let handles = handles.to_vec();
        tasks.spawn(async move {
            for n in 0..STATEMENTS / TASKS {
                let handle = &handles[(task + n) as usize % handles.len()];
                match in_transactions {
                    false => drop(sign(handle).await),
                    true => {
                        let transaction = handle.begin().await.unwrap();
                        sign(&transaction).await;
                        let insert = sql(handle, "INSERT INTO work (tag) VALUES ('x')");
                        transaction.execute_raw(insert).await.unwrap();
                        transaction.commit().await.unwrap();
                    }
                }
            }
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    f64::from(STATEMENTS) / began.elapsed().as_secs_f64()
}

/// Prints the figures of docs/tenants.md.
async fn shared_pool_beside_pools_of_ones_own<S: Lodges>() {
    let estate = Estate::<S>::new("rates").await;
    let shared = estate.open(4).await;
    let mut apart = BindsConfig::new();
    for (bind, pool) in [("default", None), ("a", Some(0)), ("b", Some(1))] {
        let database = &estate.notebook.database;
        let url = database.url(estate.notebook.cluster.master());
        apart = apart.bind(
            match pool.map(|index: usize| &estate.places[index].within) {
                Some(within) if within.schema.is_some() => {
                    let schema = within.schema.clone().unwrap();
                    let pool = PoolConfig::new().schema_search_path(schema);
                    BindConfig::new(bind, url).pool(pool)
                }
                Some(within) => {
                    let own = within.database.clone().unwrap();
                    BindConfig::new(bind, url.replace(database.name(), &own))
                }
                None => BindConfig::new(bind, url),
            },
        );
    }
    let pool = PoolConfig::new().max_connections(4);
    let apart = RoutingDatabase::from_config(apart.pool(pool))
        .await
        .unwrap();
    let of = |db: &RoutingDatabase, tenants: &[&str]| -> Vec<_> {
        let handle = |tenant: &&str| db.bind(tenant).unwrap().master();
        tenants.iter().map(handle).collect()
    };
    for (kind, in_transactions) in [("reads", false), ("transactions", true)] {
        let own = rate(&of(&apart, &["a", "b"]), in_transactions).await;
        let one = rate(&of(&shared, &["a"]), in_transactions).await;
        let two = rate(&of(&shared, &["a", "b"]), in_transactions).await;
        println!(
            "{} {kind} a second: {own:.0} with a pool for each of two tenants, {one:.0} of one tenant on a shared pool, \
             {two:.0} of two on a shared pool",
            S::NAME
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: a shared pool whose tenants alternate, against a pool for each"]
async fn alternating_tenants() {
    shared_pool_beside_pools_of_ones_own::<Postgres>().await;
    shared_pool_beside_pools_of_ones_own::<MariaDb>().await;
}
