//! One log event per statement tells its route, and `db.route()` tells it beforehand.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
};

use entity::{bakery, cake, report, report_line};
use sea_orm::{AccessMode, ConnectionTrait, DbBackend, QueryTrait, TransactionTrait, prelude::*};
use sea_orm_routing::{
    Balance, Role, RoutingDatabase,
    events::{CONFIG, NODE, ROUTE},
    route::NodeReason,
};
use tokio_stream::StreamExt;
use tracing::{
    Level, Subscriber,
    field::{Field, Visit},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
    util::SubscriberInitExt,
};

use crate::{
    bakery::{Bakery, bakery_named, sql},
    support::served,
};

/// An event of this crate.
#[derive(Clone, Debug)]
struct Event {
    level: Level,
    fields: BTreeMap<&'static str, String>,
}

impl Event {
    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// `bind.node: message`, and the text if there is one.
    fn summary(&self) -> String {
        let (bind, node) = (self.field("bind"), self.field("node"));
        let text = match self.field("message") {
            "transaction" => self.field("sql"),
            message => message,
        };
        format!("{bind}.{node}: {text}")
    }
}

impl Visit for Event {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.fields.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name(), value.to_owned());
    }
}

/// The events of this crate on this thread.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<Event>>>, Arc<Mutex<Vec<Event>>>);

impl Events {
    fn start() -> (Self, DefaultGuard) {
        let events = Self::default();
        let guard = tracing_subscriber::registry()
            .with(events.clone())
            .set_default();
        (events, guard)
    }

    /// The events since the last call.
    fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// What became of the beginnings and ends of transactions.
    fn answered(&self) -> Vec<String> {
        let answered = std::mem::take(&mut *self.1.lock().unwrap());
        let told = answered.iter().map(|event| {
            let words = ["sql", "node", "outcome", "error_type"].map(|name| event.field(name));
            assert!(event.field("duration").parse::<f64>().unwrap() < 60.0);
            words.join(" ").trim_end().to_owned()
        });
        told.collect()
    }

    fn summaries(&self) -> Vec<String> {
        self.take().iter().map(Event::summary).collect()
    }
}

impl<S: Subscriber> Layer<S> for Events {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        // What is said of the slaves that are given, in the background, is none of a statement's.
        let target = event.metadata().target();
        let mut found = Event {
            level: *event.metadata().level(),
            fields: BTreeMap::new(),
        };
        event.record(&mut found);
        let is_background = target == NODE && found.field("message").starts_with("the slave ");
        if found.field("message") == "transaction answered" {
            self.1.lock().unwrap().push(found);
        } else if [ROUTE, NODE, CONFIG].contains(&target) && !is_background {
            self.0.lock().unwrap().push(found);
        }
    }
}

mod events {
    use super::*;

    #[tokio::test]
    async fn a_commit_that_fails_is_told_with_its_outcome() {
        let Bakery { db, .. } = &Bakery::new().await;
        let tables = "CREATE TABLE oven (id INTEGER PRIMARY KEY); CREATE TABLE tray (oven INTEGER REFERENCES oven (id) \
                      DEFERRABLE INITIALLY DEFERRED)";
        db.execute_unprepared(tables).await.unwrap();
        let (events, _guard) = Events::start();
        let transaction = db.begin().await.unwrap();
        let tray = "INSERT INTO tray VALUES (7)";
        transaction.execute_unprepared(tray).await.unwrap();
        assert_eq!(events.answered(), ["BEGIN master ok"]);
        transaction.commit().await.unwrap_err();
        // SQLITE_CONSTRAINT_FOREIGNKEY.
        assert_eq!(events.answered()[0], "COMMIT master error 787");
    }

