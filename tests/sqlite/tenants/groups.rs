//! Groups of binds: an entity's key names the group, and a handle or scope the shard.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use entity::bakery;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait,
    TransactionTrait,
};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase, RoutingDatabaseBuilder, RoutingError,
    classify::Access,
    config::{BindConfig, NodeConfig},
    rule::{Ruling, Subject},
    shard::{Rendezvous, ShardLookup, ShardRanges, ShardResolver, ShardTable},
};
use tempfile::TempDir;
use tokio::{task::yield_now, time::sleep};

use super::routing_error;
use crate::{bakery::sql, support::served};

/// On a shard of group `tenants`.
mod order {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "tenant_order")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub tenant: String,
    }

    impl ActiveModelBehavior for ActiveModel {}

    impl sea_orm_routing::BindKey for Entity {
        const BIND_KEY: &'static str = "tenants";
    }
}

fn order(tenant: &str) -> order::ActiveModel {
    order::ActiveModel {
        tenant: Set(tenant.to_owned()),
        ..Default::default()
    }
}

async fn orders(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let all = order::Entity::find().all(db).await?;
    Ok(all.into_iter().map(|order| order.tenant).collect())
}

/// `default`, `reports`, `tenants:eu` and `tenants:us` on files, each with a slave on the same file.
struct Groups {
    db: RoutingDatabase,
    _directory: TempDir,
}

fn bind(directory: &TempDir, name: &str) -> BindConfig {
    let file = format!(
        "sqlite://{}/{}.db",
        directory.path().display(),
        name.replace(':', "-")
    );
    BindConfig::new(name, format!("{file}?mode=rwc"))
        .slave(NodeConfig::new("slave-1", format!("{file}?mode=ro")))
}

impl Groups {
    async fn new() -> Self {
        Self::with(|builder| builder, |config| config).await
    }

    async fn with(
        build: impl FnOnce(RoutingDatabaseBuilder) -> RoutingDatabaseBuilder,
        change: impl FnOnce(BindsConfig) -> BindsConfig,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let binds = ["default", "reports", "tenants:eu", "tenants:us"];
        let config = binds.into_iter().fold(BindsConfig::new(), |config, name| {
            config.bind(bind(&directory, name))
        });
        let builder = build(RoutingDatabase::builder().entity::<order::Entity>());
        let db = builder.from_config(change(config)).await.unwrap();
        let schema = db.get_schema_builder().register(order::Entity);
        let schema = schema.register(bakery::Entity);
        schema.apply(&db).await.unwrap();
        Self {
            db,
            _directory: directory,
        }
    }
}

#[tokio::test]
async fn entity_of_a_group_is_on_the_shard_that_is_named() {
    let Groups { db, .. } = &Groups::new().await;
    assert_eq!(db.shards("tenants"), ["eu", "us"]);
    let (eu, us) = (
        &db.shard("tenants", "eu").await.unwrap(),
        &db.shard("tenants", "us").await.unwrap(),
    );
    order("eu").insert(eu).await.unwrap();
    us.scope(order("us").insert(db)).await.unwrap();
    assert_eq!(eu.shard_of("tenants").as_deref(), Some("eu"));
    for _ in 0..2 {
        assert_eq!(orders(eu).await.unwrap(), ["eu"]);
        assert_eq!(orders(us).await.unwrap(), ["us"]);
        assert_eq!(eu.scope(orders(db)).await.unwrap(), ["eu"]);
        assert_eq!(eu.scope(us.scope(orders(db))).await.unwrap(), ["us"]);
        assert_eq!(eu.scope(orders(us)).await.unwrap(), ["us"]);
    }
    let (_, by) = served(
        db,
        eu.scope(async { bakery::Entity::find().count(db).await.unwrap() }),
    )
    .await;
    assert_eq!(by, "default.slave 1r", "the others are where they are");
    let route = eu.route(&sql("DELETE FROM tenant_order")).unwrap();
    assert_eq!(
        route.to_string(),
        "tenants:eu.master (master): write, writes tenant_order; `tenant_order` is on the shard of `eu` in `tenants`"
    );
    eu.scope(async {
        let handle = db.entity::<order::Entity>().unwrap();
        assert_eq!(orders(&handle).await.unwrap(), ["eu"]);
        let session = db.session();
        let spawned = tokio::spawn(async move { orders(&session).await.unwrap() });
        assert_eq!(spawned.await.unwrap(), ["eu"]);
    })
    .await;
    assert_eq!(
        orders(&db.bind("tenants:us").unwrap()).await.unwrap(),
        ["us"]
    );
}

