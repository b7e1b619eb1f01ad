use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr};
use sea_orm_routing::classify::{Class, Reason};
use test_cluster::{Cluster, MariaDb, MySql, Server};
use tokio::time::timeout;

use super::{
    statements::set_up,
    witness::{LONGEST, Relation, Testimony, Witness, code, connect, rows},
};

/// Which tables each view shows.
const VIEWS: [(&str, &str); 1] = [("cheap", "cake")];

/// What a statement says that waited for a lock of another session.
const LOCKED: &str = "1205";

/// A server whose statements wait for tables that another session holds.
struct Held<S: Server> {
    cluster: Cluster<S>,
    url: String,
    runner: DatabaseConnection,
    holder: DatabaseConnection,
    admin: DatabaseConnection,
    /// The runner's number.
    connection: u64,
    /// How each relation was made.
    made: BTreeMap<Relation, String>,
}

impl<S: Server> Held<S> {
    async fn open() -> Self {
        let cluster = Cluster::<S>::start(0).await.unwrap();
        let admin = connect(&cluster.master().admin_url()).await;
        for statement in [
            "CREATE DATABASE shop",
            "GRANT ALL PRIVILEGES ON shop.* TO app@'127.0.0.1'",
        ] {
            admin.execute_unprepared(statement).await.unwrap();
        }
        let url = cluster.master().url();
        let holder = connect(&url).await;
        for file in ["mysql.setup.sql", "mysql.tables.setup.sql"] {
            for statement in set_up(file) {
                if !statement.starts_with("CREATE DATABASE") {
                    holder.execute_unprepared(&statement).await.unwrap();
                }
            }
        }
        let mut held = Self {
            cluster,
            runner: connect(&url).await,
            url,
            holder,
            admin,
            connection: 0,
            made: BTreeMap::new(),
        };
        held.made = held.made_as().await;
        held.reconnect().await;
        held
    }

    /// Another session, with nothing left of the one before.
    async fn reconnect(&mut self) {
        let kill = format!("KILL {}", self.connection);
        drop(self.admin.execute_unprepared(&kill).await);
        self.runner = connect(&self.url).await;
        let id = rows(&self.runner, "SELECT connection_id()").await.unwrap();
        self.connection = id[0].try_get_by_index(0).unwrap();
        // MySQL waits for one second at least.
        self.runner
            .execute_unprepared("SET lock_wait_timeout = 0, innodb_lock_wait_timeout = 1")
            .await
            .unwrap();
    }

    async fn made_as(&self) -> BTreeMap<Relation, String> {
        let relations = rows(
            &self.holder,
            "SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_schema IN ('app', 'shop')",
        );
        let mut made = BTreeMap::new();
        for row in relations.await.unwrap() {
            let (schema, name): (String, String) = (
                row.try_get_by_index(0).unwrap(),
                row.try_get_by_index(1).unwrap(),
            );
            let kind: String = row.try_get_by_index(2).unwrap();
            let kind = if kind == "VIEW" { "VIEW" } else { "TABLE" };
            let show = format!(
                "SHOW CREATE {kind} `{schema}`.`{}`",
                name.replace('`', "``")
            );
            let shown = rows(&self.holder, &show).await.unwrap();
            let text: String = shown[0].try_get_by_index(1).unwrap();
            made.insert(Relation::new(schema, name), text);
        }
        made
    }

    /// Makes the relations again that are not as they were.
    async fn restore(&self) {
        let now = self.made_as().await;
        if now == self.made {
            return;
        }
        for (relation, text) in &now {
            if self.made.get(relation) != Some(text) {
                let kind = if text.contains(" VIEW `") {
                    "VIEW"
                } else {
                    "TABLE"
                };
                let drop = format!("DROP {kind} IF EXISTS {}", quoted(relation));
                self.holder.execute_unprepared(&drop).await.unwrap();
            }
        }
        let missing = self
            .made
            .iter()
            .filter(|(relation, text)| now.get(relation) != Some(text));
        for (relation, text) in missing {
            let text = match relation.schema.as_str() {
                "app" => text.clone(),
                _ => text.replacen("CREATE TABLE `", "CREATE TABLE `shop`.`", 1),
            };
            self.holder.execute_unprepared(&text).await.unwrap();
        }
    }