    #[tokio::test]
    async fn each_statement_writes_one_event_with_its_route() {
        let Bakery { db, .. } = &Bakery::new().await;
        let (events, _guard) = Events::start();
        let expect = |expected: [&str; 5]| {
            let [event] = &events.take()[..] else {
                panic!("not one event: {expected:?}");
            };
            let names: Vec<_> = event.fields.keys().copied().collect();
            assert_eq!(
                names,
                [
                    "access", "bind", "duration", "message", "node", "outcome", "reason", "role"
                ]
            );
            let duration: f64 = event.field("duration").parse().unwrap();
            assert!((0.0..60.0).contains(&duration), "{duration} s");
            assert_eq!(event.field("outcome"), "ok");
            let found = ["bind", "node", "role", "access", "reason"].map(|name| event.field(name));
            assert_eq!(found, expected);
            assert_eq!(
                (event.level, event.field("message")),
                (Level::DEBUG, "statement")
            );
        };
        bakery_named("x").insert(db).await.unwrap();
        expect([
            "default",
            "master",
            "master",
            "write",
            "writes bakery; no bind key",
        ]);
        report::Entity::find().all(db).await.unwrap();
        let keyed = "plain query; `report` has bind key `reports`; the only slave";
        expect(["reports", "slave-1", "slave", "read", keyed]);
        db.execute_unprepared("DELETE FROM legacy_log")
            .await
            .unwrap();
        let listed = "writes legacy_log; `legacy_log` matches `legacy_*` in binds.yaml";
        expect(["reports", "master", "master", "write", listed]);
        bakery::Entity::find()
            .one(&db.bind("slave-2").unwrap())
            .await
            .unwrap();
        let pinned = "plain query; bind of the handle; pinned";
        expect(["default", "slave-2", "slave", "read", pinned]);
        let mut stream = report_line::Entity::find().stream(db).await.unwrap();
        while stream.next().await.is_some() {}
        drop(stream);
        let keyed = "plain query; `report_line` has bind key `reports`; the only slave";
        expect(["reports", "slave-1", "slave", "read", keyed]);
        let named = db.bind("slave-2").unwrap();
        let failed = named.query_all_raw(sql("SELECT no_column FROM bakery"));
        failed.await.unwrap_err();
        let [event] = &events.take()[..] else {
            panic!("not one event")
        };
        let told = ["node", "reason", "outcome", "error_type"].map(|name| event.field(name));
        assert_eq!(told, ["slave-2", pinned, "error", "1"], "SQLITE_ERROR");
        drop(db.query_all_raw(sql("SELECT * FROM bakery")));
        assert!(events.take().is_empty(), "it was never sent");
        let mut stream = report::Entity::find().stream(db).await.unwrap();
        stream.next().await;
        drop(stream);
        let [event] = &events.take()[..] else {
            panic!("not one event")
        };
        assert_eq!(event.field("outcome"), "cancelled");
    }

    #[tokio::test]
    async fn event_is_the_route_that_was_foretold() {
        let Bakery { db, .. } = &Bakery::new().await;
        let texts = [
            "SELECT 1",
            "SELECT * FROM bakery",
            "SELECT * FROM cake JOIN bakery ON true",
            "DELETE FROM bakery WHERE id = 9",
            "SELECT * FROM report_line",
            "UPDATE report SET title = 'x' WHERE id = 9",
            "SELECT * FROM legacy_log",
        ];
        for text in texts {
            let foretold = db.route(&sql(text)).unwrap();
            let (events, _guard) = Events::start();
            db.query_all_raw(sql(text)).await.unwrap();
            let [event] = &events.take()[..] else {
                panic!("not one event: {text}");
            };
            let [bind, node, role, access, reason] =
                ["bind", "node", "role", "access", "reason"].map(|name| event.field(name));
            let told = format!("{bind}.{node} ({role}): {access}, {reason}");
            assert_eq!(told, foretold.to_string(), "{text}");
        }
    }

    #[tokio::test]
    async fn echo_adds_the_text_at_info_level_and_never_the_values() {
        for echo in [false, true] {
            let Bakery { db, .. } = &Bakery::with(|builder| builder.echo(echo)).await;
            let (events, _guard) = Events::start();
            bakery_named("a s3cret").insert(db).await.unwrap();
            let find = report::Entity::find().filter(report::Column::Title.eq("a s3cret"));
            find.all(db).await.unwrap();
            let txn = db.begin().await.unwrap();
            bakery_named("a s3cret").insert(&txn).await.unwrap();
            txn.commit().await.unwrap();
            let events = events.take();
            assert_eq!(events.len(), 5);
            for event in &events {
                assert!(!format!("{event:?}").contains("s3cret"), "{event:?}");
                let level = if echo { Level::INFO } else { Level::DEBUG };
                assert_eq!(event.level, level);
            }
            let text = |event: &Event| event.field("sql").to_owned();
            let texts: Vec<_> = events.iter().map(text).collect();
            let insert = r#"INSERT INTO "bakery" ("name") VALUES (?) RETURNING "id", "name""#;
            let select = r#"SELECT "report"."id", "report"."title" FROM "report" WHERE "report"."title" = ?"#;
            let expected = if echo {
                [insert, select, "BEGIN", insert, "COMMIT"]
            } else {
                ["", "", "BEGIN", "", "COMMIT"]
            };
            assert_eq!(texts, expected);
        }
    }