#[tokio::test]
async fn without_a_shard_nothing_is_sent() {
    let Groups { db, .. } = &Groups::new().await;
    let is_missing = |error: DbErr| match routing_error(error) {
        RoutingError::NoShard { table, group, .. } => table == "tenant_order" && group == "tenants",
        other => panic!("{other}"),
    };
    let eu = db.shard("tenants", "eu").await.unwrap();
    let plain = db.clone();
    let (_, by) = served(db, async {
        assert!(is_missing(orders(db).await.unwrap_err()));
        assert!(is_missing(order("x").insert(db).await.unwrap_err()));
        assert!(is_missing(
            db.execute_unprepared("DELETE FROM tenant_order")
                .await
                .unwrap_err()
        ));
        let other = db.bind("default").unwrap();
        assert!(is_missing(other.scope(orders(db)).await.unwrap_err()));
        let transaction = db.begin().await.unwrap();
        assert!(is_missing(orders(&transaction).await.unwrap_err()));
        // The scope was not there when it began.
        assert!(is_missing(
            eu.scope(orders(&transaction)).await.unwrap_err()
        ));
        transaction.rollback().await.unwrap();
        let error = db.entity::<order::Entity>().unwrap_err();
        assert!(is_missing(error.into()));
        let outside = eu.scope(async { tokio::spawn(async move { orders(&plain).await }).await });
        assert!(is_missing(outside.await.unwrap().unwrap_err()));
    })
    .await;
    assert_eq!(by, "");
    let both = sql("SELECT * FROM tenant_order, bakery");
    let error = eu.route(&both).unwrap_err();
    assert!(matches!(error, RoutingError::TwoBinds { .. }), "{error}");
    assert!(is_missing(db.route(&both).unwrap_err().into()));
    let handle = db.bind("tenants:eu").unwrap();
    let route = handle.scope(async { eu.route(&both) }).await.unwrap();
    assert_eq!(route.bind, "tenants:eu");
}

#[tokio::test]
async fn last_choice_of_a_bind_or_shard_counts() {
    let Groups { db, .. } = &Groups::new().await;
    let other = db.bind("default").unwrap();
    order("eu")
        .insert(&other.shard("tenants", "eu").await.unwrap())
        .await
        .unwrap();
    let all = db
        .each_shard("tenants", 2, async |shard| {
            let us = shard.shard("tenants", "us").await?;
            order("us").insert(&us).await
        })
        .await
        .unwrap();
    all.into_all().unwrap();
    let rows = async |shard: &str| orders(&db.bind(&format!("tenants:{shard}")).unwrap()).await;
    assert_eq!(rows("eu").await.unwrap(), ["eu"]);
    assert_eq!(rows("us").await.unwrap(), ["us", "us"]);
}