    fn tables(&self) -> impl Iterator<Item = &Relation> {
        self.made
            .iter()
            .filter(|(_, text)| !text.contains(" VIEW `"))
            .map(|(relation, _)| relation)
    }

    /// Runs a text in a transaction while another session holds tables, and looks at the transaction before its end.
    async fn run<T>(
        &mut self,
        held: &[Relation],
        sql: &str,
        look: impl AsyncFn(&Self) -> T,
    ) -> Result<T, DbErr> {
        if !held.is_empty() {
            let tables: Vec<_> = held
                .iter()
                .map(|table| format!("{} WRITE", quoted(table)))
                .collect();
            let lock = format!("LOCK TABLES {}", tables.join(", "));
            self.holder.execute_unprepared(&lock).await.unwrap();
        }
        self.runner.execute_unprepared("BEGIN").await.unwrap();
        let ran = timeout(LONGEST, self.runner.execute_unprepared(sql)).await;
        let seen = match &ran {
            Ok(Ok(_)) => Some(look(self).await),
            _ => None,
        };
        self.holder
            .execute_unprepared("UNLOCK TABLES")
            .await
            .unwrap();
        let ended = timeout(LONGEST, self.runner.execute_unprepared("ROLLBACK")).await;
        if !matches!(ended, Ok(Ok(_))) {
            self.reconnect().await;
        }
        match (ran, seen) {
            (Ok(Ok(_)), Some(seen)) => Ok(seen),
            (Ok(Err(error)), _) => Err(error),
            _ => Err(DbErr::Custom("does not end".to_owned())),
        }
    }

    /// As [`missed`](Self::missed), or that the server refused the text.
    async fn heard<T>(
        &mut self,
        sql: &str,
        class: &Class,
        named: &BTreeSet<Relation>,
        look: impl AsyncFn(&Self) -> T,
    ) -> Result<(Vec<Relation>, Option<T>), Testimony> {
        let heard = self.missed(sql, named, look).await;
        if heard.is_err() && may_remain(class) {
            // Some of the tables of a `DROP` may be gone by then.
            self.reconnect().await;
            self.restore().await;
        }
        heard.map_err(|error| Testimony::Refused(error.to_string()))
    }

    /// Which tables a text touches that are neither named nor below what is named.
    async fn missed<T>(
        &mut self,
        sql: &str,
        named: &BTreeSet<Relation>,
        look: impl AsyncFn(&Self) -> T,
    ) -> Result<(Vec<Relation>, Option<T>), DbErr> {
        let others = self.tables().filter(|table| !stands_for(named, table));
        let others: Vec<Relation> = others.cloned().collect();
        match self.run(&others, sql, look).await {
            Ok(seen) => Ok((Vec::new(), Some(seen))),
            Err(error) if code(&error) == LOCKED => {
                let mut missed = Vec::new();
                for one in others {
                    let ran = self
                        .run(std::slice::from_ref(&one), sql, async |_| ())
                        .await;
                    if ran.is_err_and(|error| code(&error) == LOCKED) {
                        missed.push(one);
                    }
                    self.restore().await;
                }
                Ok((missed, None))
            }
            Err(error) => Err(error),
        }
    }

    /// What is made by a text and not named.
    async fn made_unnamed(&self, named: &BTreeSet<Relation>) -> Vec<Relation> {
        let now = self.made_as().await.into_keys();
        now.filter(|relation| !self.made.contains_key(relation) && !named.contains(relation))
            .collect()
    }