    #[tokio::test]
    async fn nothing_is_written_for_what_is_not_run_and_a_line_for_what_is_sent_nowhere() {
        let Bakery { db, .. } = &Bakery::new().await;
        let (events, _guard) = Events::start();
        db.route(&sql("SELECT * FROM bakery")).unwrap();
        db.status();
        db.begin().await.unwrap().commit().await.unwrap();
        assert_eq!(events.summaries(), [""; 0]);
        let join = "SELECT * FROM bakery JOIN report ON true";
        db.query_all_raw(sql(join)).await.unwrap_err();
        bakery_named("x")
            .insert(&db.bind("slave-1").unwrap())
            .await
            .unwrap_err();
        assert_eq!(events.summaries(), ["default.master: statement"; 2]);
    }

    #[tokio::test]
    async fn transaction_writes_its_begin_its_statements_and_its_end() {
        let Bakery { db, .. } = &Bakery::new().await;
        let (events, _guard) = Events::start();
        let txn = db.begin().await.unwrap();
        assert_eq!(events.summaries(), [""; 0]);
        report::Entity::find().all(&txn).await.unwrap();
        assert_eq!(
            events.summaries(),
            ["reports.master: BEGIN", "reports.master: statement"]
        );
        let nested = txn.begin().await.unwrap();
        nested.commit().await.unwrap();
        let nested = txn.begin().await.unwrap();
        report::Entity::delete_many().exec(&nested).await.unwrap();
        nested.rollback().await.unwrap();
        txn.commit().await.unwrap();
        assert_eq!(
            events.summaries(),
            [
                "reports.master: SAVEPOINT",
                "reports.master: RELEASE SAVEPOINT",
                "reports.master: SAVEPOINT",
                "reports.master: statement",
                "reports.master: ROLLBACK TO SAVEPOINT",
                "reports.master: COMMIT",
            ]
        );
        let txn = db.bind("slave-2").unwrap().begin().await.unwrap();
        txn.rollback().await.unwrap();
        assert_eq!(
            events.summaries(),
            ["default.slave-2: BEGIN", "default.slave-2: ROLLBACK"]
        );
    }

    #[tokio::test]
    async fn statement_of_a_transaction_says_so() {
        let Bakery { db, .. } = &Bakery::new().await;
        let (events, _guard) = Events::start();
        let txn = db.begin().await.unwrap();
        bakery::Entity::find().all(&txn).await.unwrap();
        txn.execute_unprepared("SELECT 1").await.unwrap();
        let reasons: Vec<_> = events
            .take()
            .iter()
            .filter(|event| event.field("message") == "statement")
            .map(|event| event.field("reason").to_owned())
            .collect();
        assert_eq!(
            reasons,
            [
                "plain query; no bind key; node of the transaction",
                "plain query; bind of the transaction; node of the transaction"
            ]
        );
    }

    #[tokio::test]
    async fn failed_ping_and_close_name_the_node_and_ask_all_the_others() {
        let Bakery { db, .. } = &Bakery::new().await;
        for key in ["slave-1", "reports.slave-1"] {
            db.bind(key).unwrap().close_by_ref().await.unwrap();
        }
        let (events, _guard) = Events::start();
        db.ping().await.unwrap_err();
        let found = events.take();
        assert!(
            found.iter().all(|event| event.level == Level::WARN),
            "{found:?}"
        );
        let summaries: Vec<_> = found.iter().map(Event::summary).collect();
        assert_eq!(
            summaries,
            [
                "default.slave-1: ping failed",
                "reports.slave-1: ping failed"
            ]
        );
        assert!(found[0].field("error").contains("closed"), "{found:?}");
    }
}

mod routes {
    use super::*;

    /// The node of a bakery's name.
    async fn node(db: &RoutingDatabase) -> String {
        let bakery = bakery::Entity::find().one(db).await.unwrap().unwrap();
        bakery.name
    }

    fn foretold(db: &RoutingDatabase) -> String {
        let find = bakery::Entity::find().build(DbBackend::Sqlite);
        let route = db.route(&find).unwrap();
        format!("{}.{}", route.bind, route.node)
    }