#[tokio::test]
async fn transaction_is_of_one_shard() {
    let Groups { db, .. } = &Groups::new().await;
    let eu = db.shard("tenants", "eu").await.unwrap();
    let us = db.shard("tenants", "us").await.unwrap();
    let transaction = eu.scope(db.begin()).await.unwrap();
    us.scope(async {
        order("eu").insert(&transaction).await.unwrap();
        let nested = transaction.begin().await.unwrap();
        order("eu").insert(&nested).await.unwrap();
        nested.commit().await.unwrap();
        let error = routing_error(
            bakery::Entity::find()
                .count(&transaction)
                .await
                .unwrap_err(),
        );
        assert!(
            matches!(error, RoutingError::OtherTransaction { .. }),
            "{error}"
        );
    })
    .await;
    transaction.commit().await.unwrap();
    assert_eq!(orders(&eu).await.unwrap(), ["eu", "eu"]);
    assert_eq!(orders(&us).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn resolver_asks_outside_of_the_callers_scope() {
    let own: Arc<OnceLock<RoutingDatabase>> = Arc::default();
    let asked = own.clone();
    let lookup = ShardLookup::new(move |_: String| {
        let db = asked.get().unwrap().clone();
        async move {
            let route = db.route(&sql("SELECT * FROM catalogue"))?;
            let is_home = route.bind == "default" && db.value("job").is_none();
            Ok::<_, RoutingError>(Some(if is_home { "eu" } else { "us" }.to_owned()))
        }
    });
    let build = |builder: RoutingDatabaseBuilder| builder.shards("tenants", lookup);
    let Groups { db, .. } = &Groups::with(build, |config| config).await;
    own.set(db.clone()).unwrap();
    let around = db.bind("reports").unwrap().with_value("job", "night");
    let shard = around.scope(db.shard("tenants", "acme")).await.unwrap();
    assert_eq!(shard.shard_of("tenants").as_deref(), Some("eu"));
}

#[tokio::test]
async fn errors_name_some_binds_and_nobodys_shard() {
    let names: Vec<_> = (0..30).map(|number| format!("bind-{number}")).collect();
    let change = |config| {
        let add = |config: BindsConfig, name: &String| {
            config.bind(BindConfig::new(name.as_str(), "sqlite::memory:"))
        };
        names.iter().fold(config, add)
    };
    let build = |builder: RoutingDatabaseBuilder| {
        builder.rule(|subject: &Subject<'_>| match subject.value("to") {
            Some(key) => Ruling::to(key.to_owned()),
            None => Ruling::pass(),
        })
    };
    let Groups { db, .. } = &Groups::with(build, change).await;
    let of_rule = db
        .with_value("to", "nobody")
        .route(&sql("SELECT * FROM bakery"));
    for text in [
        db.bind("nobody").unwrap_err().to_string(),
        db.bind("tenants:nobody").unwrap_err().to_string(),
        db.remove_bind("nobody").await.unwrap_err().to_string(),
        of_rule.unwrap_err().to_string(),
    ] {
        assert!(text.contains("`default`, `reports`, `bind-0`"), "{text}");
        assert!(
            !text.contains("tenants:eu") && !text.contains("bind-9`"),
            "{text}"
        );
    }
}

/// Objects that no table's name tells: an index that was left on one shard.
#[tokio::test]
async fn object_of_one_shard_leads_nobody_there() {
    let Groups { db, .. } = &Groups::new().await;
    let (eu, us) = (
        &db.shard("tenants", "eu").await.unwrap(),
        &db.shard("tenants", "us").await.unwrap(),
    );
    let drop_it = "DROP INDEX old_index";
    let has_it = async |bind: &str| {
        let query = "SELECT name FROM sqlite_master WHERE name = 'old_index'";
        let master = db.bind(bind).unwrap().master();
        let rows = master.query_all_raw(sql(query)).await;
        !rows.unwrap().is_empty()
    };
    for owner in ["tenants:us", "tenants:eu"] {
        let bind = db.bind(owner).unwrap();
        let create = "CREATE INDEX old_index ON tenant_order (tenant)";
        bind.execute_unprepared(create).await.unwrap();
        let (other, own) = match owner {
            "tenants:us" => (eu, us),
            _ => (us, eu),
        };
        let error = other.execute_unprepared(drop_it).await.unwrap_err();
        assert!(has_it(owner).await, "{error}");
        let error = other.scope(db.execute_unprepared(drop_it)).await;
        assert!(has_it(owner).await, "{error:?}");
        let begun = other.begin().await.unwrap();
        let error = begun.execute_unprepared(drop_it).await.unwrap_err();
        begun.rollback().await.unwrap();
        assert!(has_it(owner).await, "{error}");
        let error = db.execute_unprepared(drop_it).await.unwrap_err();
        assert!(has_it(owner).await, "{error}");
        let begun = db.begin().await.unwrap();
        let error = begun.execute_unprepared(drop_it).await.unwrap_err();
        begun.rollback().await.unwrap();
        assert!(has_it(owner).await, "{error}");
        own.execute_unprepared(drop_it).await.unwrap();
        assert!(!has_it(owner).await);
        bind.execute_unprepared(create).await.unwrap();
        let begun = own.begin().await.unwrap();
        begun.execute_unprepared(drop_it).await.unwrap();
        begun.commit().await.unwrap();
        assert!(!has_it(owner).await);
    }
    // On every shard, as a migration leaves it.
    for bind in ["tenants:us", "tenants:eu"] {
        let create = "CREATE INDEX old_index ON tenant_order (tenant)";
        let bind = db.bind(bind).unwrap();
        bind.execute_unprepared(create).await.unwrap();
    }
    let error = routing_error(db.execute_unprepared(drop_it).await.unwrap_err());
    assert!(
        matches!(&error, RoutingError::NoShard { group, .. } if *group == "tenants"),
        "{error}"
    );
    eu.scope(db.execute_unprepared(drop_it)).await.unwrap();
    assert!(!has_it("tenants:eu").await && has_it("tenants:us").await);
}

/// Whatever a client calls itself, it gets no database that is somebody else's.
#[tokio::test]
async fn template_makes_no_shard_of_a_database_that_another_bind_has() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| format!("sqlite://{}/{name}.db?mode=rwc", directory.path().display());
    let plain = |name: &str| {
        let path = directory.path().display();
        format!("sqlite:{path}/./{name}.db?mode=rwc")
    };
    for there in ["app.db", "old-slave.db"] {
        std::fs::write(directory.path().join(there), "").unwrap();
    }
    std::os::unix::fs::symlink(
        directory.path().join("app.db"),
        directory.path().join("linked.db"),
    )
    .unwrap();
    let config = BindsConfig::new()
        .bind(BindConfig::new("default", file("app")))
        .bind(BindConfig::new("reports", plain("re%70orts")))
        .bind(BindConfig::new("tenants:eu", file("europe")))
        .template(BindConfig::new("tenants", file("{key}")))
        .template(BindConfig::new("others", file("{key}")));
    let config = config.bind(
        BindConfig::new("archive", file("old"))
            .slave(NodeConfig::new("slave-1", file("old-slave"))),
    );
    let builder = RoutingDatabase::builder().entity::<order::Entity>();
    let db = &builder.from_config(config).await.unwrap();
    for key in ["app", "linked", "reports", "europe", "old", "old-slave"] {
        let error = db.shard("tenants", key).await.unwrap_err();
        let RoutingError::UnopenedShard { shard, reason, .. } = &error else {
            panic!("{key}: {error}");
        };
        assert!(shard == key && reason.contains("has already"), "{error}");
    }
    db.shard("tenants", "acme").await.unwrap();
    let error = db.shard("others", "acme").await.unwrap_err();
    assert!(
        matches!(error, RoutingError::UnopenedShard { .. }),
        "{error}"
    );
    db.shard("others", "acme2").await.unwrap();
    assert_eq!(db.shards("tenants"), ["eu", "acme"]);

    let long = format!(
        "sqlite://{}/{}{{key}}.db",
        directory.path().display(),
        "x".repeat(220)
    );
    let servers = [
        "postgres://app@127.0.0.1:1/{key}",
        "postgres://app@127.0.0.1:1/tenant_{key}",
        "mysql://app@127.0.0.1:1/tenants_{key}",
        &long,
    ];
    for (template, shard, is_open) in [
        (servers[0], "a".repeat(63), true),
        (servers[1], "a".repeat(56), true),
        (servers[1], "a".repeat(57), false),
        (servers[2], "a".repeat(56), true),
        (servers[2], "a".repeat(57), false),
        (servers[3], "a".repeat(40), false),
    ] {
        let config = BindsConfig::new()
            .bind(BindConfig::new("default", file("app")))
            .bind(BindConfig::new("reports", file("reports")))
            .template(BindConfig::new("tenants", template));
        let builder = RoutingDatabase::builder().entity::<order::Entity>();
        let db = &builder.from_config(config).await.unwrap();
        let opened = db.shard("tenants", &shard).await;
        match opened {
            Ok(_) => assert!(is_open, "{template}: {shard}"),
            Err(error) => {
                assert!(!is_open, "{template}: {error}");
                assert!(
                    matches!(error, RoutingError::UnopenedShard { .. }),
                    "{error}"
                );
            }
        }
    }
}

