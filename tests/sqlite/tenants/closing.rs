//! Shards that nobody uses are closed, and nobody notices.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use sea_orm::{ConnectionTrait, TransactionTrait};
use sea_orm_routing::{BindsConfig, config::IdleConfig};
use tokio::{task::JoinSet, time::sleep};

use super::files::{Shards, create, names, tenant, tenants, write};
use crate::support::served;

const IDLE: Duration = Duration::from_millis(50);

async fn shards(count: usize, has_slaves: bool) -> Shards {
    let closing = |bind: sea_orm_routing::config::BindConfig| bind.close_idle(IDLE);
    Shards::new(&names(count), has_slaves, closing, |config| config).await
}

#[tokio::test]
async fn idle_shard_is_closed_and_its_next_statement_opens_it_again() {
    let shards = shards(2, true).await;
    assert_eq!(shards.open().len(), 2, "slaves need a file to be there");
    shards.until_open(&[]).await;
    let (a, b) = (shards.shard("t0"), shards.shard("t1"));
    create(&a).await;
    let id = write(&a, "t0").await.unwrap();
    assert_eq!(tenants(&a).await.unwrap(), ["t0"]);
    for _ in 0..3 {
        shards.until_open(&[]).await;
        // The session that wrote it, on whatever node.
        assert_eq!(tenant(&a, id).await.unwrap().as_deref(), Some("t0"));
        assert!(shards.open().contains("t0"));
        assert!(!shards.open().contains("t1"));
    }
    create(&b).await;
    assert_eq!(tenants(&b).await.unwrap(), [""; 0]);
    shards.until_open(&[]).await;
    let (read, nodes) = served(&shards.db, tenants(&a)).await;
    assert_eq!(read.unwrap(), ["t0"]);
    assert_eq!(nodes, "tenants:t0.slave 1r", "as before it was closed");
}

#[tokio::test]
async fn what_holds_a_connection_keeps_its_shard_open() {
    let shards = shards(4, false).await;
    let [a, b, c, d] = ["t0", "t1", "t2", "t3"].map(|name| shards.shard(name));
    for shard in [&a, &b, &c, &d] {
        create(shard).await;
    }
    let transaction = a.begin().await.unwrap();
    write(&transaction, "t0").await.unwrap();
    let pool = b.get_sqlite_connection_pool();
    let lent = pool.acquire().await.unwrap();
    let held = c.master_connection();
    // `d` is closed as it would be without the others, and more than once.
    for _ in 0..3 {
        shards.until_open(&["t0", "t1"]).await;
        write(&d, "t3").await.unwrap();
        assert!(shards.open().contains("t3"));
    }
    transaction.commit().await.unwrap();
    drop(lent);
    // What was lent and is not used keeps nothing open, and is of use afterwards.
    shards.until_open(&[]).await;
    held.execute_unprepared("INSERT INTO note (tenant) VALUES ('t2')")
        .await
        .unwrap();
    assert_eq!(tenants(&c).await.unwrap(), ["t2"]);
    assert_eq!(tenants(&a).await.unwrap(), ["t0"]);
}

#[tokio::test]
async fn shard_in_memory_is_not_closed() {
    use sea_orm_routing::{RoutingDatabase, config::BindConfig};
    let directory = tempfile::tempdir().unwrap();
    let file = format!("sqlite://{}/file.db?mode=rwc", directory.path().display());
    let idle = || IdleConfig::new().close_idle(IDLE);
    let bind = |name: &str| BindConfig::new(name, "sqlite::memory:").idle(idle());
    let config = BindsConfig::new()
        .bind(BindConfig::new("default", "sqlite::memory:"))
        .bind(BindConfig::new("reports", "sqlite::memory:"))
        .bind(bind("tenants:memory"))
        .bind(BindConfig::new("tenants:file", file).idle(idle()));
    let db = RoutingDatabase::from_config(config).await.unwrap();
    let (memory, file) = (
        db.bind("tenants:memory").unwrap(),
        db.bind("tenants:file").unwrap(),
    );
    create(&memory).await;
    write(&memory, "memory").await.unwrap();
    let shards = Shards { db, directory };
    for _ in 0..3 {
        create(&file).await;
        shards.until_open(&[]).await;
    }
    assert_eq!(tenants(&memory).await.unwrap(), ["memory"]);
}

/// Each row names its tenant; tasks come and go so that shards are closed all the time, also while they are used.
#[tokio::test(flavor = "multi_thread")]
async fn no_statement_fails_and_no_write_is_missed_while_shards_close_and_open() {
    const TENANTS: usize = 8;
    const ROUNDS: usize = 80;
    let closing =
        |bind: sea_orm_routing::config::BindConfig| bind.close_idle(Duration::from_millis(1));
    let shards = Shards::new(&names(TENANTS), true, closing, |config| config).await;
    for name in names(TENANTS) {
        create(&shards.shard(&name)).await;
    }
    let (closed, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let watch = async {
        let mut before = shards.open();
        while !is_over.load(Ordering::Relaxed) {
            let now = shards.open();
            closed.fetch_add(before.difference(&now).count(), Ordering::Relaxed);
            before = now;
            sleep(Duration::from_millis(2)).await;
        }
    };
    let work = async {
        let mut tasks = JoinSet::new();
        for number in 0..TENANTS * 2 {
            let name = format!("t{}", number % TENANTS);
            let db = shards.shard(&name);
            tasks.spawn(async move {
                for round in 0..ROUNDS {
                    let id = write(&db, &name).await.unwrap();
                    assert_eq!(
                        tenant(&db, id).await.unwrap(),
                        Some(name.clone()),
                        "its own"
                    );
                    if round % 5 == 0 {
                        let all = tenants(&db).await.unwrap();
                        assert!(all.iter().all(|tenant| *tenant == name), "{all:?}");
                    }
                    // Around the time after which shards are closed.
                    let pause = (number * 7 + round * 13) % 61;
                    sleep(Duration::from_millis(pause as u64)).await;
                }
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
    };
    tokio::join!(watch, work);
    for name in names(TENANTS) {
        assert_eq!(
            tenants(&shards.shard(&name)).await.unwrap(),
            vec![name; 2 * ROUNDS]
        );
    }
    let closed = closed.into_inner();
    println!("{closed} closings were seen");
    assert!(closed > 20, "{closed} closings: nothing was proven");
}

#[test]
fn what_a_group_says_holds_for_its_shards_and_is_checked_once() {
    let yaml = |idle: &str| {
        format!(
            "binds:
  default: sqlite://a.db
  tenants:
    close_idle: {idle}
    shards:
      eu: sqlite://eu.db
      us: {{ master: 'sqlite://us.db', close_idle: 1h }}
    template: 'sqlite://{{key}}.db'
routing: {{ connection_budget: 20 }}
"
        )
    };
    let config = BindsConfig::from_yaml(&yaml("10m")).unwrap();
    let of = |idle: &IdleConfig| idle.close_idle.map(|time| time.as_secs() / 60);
    let binds: Vec<_> = config.binds.iter().map(|bind| of(&bind.idle)).collect();
    assert_eq!(binds, [None, Some(10), Some(60)]);
    assert_eq!(of(&config.templates[0].idle), Some(10));
    assert_eq!(config.routing.connection_budget, Some(20));
    let error = BindsConfig::from_yaml(&yaml("0s")).unwrap_err().to_string();
    let told: Vec<_> = error
        .lines()
        .filter(|line| line.contains("close_idle"))
        .collect();
    assert_eq!(told.len(), 1, "{error}");
    assert!(
        told[0].contains("line 4, binds.tenants.close_idle"),
        "{error}"
    );
}