    #[tokio::test]
    async fn route_foretells_the_next_slave_however_often_it_is_asked() {
        // The seed of the bakery makes chance repeatable, too.
        for balance in [Balance::RoundRobin, Balance::Random] {
            let Bakery { db, .. } = &Bakery::with(|builder| builder.balance(balance)).await;
            let mut nodes = Vec::new();
            for number in 0..12 {
                let expected = foretold(db);
                for _ in 0..number % 3 {
                    assert_eq!(foretold(db), expected);
                }
                let found = node(db).await;
                assert_eq!(found, expected, "{balance:?}, read {number}");
                nodes.push(found);
            }
            let first = nodes
                .iter()
                .filter(|node| *node == "default.slave-1")
                .count();
            if balance == Balance::RoundRobin {
                assert_eq!(first, 6, "{nodes:?}");
                assert!(nodes.windows(2).all(|pair| pair[0] != pair[1]), "{nodes:?}");
            }
            assert!(0 < first && first < 12, "{nodes:?}");
        }
    }

    #[tokio::test]
    async fn binds_turn_on_their_own() {
        let Bakery { db, .. } = &Bakery::with(|builder| builder.balance(Balance::RoundRobin)).await;
        let mut nodes = Vec::new();
        for _ in 0..4 {
            report::Entity::find().all(db).await.unwrap();
            nodes.push(node(db).await);
        }
        let (one, two) = ("default.slave-1", "default.slave-2");
        assert_eq!(nodes, [one, two, one, two]);
    }

    #[tokio::test]
    async fn handles_foretell_their_node() {
        let Bakery { db, .. } = &Bakery::new().await;
        let handles = [
            ("default.master", db.master()),
            ("default.slave-2", db.bind("slave-2").unwrap()),
            ("reports.master", db.bind("reports.master").unwrap()),
            ("reports.slave-1", db.bind("reports").unwrap()),
            ("reports.slave-1", db.entity::<report::Entity>().unwrap()),
            (
                "default.master",
                db.entity::<cake::Entity>().unwrap().master(),
            ),
        ];
        for (expected, handle) in &handles {
            assert_eq!(foretold(handle), *expected);
            assert_eq!(node(handle).await, *expected);
        }
        let slave = db.slave().unwrap();
        let expected = foretold(&slave);
        assert_eq!(node(&slave).await, expected);
    }

    #[tokio::test]
    async fn route_tells_bind_node_role_access_and_reason() {
        let Bakery { db, .. } = &Bakery::new().await;
        let insert = bakery::Entity::insert(bakery_named("x")).build(DbBackend::Sqlite);
        let route = db.route(&insert).unwrap();
        assert_eq!(
            (route.bind.as_str(), route.node.as_str()),
            ("default", "master")
        );
        assert_eq!(
            (route.role, route.reason.node),
            (Role::Master, NodeReason::Write)
        );
        let route = db
            .route(&report::Entity::find().build(DbBackend::Sqlite))
            .unwrap();
        let only = NodeReason::Balanced {
            balance: Balance::Random,
            slaves: 1,
        };
        assert_eq!((route.role, route.reason.node), (Role::Slave, only));
    }

    #[tokio::test]
    async fn route_of_a_transaction_is_its_node() {
        let Bakery { db, .. } = &Bakery::new().await;
        let find = bakery::Entity::find().build(DbBackend::Sqlite);
        let txn = db.begin().await.unwrap();
        for _ in 0..3 {
            let route = txn.route(&find).unwrap();
            assert_eq!(
                (route.node.as_str(), route.reason.node),
                ("master", NodeReason::Transaction)
            );
            let (rows, by) = served(db, bakery::Entity::find().all(&txn)).await;
            assert_eq!(
                (rows.unwrap()[0].name.as_str(), by),
                ("default.master", "default.master 1r".into())
            );
        }
        drop(txn);
        let read_only = Some(AccessMode::ReadOnly);
        let txn = db.begin_with_config(None, read_only).await.unwrap();
        let found = bakery::Entity::find()
            .one(&txn)
            .await
            .unwrap()
            .unwrap()
            .name;
        let route = txn.route(&find).unwrap();
        assert_eq!(format!("{}.{}", route.bind, route.node), found);
        assert_eq!(route.role, Role::Slave);
    }

    #[tokio::test]
    async fn route_gives_the_error_that_running_gives() {
        let Bakery { db, .. } = &Bakery::new().await;
        let slave = db.bind("slave-1").unwrap();
        let cases = [
            (db, "SELECT * FROM bakery JOIN report ON true"),
            (&slave, "DELETE FROM bakery"),
        ];
        for (handle, text) in cases {
            let foretold = DbErr::from(handle.route(&sql(text)).unwrap_err());
            let found = handle.query_all_raw(sql(text)).await.unwrap_err();
            assert_eq!(foretold.to_string(), found.to_string());
        }
    }
}