async fn shard_by(resolver: impl ShardResolver, keys: &[&str]) -> Vec<Result<String, String>> {
    let Groups { db, .. } = &Groups::with(
        |builder| builder.shards("tenants", resolver),
        |config| config,
    )
    .await;
    let mut found = Vec::new();
    for key in keys {
        let shard = db.shard("tenants", key).await;
        found.push(match shard {
            Ok(handle) => Ok(handle.shard_of("tenants").unwrap()),
            Err(error) => Err(error.to_string()),
        });
    }
    found
}

#[tokio::test]
async fn resolvers_name_shards_and_what_they_name_is_checked() {
    let table = ShardTable::new()
        .key("acme", "eu")
        .key("liar", "mars")
        .key("evil", "eu@evil.example/x");
    let found = shard_by(table, &["acme", "nobody", "liar", "evil"]).await;
    assert_eq!(
        found,
        [
            Ok("eu".to_owned()),
            Err(
                "key `nobody` is on no known shard of group `tenants`: it is not in the table"
                    .to_owned()
            ),
            Err("key `liar` is on shard `mars`, and group `tenants` has no such shard".to_owned()),
            Err(
                "key `evil` is on shard `eu@evil.example/x`, and group `tenants` has no such shard"
                    .to_owned()
            ),
        ]
    );
    let found = shard_by(ShardRanges::new().below(10, "eu"), &["9", "10"]).await;
    assert!(
        matches!(&found[..], [Ok(shard), Err(_)] if shard == "eu"),
        "{found:?}"
    );
    let found = shard_by(Rendezvous, &["a", "b", "c", "d", "e", "f"]).await;
    let named: std::collections::HashSet<_> = found.into_iter().map(Result::unwrap).collect();
    assert_eq!(named.len(), 2, "both have some");
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let lookup = ShardLookup::new(move |key: String| {
        counter.fetch_add(1, Ordering::Relaxed);
        async move {
            sleep(Duration::from_millis(1)).await;
            match key.as_str() {
                "acme" => Ok(Some("us".to_owned())),
                "gone" => Ok(None),
                _ => Err("the catalogue is locked"),
            }
        }
    });
    let found = shard_by(lookup, &["acme", "acme", "gone", "x\n\u{1b}[31m"]).await;
    assert_eq!(asked.load(Ordering::Relaxed), 3);
    assert_eq!(found[..2], [Ok("us".to_owned()), Ok("us".to_owned())]);
    assert_eq!(
        found[3].as_ref().unwrap_err(),
        "key `x\\n\\u{1b}[31m` is on no known shard of group `tenants`: the catalogue is locked"
    );
}