    async fn remains(&mut self, sql: &str) -> Result<Option<String>, String> {
        let before = self.state().await;
        let ran = timeout(LONGEST, self.runner.execute_unprepared(sql)).await;
        let after = match &ran {
            Ok(Ok(_)) => self.state().await,
            _ => String::new(),
        };
        if before != after {
            self.reconnect().await;
            self.restore().await;
        }
        match ran {
            Ok(Ok(_)) => Ok((before != after).then(|| format!("{before} became {after}"))),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("does not end".to_owned()),
        }
    }

    /// The end of the log, the locks of the session, its settings, and the files beside the tables.
    async fn state(&self) -> String {
        let mut state = Vec::new();
        let log = match S::NAME {
            "MySQL" => "SHOW BINARY LOG STATUS",
            _ => "SHOW MASTER STATUS",
        };
        let log = rows(&self.admin, log).await.unwrap();
        let position: Result<u64, _> = log[0].try_get_by_index(1);
        state.push(format!("log {position:?}"));
        let locks = rows(&self.runner, "SELECT release_all_locks()").await;
        let locks: Option<i64> = locks.ok().and_then(|rows| rows[0].try_get_by_index(0).ok());
        state.push(format!("locks {locks:?}"));
        let settings = rows(&self.runner, "SHOW SESSION VARIABLES")
            .await
            .unwrap_or_default();
        for row in settings {
            let (name, value): (String, String) = (
                row.try_get_by_index(0).unwrap(),
                row.try_get_by_index(1).unwrap_or_default(),
            );
            let moves = [
                "timestamp",
                "gtid",
                "rand_seed",
                "pseudo_thread",
                "error_count",
                "warning_count",
                "statement_id",
            ];
            if !moves.iter().any(|moving| name.contains(moving)) {
                state.push(format!("{name}={value}"));
            }
        }
        let data = self.cluster.master().directory().join("data");
        for directory in ["app", "shop"] {
            let mut files: Vec<_> = std::fs::read_dir(data.join(directory))
                .unwrap()
                .map(|file| file.unwrap().file_name().display().to_string())
                .collect();
            files.sort();
            state.push(files.join(" "));
        }
        state.join("\n")
    }

    fn is_missing(&self, relation: &Relation) -> bool {
        !self.made.contains_key(relation)
    }
}

/// Whether a table is named, or is shown by a view that is.
fn stands_for(named: &BTreeSet<Relation>, table: &Relation) -> bool {
    let shows = |(view, shown): &(&str, &str)| {
        *shown == table.name && named.contains(&Relation::new("app", *view))
    };
    named.contains(table) || VIEWS.iter().any(shows)
}

fn quoted(relation: &Relation) -> String {
    let quote = |name: &str| name.replace('`', "``");
    format!("`{}`.`{}`", quote(&relation.schema), quote(&relation.name))
}

/// Whether a text may change what relations there are, or what its session remembers.
fn may_remain(class: &Class) -> bool {
    !class.is_read() && !matches!(class.reason, Reason::Writes(_) | Reason::LocksRows)
}

/// MariaDB, of which one learns what a statement touches by what it waits for.
pub(super) struct MariaDbWitness(Held<MariaDb>);

