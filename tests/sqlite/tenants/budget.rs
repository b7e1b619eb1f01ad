//! Connections of all binds together.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use sea_orm::{StreamTrait, TransactionTrait};
use sea_orm_routing::{BindsConfig, RoutingError, config::RoutingConfig};
use tokio::{task::JoinSet, time::Instant};
use tokio_stream::StreamExt;

use super::{
    files::{Shards, create, names, patient, tenant, tenants, write},
    routing_error,
};

/// `default` and `reports` are in memory, and never closed.
const BASE: u32 = 2;

async fn shards(count: usize, budget: u32, patience: Duration) -> Shards {
    let change = |config: BindsConfig| {
        config
            .pool(patient(patience))
            .routing(RoutingConfig::new().connection_budget(BASE + budget))
    };
    Shards::new(&names(count), false, |bind| bind, change).await
}

#[tokio::test]
async fn shard_that_was_used_longest_ago_is_closed_first() {
    let shards = shards(5, 3, Duration::from_secs(10)).await;
    // One speaks for the catalogues of all.
    shards.until_open(&["t0"]).await;
    let [a, b, c, d, e] = ["t0", "t1", "t2", "t3", "t4"].map(|name| shards.shard(name));
    for shard in [&a, &b, &c] {
        create(shard).await;
    }
    shards.until_open(&["t0", "t1", "t2"]).await;
    assert_eq!(tenants(&a).await.unwrap(), [""; 0]);
    create(&d).await;
    shards.until_open(&["t0", "t2", "t3"]).await;
    create(&e).await;
    shards.until_open(&["t0", "t3", "t4"]).await;
    // What is held stays.
    let transaction = d.begin().await.unwrap();
    write(&transaction, "t3").await.unwrap();
    for shard in [&b, &c, &a] {
        write_once(shard).await;
    }
    shards.until_open(&["t0", "t2", "t3"]).await;
    transaction.commit().await.unwrap();
}

async fn write_once(shard: &sea_orm_routing::RoutingDatabase) {
    create(shard).await;
    write(shard, "one").await.unwrap();
}

#[tokio::test]
async fn who_finds_all_in_use_waits_and_gets_a_typed_error_in_the_end() {
    let patience = Duration::from_millis(300);
    let shards = shards(4, 2, patience).await;
    let [a, b, c, d] = ["t0", "t1", "t2", "t3"].map(|name| shards.shard(name));
    for shard in [&a, &b, &c, &d] {
        create(shard).await;
    }
    write(&b, "t1").await.unwrap();
    // One task holds what there is, and wants more.
    let transaction = a.begin().await.unwrap();
    write(&transaction, "t0").await.unwrap();
    let mut stream = b.stream_raw(all()).await.unwrap();
    assert!(stream.next().await.unwrap().is_ok());
    for shard in [&c, &d] {
        let began = Instant::now();
        let error = write(shard, "no").await.unwrap_err();
        assert!(RoutingError::is_unavailable(&error), "{error}");
        assert!(!RoutingError::may_have_happened(&error), "{error}");
        assert!(began.elapsed() >= patience);
        let text = error.to_string();
        let error = routing_error(error);
        assert!(
            matches!(error, RoutingError::OutOfConnections { .. }),
            "{error}"
        );
        assert!(text.contains("all 4 of `connection_budget`"), "{text}");
        let error = shard.begin().await.err().unwrap();
        assert!(RoutingError::is_unavailable(&error), "{error}");
    }
    // What was begun goes on.
    write(&transaction, "t0").await.unwrap();
    transaction.commit().await.unwrap();
    write(&c, "t2").await.unwrap();
    drop(stream);
    write(&d, "t3").await.unwrap();
    assert_eq!(tenants(&a).await.unwrap(), ["t0", "t0"]);
    assert_eq!(tenants(&c).await.unwrap(), ["t2"]);
    assert_eq!(tenants(&d).await.unwrap(), ["t3"]);
}

fn all() -> sea_orm::Statement {
    sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, "SELECT tenant FROM note")
}

#[tokio::test]
async fn who_gives_up_waiting_leaves_nothing_behind() {
    let shards = shards(3, 1, Duration::from_secs(30)).await;
    let [a, b, c] = ["t0", "t1", "t2"].map(|name| shards.shard(name));
    for shard in [&a, &b, &c] {
        create(shard).await;
    }
    let transaction = a.begin().await.unwrap();
    write(&transaction, "t0").await.unwrap();
    for _ in 0..5 {
        let waiting = tokio::time::timeout(Duration::from_millis(20), write(&b, "no"));
        assert!(waiting.await.is_err());
    }
    let waiting = tokio::spawn({
        let c = c.clone();
        async move { write(&c, "t2").await }
    });
    transaction.commit().await.unwrap();
    waiting.await.unwrap().unwrap();
    assert_eq!(tenants(&b).await.unwrap(), [""; 0]);
    shards.until_open(&["t1"]).await;
}

/// Many tasks on many shards with few connections: a busy shard does not keep the others from theirs.
#[tokio::test(flavor = "multi_thread")]
async fn budget_is_kept_under_load_and_everybody_gets_a_turn() {
    const TENANTS: usize = 16;
    const BUDGET: u32 = 4;
    let shards = shards(TENANTS, BUDGET, Duration::from_secs(60)).await;
    for name in names(TENANTS) {
        create(&shards.shard(&name)).await;
    }
    let is_over = AtomicBool::new(false);
    let mut most = 0;
    let watch = async {
        while !is_over.load(Ordering::Relaxed) {
            // The kernel's list changes while it is read: what two of them have was open between them.
            let (one, two) = (shards.open(), shards.open());
            most = most.max(one.intersection(&two).count());
            tokio::task::yield_now().await;
        }
    };
    let work = async {
        let mut tasks = JoinSet::new();
        for number in 0..48 {
            // A third of all works on one.
            let tenant_number = if number % 3 == 0 { 0 } else { number % TENANTS };
            let name = format!("t{tenant_number}");
            let db = shards.shard(&name);
            tasks.spawn(async move {
                for round in 0..20 {
                    let id = match round % 4 {
                        0 => {
                            let transaction = db.begin().await.unwrap();
                            let id = write(&transaction, &name).await.unwrap();
                            transaction.commit().await.unwrap();
                            id
                        }
                        _ => write(&db, &name).await.unwrap(),
                    };
                    assert_eq!(tenant(&db, id).await.unwrap(), Some(name.clone()));
                }
                name
            });
        }
        let mut rows = std::collections::HashMap::new();
        while let Some(ended) = tasks.join_next().await {
            *rows.entry(ended.unwrap()).or_insert(0) += 20;
        }
        is_over.store(true, Ordering::Relaxed);
        rows
    };
    let ((), rows) = tokio::join!(watch, work);
    for (name, count) in rows {
        assert_eq!(
            tenants(&shards.shard(&name)).await.unwrap(),
            vec![name.clone(); count]
        );
    }
    println!("at most {most} of {BUDGET} files were open");
    assert!(most <= BUDGET as usize, "{most} were open");
    assert_eq!(most, BUDGET as usize, "all of it is used");
}