#[tokio::test]
async fn shard_is_made_of_the_template_once_and_no_key_gets_out_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let template = format!(
        "sqlite://{}/made_{{key}}.db?mode=rwc",
        directory.path().display()
    );
    let template = BindConfig::new("tenants", template);
    let change = |config: BindsConfig| config.template(template);
    let Groups { db, .. } = &Groups::with(|builder| builder, change).await;
    assert_eq!(db.shards("tenants"), ["eu", "us"]);
    let mut opening = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let db = db.clone();
        opening.spawn(async move { db.shard("tenants", "42").await.unwrap() });
    }
    while let Some(opened) = opening.join_next().await {
        assert_eq!(opened.unwrap().shard_of("tenants").as_deref(), Some("42"));
    }
    assert_eq!(db.shards("tenants"), ["eu", "us", "42"]);
    let tenant = db.shard("tenants", "42").await.unwrap();
    let schema = db.get_schema_builder().register(order::Entity);
    tenant
        .scope(async { schema.apply(db).await })
        .await
        .unwrap();
    order("42").insert(&tenant).await.unwrap();
    assert_eq!(orders(&tenant).await.unwrap(), ["42"]);
    assert!(directory.path().join("made_42.db").exists());
    for key in [
        "",
        "..",
        "../x",
        "a/b",
        "a?mode=ro",
        "a#b",
        "a@b",
        "a:b",
        "a b",
        "a%2e",
        "{key}",
        "${HOME}",
        "a\0",
        "a\n",
        "ä",
        &"x".repeat(64),
    ] {
        let error = db.shard("tenants", key).await.unwrap_err();
        assert!(
            matches!(error, RoutingError::UnknownShard { .. }),
            "{key:?}: {error}"
        );
    }
    assert_eq!(
        std::fs::read_dir(directory.path())
            .unwrap()
            .filter(|file| {
                let name = file.as_ref().unwrap().file_name();
                name.to_string_lossy().ends_with(".db")
            })
            .count(),
        1
    );
    db.add_bind(BindConfig::new("tenants:BIG", "sqlite::memory:"))
        .await
        .unwrap();
    for key in ["ACME", "aCme", "big", "Big"] {
        let error = db.shard("tenants", key).await.unwrap_err();
        let RoutingError::UnopenedShard { shard, reason, .. } = &error else {
            panic!("{error}")
        };
        assert!(shard == key && reason.contains("lower case"), "{error}");
    }
    db.shard("tenants", "acme").await.unwrap();
    let big = db.shard("tenants", "BIG").await.unwrap();
    assert_eq!(big.shard_of("tenants").as_deref(), Some("BIG"));
    let error = db.shard("nobody", "42").await.unwrap_err();
    assert!(
        matches!(error, RoutingError::UnknownShard { .. }),
        "{error}"
    );

    // A shard that goes: its scope is nobody's, until it is made again.
    tenant
        .scope(async {
            db.remove_bind("tenants:42").await.unwrap();
            let error = routing_error(orders(db).await.unwrap_err());
            assert!(matches!(error, RoutingError::UnknownKey { .. }), "{error}");
            db.shard("tenants", "42").await.unwrap();
            assert_eq!(orders(db).await.unwrap(), ["42"]);
        })
        .await;
}