impl Witness for MariaDbWitness {
    const SERVER: &'static str = "MariaDB";
    const BACKEND: DbBackend = DbBackend::MySql;
    const SCHEMA: &'static str = "app";
    const FILES: [&'static str; 2] = ["mysql.cases", "mysql.tables.sql"];
    const LEAST: usize = 400;

    async fn open() -> Self {
        Self(Held::open().await)
    }

    async fn remains(&mut self, sql: &str) -> Result<Option<String>, String> {
        self.0.remains(sql).await
    }

    async fn ask(&mut self, sql: &str, class: &Class) -> Testimony {
        let named = Self::named(class);
        let held = &mut self.0;
        let mut missed = match held.heard(sql, class, &named, async |_| ()).await {
            Ok((missed, _)) => missed,
            Err(refused) => return refused,
        };
        let mut idle = Vec::new();
        if may_remain(class) {
            missed.extend(held.made_unnamed(&named).await);
            held.reconnect().await;
            idle.extend(never_there(held, class, &named).await);
            held.restore().await;
        } else {
            idle.extend(named.iter().filter(|named| held.is_missing(named)).cloned());
        }
        // What only looks at a table, or after it, does not wait or does not fail.
        let waits = !sql.contains("/*!99999")
            && !matches!(
                class.reason,
                Reason::Describes(_)
                    | Reason::Runs(_)
                    | Reason::Defines(_)
                    | Reason::ExecutableComment
            );
        let there: Vec<_> = named
            .iter()
            .filter(|named| waits && !held.is_missing(named))
            .collect();
        for one in there {
            let tables: Vec<Relation> = held
                .tables()
                .filter(|table| stands_for(&BTreeSet::from([one.clone()]), table))
                .cloned()
                .collect();
            let ran = held.run(&tables, sql, async |_| ()).await;
            if !ran.is_err_and(|error| code(&error) == LOCKED) {
                idle.push(one.clone());
            }
            if may_remain(class) {
                held.reconnect().await;
                held.restore().await;
            }
        }
        Testimony::Ran { missed, idle }
    }
}

/// MySQL, whose `metadata_locks` name what a transaction has touched; what ends its transaction is only seen not to wait.
pub(super) struct MySqlWitness(Held<MySql>);

impl Witness for MySqlWitness {
    const SERVER: &'static str = "MySQL";
    const BACKEND: DbBackend = DbBackend::MySql;
    const SCHEMA: &'static str = "app";
    const FILES: [&'static str; 2] = ["mysql.cases", "mysql.tables.sql"];
    const LEAST: usize = 400;

    async fn open() -> Self {
        Self(Held::open().await)
    }

    async fn remains(&mut self, sql: &str) -> Result<Option<String>, String> {
        self.0.remains(sql).await
    }

    async fn ask(&mut self, sql: &str, class: &Class) -> Testimony {
        let named = Self::named(class);
        let held = &mut self.0;
        let (mut missed, locked) = match held.heard(sql, class, &named, metadata_locks).await {
            Ok(found) => found,
            Err(refused) => return refused,
        };
        let mut idle: Vec<Relation> = Vec::new();
        if may_remain(class) {
            missed.extend(held.made_unnamed(&named).await);
            held.reconnect().await;
            idle.extend(never_there(held, class, &named).await);
            held.restore().await;
        } else if let Some(locked) = locked.filter(|locked| !locked.is_empty()) {
            let is_missed = |table: &&Relation| !stands_for(&named, table);
            missed.extend(locked.iter().filter(is_missed).cloned());
            idle.extend(named.difference(&locked).cloned());
        }
        Testimony::Ran { missed, idle }
    }
}

/// Named, and neither there before nor now. Temporary tables are seen by their own session only.
async fn never_there<S: Server>(
    held: &Held<S>,
    class: &Class,
    named: &BTreeSet<Relation>,
) -> Vec<Relation> {
    if matches!(
        class.reason,
        Reason::Session(_) | Reason::Runs(_) | Reason::ExecutableComment
    ) {
        return Vec::new();
    }
    let now = held.made_as().await;
    let missing = named.iter().filter(|named| held.is_missing(named));
    missing
        .filter(|named| !now.contains_key(named) && named.name != "missing")
        .cloned()
        .collect()
}

async fn metadata_locks(held: &Held<MySql>) -> BTreeSet<Relation> {
    let id = held.connection;
    let locks = format!(
        "SELECT object_schema, object_name FROM performance_schema.metadata_locks
         WHERE object_type = 'TABLE' AND object_schema IN ('app', 'shop') AND owner_thread_id =
         (SELECT thread_id FROM performance_schema.threads WHERE processlist_id = {id})"
    );
    let locks = rows(&held.admin, &locks).await.unwrap();
    locks
        .iter()
        .map(|row| {
            Relation::new(
                row.try_get_by_index::<String>(0).unwrap(),
                row.try_get_by_index::<String>(1).unwrap(),
            )
        })
        .collect()
}