#[tokio::test]
async fn what_was_made_of_a_template_outlives_a_reload() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| format!("sqlite://{}/{name}.db?mode=rwc", directory.path().display());
    let yaml = |us: &str| {
        format!(
            "binds:\n  default: {}\n  reports: {}\n  tenants:\n    shards:\n      eu: {}\n{us}    template: {}\n",
            file("default"),
            file("reports"),
            file("eu"),
            file("made_{key}"),
        )
    };
    let config = BindsConfig::from_yaml(&yaml("")).unwrap();
    let builder = RoutingDatabase::builder().entity::<order::Entity>();
    let db = builder.from_config(config).await.unwrap();
    assert_eq!(db.shards("tenants"), ["eu"]);
    let made = db.shard("tenants", "7").await.unwrap();
    let schema = db.get_schema_builder().register(order::Entity);
    schema.apply(&made).await.unwrap();
    order("7").insert(&made).await.unwrap();
    // What was changed of it meanwhile is lost, as for every bind, and it is not.
    let slave = NodeConfig::new("slave-1", file("made_7"));
    db.add_slave("tenants:7", slave).await.unwrap();
    let us = format!("      us: {{ master: \"{}\" }}\n", file("us"));
    let changes = db
        .reload(BindsConfig::from_yaml(&yaml(&us)).unwrap())
        .await
        .unwrap();
    assert_eq!(changes.len(), 2, "{changes:?}");
    assert_eq!(orders(&made).await.unwrap(), ["7"]);
    assert!(db.shard("tenants", "us").await.is_ok());
}

#[tokio::test]
async fn work_is_made_for_a_shard_when_its_turn_comes() {
    let names: Vec<_> = (0..8).map(|number| format!("tenants:s{number}")).collect();
    let in_memory = |config: BindsConfig, name: &String| {
        config.bind(BindConfig::new(name.as_str(), "sqlite::memory:"))
    };
    let change = |config| names.iter().fold(config, in_memory);
    let Groups { db, .. } = &Groups::with(|builder| builder, change).await;
    let (made, ended) = (&AtomicUsize::new(0), &AtomicUsize::new(0));
    let work = |_| {
        made.fetch_add(1, Ordering::Relaxed);
        async move {
            yield_now().await;
            let begun = made.load(Ordering::Relaxed) - ended.fetch_add(1, Ordering::Relaxed);
            Ok::<_, DbErr>(begun)
        }
    };
    let all = db.each_shard("tenants", 2, work).await.unwrap();
    let all = all.into_all().unwrap();
    assert_eq!((all.len(), made.load(Ordering::Relaxed)), (10, 10));
    assert!(all.iter().all(|(_, begun)| *begun <= 2), "{all:?}");
}

#[tokio::test]
async fn each_shard_is_worked_on_within_the_limit_and_errors_are_by_shard() {
    let names: Vec<_> = (0..12).map(|n| format!("tenants:s{n}")).collect();
    let in_memory = |config: BindsConfig, name: &String| {
        config.bind(BindConfig::new(name.as_str(), "sqlite::memory:"))
    };
    let change = |config| names.iter().fold(config, in_memory);
    let Groups { db, .. } = &Groups::with(|builder| builder, change).await;
    let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let mut told = Vec::new();
    let work = async |shard: RoutingDatabase| {
        let now = running.fetch_add(1, Ordering::Relaxed) + 1;
        most.fetch_max(now, Ordering::Relaxed);
        let name = shard.shard_of("tenants").unwrap();
        for _ in 0..name.len() {
            yield_now().await;
        }
        // By the handle that it gets, and by the plain one.
        order(&name).insert(&shard).await?;
        order(&name).insert(db).await?;
        shard
            .execute_unprepared("CREATE TABLE own (n integer)")
            .await?;
        running.fetch_sub(1, Ordering::Relaxed);
        match name.as_str() {
            "s3" | "s7" => Err(DbErr::Custom(name)),
            _ => orders(&shard).await,
        }
    };
    let all = db
        .each_shard_telling("tenants", 4, work, |progress| {
            told.push((progress.ended, progress.failed, progress.all));
        })
        .await
        .unwrap();
    assert_eq!(most.load(Ordering::Relaxed), 4);
    assert_eq!(told.len(), 14);
    assert_eq!(told.last(), Some(&(14, 2, 14)));
    let failed: Vec<_> = all
        .failed()
        .map(|(shard, error)| (shard.to_owned(), error.to_string()))
        .collect();
    assert_eq!(
        failed
            .iter()
            .map(|(shard, _)| shard.as_str())
            .collect::<Vec<_>>(),
        ["s3", "s7"]
    );
    for (shard, result) in &all.results {
        if let Ok(orders) = result {
            assert_eq!(orders, &[shard.clone(), shard.clone()]);
        }
    }
    assert_eq!(all.into_all().unwrap_err().0, "s3");
    let none = db
        .each_shard("tenant", 4, async |_| Ok::<_, DbErr>(()))
        .await;
    assert_eq!(
        none.unwrap_err().to_string(),
        "unknown group `tenant`; known are `tenants`"
    );
}

/// Keys come from requests, and go into routes, events and spans.
#[tokio::test]
async fn key_is_shown_without_what_a_log_would_take_for_something_else() {
    let build = |builder: RoutingDatabaseBuilder| builder.shards("tenants", Rendezvous);
    let Groups { db, .. } = &Groups::with(build, |config| config).await;
    let key = format!("a\n2026-11-28 INFO forged{}", "x".repeat(1 << 20));
    let shard = db.shard("tenants", &key).await.unwrap();
    let route = shard.route(&sql("SELECT * FROM tenant_order")).unwrap();
    let shown = format!("{route} {shard:?}");
    assert!(
        !shown.contains('\n') && shown.len() < 2_000,
        "{} {shown:.500}",
        shown.len()
    );
    assert!(shown.contains("a\\n2026"), "{shown}");
    // The handles' values are nobody's who looks at one.
    let told = format!("{:?}", db.with_value("token", "secret"));
    assert!(!told.contains("secret"), "{told}");
}

#[tokio::test]
async fn misspelt_group_of_a_resolver_is_told() {
    let config = BindsConfig::new()
        .bind(BindConfig::new("default", "sqlite::memory:"))
        .bind(BindConfig::new("reports", "sqlite::memory:"))
        .bind(BindConfig::new("tenants:eu", "sqlite::memory:"));
    let builder = RoutingDatabase::builder().shards("tenant", Rendezvous);
    let error = builder.from_config(config).await.unwrap_err().to_string();
    let told = "found a resolver of shards for `tenant`, expected the name of a group, with shards or a template; \
                there are `tenants`";
    assert!(error.contains(told), "{error}");
}

/// Before a template has made a shard there is one bind, and not one alone that there could be.
#[tokio::test]
async fn group_without_shards_gets_its_tables_nowhere() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| format!("sqlite://{}/{name}.db?mode=rwc", directory.path().display());
    let config = BindsConfig::new()
        .bind(BindConfig::new("default", file("default")).tables(["report", "report_line"]))
        .template(BindConfig::new("reports", file("r_{key}")))
        .template(BindConfig::new("tenants", file("t_{key}")));
    let builder = RoutingDatabase::builder().entity::<order::Entity>();
    let db = &builder.from_config(config).await.unwrap();
    assert_eq!(db.groups(), ["reports", "tenants"]);
    let schema = || db.get_schema_builder().register(order::Entity);
    let whole = schema().register(bakery::Entity);
    whole.apply(db).await.unwrap();
    assert_eq!(bakery::Entity::find().count(db).await.unwrap(), 0);
    let eu = db.shard("tenants", "eu").await.unwrap();
    schema().apply(&eu).await.unwrap();
    assert_eq!(orders(&eu).await.unwrap(), [""; 0]);
    // A transaction has not begun on the only bind, for want of another one.
    let us = db.shard("tenants", "us").await.unwrap();
    let only = db
        .each_shard("reports", 1, async |_| Ok::<_, DbErr>(()))
        .await;
    assert!(only.unwrap().results.is_empty());
    let transaction = us.begin().await.unwrap();
    transaction
        .execute_unprepared("CREATE TABLE tenant_order (id integer, tenant text)")
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(orders(&us).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn rule_sees_and_names_the_shard() {
    let rule = |subject: &Subject<'_>| match subject.shard_key("tenants") {
        Some("us") if subject.access() == Access::Read => Ruling::refuse("not here"),
        Some(_) => Ruling::unless_keyed("tenants"),
        None => Ruling::pass(),
    };
    let Groups { db, .. } = &Groups::with(|builder| builder.rule(rule), |config| config).await;
    let eu = db.shard("tenants", "eu").await.unwrap();
    let route = eu
        .route(&sql("SELECT * FROM bakery, tenant_order"))
        .unwrap();
    assert_eq!(route.bind, "tenants:eu");
    assert!(
        db.shard("tenants", "us")
            .await
            .unwrap()
            .route(&sql("SELECT 1"))
            .is_err()
    );
}

#[test]
fn what_is_wrong_with_groups_is_told() {
    let problems = |text: &str| BindsConfig::from_yaml(text).unwrap_err().to_string();
    let text = "binds:
  default: sqlite://a.db
  tenants:
    shards:
      eu: sqlite://eu.db
      'a/b': sqlite://b.db
      us:
        slaves: {}
    template: sqlite://same.db
    url: sqlite://x.db
  reports: sqlite://r.db
";
    let told = problems(text);
    for part in [
        "line 6, binds.tenants.shards",
        "line 7, binds.tenants.shards.us.master",
        "`{key}`",
        "`url`",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let told = problems(
        "binds:\n  default: sqlite://a.db\n  t:\n    template:\n      master: sqlite://m_{key}.db\n      slaves: [sqlite://s.db]\n",
    );
    assert!(told.contains("a URL without `{key}`"), "{told}");
    for url in [
        "postgres://app@db/app?application_name={key}",
        "postgres://{key}@db/app",
        "postgres://app@db/{key}?dbname=app",
        "mysql://app@db/app?charset={key}",
        "sqlite://same.db?vfs={key}",
    ] {
        let told = problems(&format!(
            "binds:\n  default: sqlite://a.db\n  t:\n    template: '{url}'\n"
        ));
        assert!(told.contains("a database of its own"), "{url}: {told}");
    }
    let told = problems(
        "binds:\n  default: sqlite://a.db\n  reports: sqlite://r.db\n  tenants: sqlite://t.db\n  'tenants:eu': sqlite://t.db\n",
    );
    assert!(told.contains("group `tenants`"), "{told}");
    let text = "binds:\n  default: sqlite://a.db\n  tenants:\n    shards:\n      eu: sqlite://eu.db\n  reports: nonsense\n";
    let told = problems(text);
    assert!(told.contains("line 6, binds.reports"), "{told}");
}
