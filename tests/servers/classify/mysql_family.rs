use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr};
use sea_orm_routing::classify::{Class, Reason};
use test_cluster::{Cluster, MariaDb, MySql, Server, until};
use tokio::time::timeout;

use super::{
    statements::set_up,
    witness::{LONGEST, Relation, Testimony, Witness, code, connect, plain, rows},
};

/// Which tables each view shows.
const VIEWS: [(&str, &str); 1] = [("cheap", "cake")];

/// What a statement says that waited for a lock of another session.
const LOCKED: &str = "1205";

/// What is said of a text that is no statement.
const NO_STATEMENT: &str = "1064";

/// Parts of the names of settings that move by themselves.
pub(super) const MOVING: [&str; 7] = [
    "timestamp",
    "gtid",
    "rand_seed",
    "pseudo_thread",
    "error_count",
    "warning_count",
    "statement_id",
];

/// Until the server has ended a session.
const ENDED: Duration = Duration::from_secs(30);

/// The user of the made texts.
const USER: &str = "app@'127.0.0.1'";

/// A server whose statements wait for tables that another session holds.
///
/// A text may leave anything to its session: locks, a branch, a server that still works on it. So nothing is asked of a
/// session that ran one without an answer: the administrator, who runs no text, ends all of the user's sessions at the
/// server, and both begin anew.
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
    /// What there is beside relations, and how the user may log in.
    beside: String,
    /// Whether what the last text left behind may still change something, as its event may.
    is_unsure: bool,
}

impl<S: Server> Held<S> {
    async fn open() -> Self {
        let cluster = Cluster::<S>::start(0).await.unwrap();
        let url = cluster.master().url();
        let admin = administrator(&cluster.master().admin_url()).await;
        let mut held = Self {
            cluster,
            runner: connect(&url).await,
            holder: connect(&url).await,
            url,
            admin,
            connection: 0,
            made: BTreeMap::new(),
            beside: String::new(),
            is_unsure: false,
        };
        held.make().await;
        held.made = held.made_as().await;
        held.beside = held.beside().await;
        held.reconnect().await;
        held
    }

    /// Makes all anew.
    async fn make(&mut self) {
        let mut statements: Vec<String> = ["made", "app", "shop", "other"]
            .map(|name| format!("DROP DATABASE IF EXISTS {name}"))
            .into();
        statements.push("CREATE DATABASE app".to_owned());
        statements.push("CREATE DATABASE shop".to_owned());
        statements.push("USE app".to_owned());
        for database in ["app", "shop"] {
            statements.push(format!("GRANT ALL PRIVILEGES ON {database}.* TO {USER}"));
        }
        for statement in statements {
            self.admin.execute_unprepared(&statement).await.unwrap();
        }
        self.reconnect().await;
        for file in ["mysql.setup.sql", "mysql.tables.setup.sql"] {
            for statement in set_up(file) {
                if !statement.starts_with("CREATE DATABASE") {
                    self.holder.execute_unprepared(&statement).await.unwrap();
                }
            }
        }
    }

    /// Starts a server again that a text has crashed: that is the server's fault, and no finding.
    async fn revive(&mut self) {
        let alive = timeout(LONGEST, self.admin.execute_unprepared("SELECT 1")).await;
        if matches!(alive, Ok(Ok(_))) {
            return;
        }
        println!("{} died and is started again", S::NAME);
        let master = self.cluster.master();
        master.kill().await.unwrap();
        master.start().await.unwrap();
        self.admin = administrator(&master.admin_url()).await;
    }

    /// Ends all sessions of the user's at the server, and what they prepared; then opens new ones.
    async fn reconnect(&mut self) {
        self.revive().await;
        until("the end of the sessions", ENDED, async || {
            let sessions = "SELECT CAST(id AS UNSIGNED) FROM information_schema.processlist WHERE user = 'app'";
            let sessions = rows(&self.admin, sessions).await.unwrap();
            for session in &sessions {
                let id: u64 = session.try_get_by_index(0).unwrap();
                let kill = format!("KILL {id}");
                // It may have ended meanwhile.
                drop(self.admin.execute_unprepared(&kill).await);
            }
            Ok(sessions.is_empty().then_some(()))
        })
        .await
        .unwrap();
        for branch in rows(&self.admin, "XA RECOVER").await.unwrap_or_default() {
            let (gtrid, bqual): (i32, i32) = (
                branch.try_get_by_index(1).unwrap_or_default(),
                branch.try_get_by_index(2).unwrap_or_default(),
            );
            let data: String = branch.try_get_by_index(3).unwrap_or_default();
            let middle = usize::try_from(gtrid).unwrap_or_default().min(data.len());
            let (gtrid, rest) = data.split_at(middle);
            let bqual = &rest[..usize::try_from(bqual).unwrap_or_default().min(rest.len())];
            let back = format!("XA ROLLBACK '{gtrid}', '{bqual}'");
            drop(self.admin.execute_unprepared(&back).await);
        }
        self.holder = self.session().await;
        self.runner = self.session().await;
        let id = rows(&self.runner, "SELECT connection_id()").await.unwrap();
        self.connection = id[0].try_get_by_index(0).unwrap();
    }

    async fn session(&self) -> DatabaseConnection {
        let session = connect(&self.url).await;
        // MySQL waits for one second at least.
        session
            .execute_unprepared("SET lock_wait_timeout = 0, innodb_lock_wait_timeout = 1")
            .await
            .unwrap();
        session
    }

    /// What is no relation, and how the user logs in.
    async fn beside(&self) -> String {
        let objects = "SELECT concat_ws(' ',
            (SELECT group_concat(routine_schema, '.', routine_name ORDER BY 1) FROM information_schema.routines),
            (SELECT group_concat(trigger_schema, '.', trigger_name, ' ', action_statement ORDER BY 1) FROM information_schema.triggers
             WHERE trigger_schema <> 'sys'),
            (SELECT group_concat(event_schema, '.', event_name, ' ', status ORDER BY 1) FROM information_schema.events),
            (SELECT group_concat(schema_name, default_collation_name ORDER BY 1) FROM information_schema.schemata),
            (SELECT group_concat(user, host, authentication_string ORDER BY 1) FROM mysql.user))";
        let objects = rows(&self.admin, objects).await.unwrap();
        objects[0].try_get_by_index(0).unwrap()
    }

    async fn made_as(&self) -> BTreeMap<Relation, String> {
        let relations = rows(
            &self.admin,
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
            // What can't be opened is as no other is.
            let text: String = match rows(&self.admin, &show).await {
                Ok(shown) => shown[0].try_get_by_index(1).unwrap(),
                Err(error) => error.to_string(),
            };
            made.insert(Relation::new(schema, name), text);
        }
        made
    }

    /// Makes the relations again that are not as they were, and everything if more is not.
    async fn restore(&mut self) {
        self.revive().await;
        if self.beside().await != self.beside {
            let back = match S::NAME {
                "MySQL" => format!("ALTER USER {USER} IDENTIFIED BY ''"),
                _ => format!("ALTER USER {USER} IDENTIFIED BY 'app'"),
            };
            self.admin.execute_unprepared(&back).await.unwrap();
            // An event or a session of the text may still change what is made meanwhile.
            self.make().await;
            while self.made_as().await != self.made {
                println!("{} makes all once more", S::NAME);
                self.make().await;
            }
            self.beside = self.beside().await;
            return;
        }
        let now = self.made_as().await;
        if now == self.made {
            return;
        }
        let mut statements = vec!["SET SESSION foreign_key_checks = 0".to_owned()];
        for (relation, text) in &now {
            if self.made.get(relation) != Some(text) {
                let kind = kind(text);
                statements.push(format!("DROP {kind} IF EXISTS {}", quoted(relation)));
            }
        }
        // Views last: they want their tables.
        let missing = |view: bool| {
            let made = self.made.iter();
            made.filter(move |(_, text)| (kind(text) == "VIEW") == view)
        };
        for (relation, text) in missing(false).chain(missing(true)) {
            if now.get(relation) != Some(text) {
                statements.push(format!("USE `{}`", relation.schema));
                statements.push(text.clone());
            }
        }
        statements.push("USE app".to_owned());
        for statement in statements {
            self.holder.execute_unprepared(&statement).await.unwrap();
        }
        self.reconnect().await;
    }

    fn tables(&self) -> impl Iterator<Item = &Relation> {
        self.made
            .iter()
            .filter(|(_, text)| !text.contains(" VIEW `"))
            .map(|(relation, _)| relation)
    }

    /// Holds tables in a session of its own.
    async fn hold(&mut self, held: &[Relation]) {
        let tables: Vec<_> = held
            .iter()
            .map(|table| format!("{} WRITE", quoted(table)))
            .collect();
        let lock = format!("LOCK TABLES {}", tables.join(", "));
        for _ in 0..2 {
            let locked = timeout(LONGEST, self.holder.execute_unprepared(&lock)).await;
            if matches!(locked, Ok(Ok(_))) {
                return;
            }
            // What a text before has left behind holds one, or has dropped it.
            self.reconnect().await;
            self.restore().await;
        }
        panic!("no session can hold {}", tables.join(", "));
    }

    /// Runs a text in a transaction while another session holds tables, and looks at the transaction before its end.
    async fn run<T>(
        &mut self,
        held: &[Relation],
        sql: &str,
        remains: bool,
        look: impl AsyncFn(&Self) -> T,
    ) -> Result<T, DbErr> {
        if !held.is_empty() {
            self.hold(held).await;
        }
        let begun = timeout(LONGEST, self.runner.execute_unprepared("BEGIN")).await;
        if !matches!(begun, Ok(Ok(_))) {
            self.reconnect().await;
            return Err(DbErr::Custom("lost its session".to_owned()));
        }
        let ran = timeout(LONGEST, self.runner.execute_unprepared(sql)).await;
        let seen = match &ran {
            Ok(Ok(_)) => Some(look(self).await),
            _ => None,
        };
        let is_over = match remains || ran.is_err() {
            true => false,
            false => {
                let back = self.runner.execute_unprepared("ROLLBACK");
                let back = timeout(LONGEST, back).await;
                let free = self.holder.execute_unprepared("UNLOCK TABLES");
                matches!(back, Ok(Ok(_))) && matches!(timeout(LONGEST, free).await, Ok(Ok(_)))
            }
        };
        if !is_over {
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
        let remains = may_remain(class);
        if !self.parses(sql).await {
            return Err(Testimony::Refused("is no statement".to_owned()));
        }
        if std::mem::replace(&mut self.is_unsure, remains) && self.made_as().await != self.made {
            println!("{} was not as it was made before {sql:?}", S::NAME);
            self.restore().await;
        }
        let heard = self.missed(sql, named, remains, look).await;
        if heard.is_err() && remains {
            // Some of the tables of a `DROP` may be gone by then.
            self.restore().await;
        }
        heard.map_err(|error| Testimony::Refused(error.to_string()))
    }

    /// Whether the server takes a text for a statement, as far as that is told without running it. Most made texts are none,
    /// and to clean up behind each costs a second.
    async fn parses(&self, sql: &str) -> bool {
        // Of several statements the first ones run before the last one is read.
        if sql.contains(';') {
            return true;
        }
        let bytes = sql.bytes().map(|byte| format!("{byte:02x}"));
        let text: String = bytes.collect();
        let text = format!("SET @made = CONVERT(0x{text} USING utf8mb4)");
        for statement in [text.as_str(), "PREPARE made FROM @made"] {
            if let Err(error) = self.holder.execute_unprepared(statement).await {
                return code(&error) != NO_STATEMENT;
            }
        }
        true
    }

    /// Which tables a text touches that are neither named nor below what is named.
    async fn missed<T>(
        &mut self,
        sql: &str,
        named: &BTreeSet<Relation>,
        remains: bool,
        look: impl AsyncFn(&Self) -> T,
    ) -> Result<(Vec<Relation>, Option<T>), DbErr> {
        let others = self.tables().filter(|table| !stands_for(named, table));
        let others: Vec<Relation> = others.cloned().collect();
        match self.run(&others, sql, remains, look).await {
            Ok(seen) => Ok((Vec::new(), Some(seen))),
            Err(error) if code(&error) == LOCKED => {
                let mut missed = Vec::new();
                for one in others {
                    let ran = self
                        .run(std::slice::from_ref(&one), sql, remains, async |_| ())
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
            _ => Err("was refused".to_owned()),
        };
        if before != after {
            self.reconnect().await;
            self.restore().await;
        }
        match ran {
            Ok(Ok(_)) => {
                let (before, after) = (before?, after?);
                Ok((before != after).then(|| difference(&before, &after)))
            }
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("does not end".to_owned()),
        }
    }

    /// The end of the log, the locks of the session, its settings, and the files beside the tables.
    async fn state(&self) -> Result<String, String> {
        let mut state = Vec::new();
        let log = match S::NAME {
            "MySQL" => "SHOW BINARY LOG STATUS",
            _ => "SHOW MASTER STATUS",
        };
        let log = rows(&self.admin, log)
            .await
            .map_err(|error| error.to_string())?;
        let position: Result<u64, _> = log[0].try_get_by_index(1);
        state.push(format!("log {position:?}"));
        let locks = rows(&self.runner, "SELECT release_all_locks()").await;
        let locks: Option<i64> = locks.ok().and_then(|rows| rows[0].try_get_by_index(0).ok());
        state.push(format!("locks {locks:?}"));
        let settings = rows(&self.runner, "SHOW SESSION VARIABLES")
            .await
            .map_err(|error| error.to_string())?;
        for row in settings {
            let (name, value): (String, String) = (
                row.try_get_by_index(0).unwrap(),
                row.try_get_by_index(1).unwrap_or_default(),
            );
            if !MOVING.iter().any(|moving| name.contains(moving)) {
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
        Ok(state.join("\n"))
    }

    fn is_missing(&self, relation: &Relation) -> bool {
        !self.made.contains_key(relation)
    }
}

/// A session whose statements are prepared anew each time, which costs, for long runs: one that was kept seems to tell of a
/// view as it was before.
async fn administrator(url: &str) -> DatabaseConnection {
    if std::env::var_os("FUZZ_SECONDS").is_none() {
        return connect(url).await;
    }
    let mark = if url.contains('?') { '&' } else { '?' };
    connect(&format!("{url}{mark}statement-cache-capacity=0")).await
}

/// Whether a table is named, or is shown by a view that is.
fn stands_for(named: &BTreeSet<Relation>, table: &Relation) -> bool {
    let shows = |(view, shown): &(&str, &str)| {
        *shown == table.name && named.contains(&Relation::new("app", *view))
    };
    named.contains(table) || VIEWS.iter().any(shows)
}

/// The lines of a state that became others.
fn difference(before: &str, after: &str) -> String {
    let pairs = before.lines().zip(after.lines());
    let pairs = pairs.filter(|(before, after)| before != after);
    let pairs: Vec<_> = pairs
        .map(|(before, after)| format!("{before} became {after}"))
        .collect();
    pairs.join(", ")
}

/// As `DROP` calls what a text makes.
fn kind(text: &str) -> &'static str {
    match text {
        text if text.contains(" VIEW `") => "VIEW",
        text if text.starts_with("CREATE SEQUENCE") => "SEQUENCE",
        _ => "TABLE",
    }
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
    const LEFT_OUT: &'static [(&'static str, &'static str)] = &[(
        "procedure",
        "where a body ends, and another statement begins, its words alone say",
    )];
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
        // It is opened before it is found to be no sequence.
        let is_object = |table: &Relation| {
            let mut objects = class.objects.iter();
            objects.any(|object| object.name == table.name)
        };
        missed.retain(|table| !is_object(table));
        let mut idle = Vec::new();
        if may_remain(class) {
            missed.extend(held.made_unnamed(&named).await);
            idle.extend(never_there(held, class, &named).await);
            held.restore().await;
        } else {
            idle.extend(named.iter().filter(|named| held.is_missing(named)).cloned());
        }
        // What only looks at a table, or after it, does not wait or does not fail.
        // Nor does a `SHOW`, whatever its `WHERE` makes of the text.
        let waits = !sql.contains("/*!99999")
            && !plain(sql).starts_with("SHOW ")
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
            let remains = may_remain(class);
            let ran = held.run(&tables, sql, remains, async |_| ()).await;
            if !ran.is_err_and(|error| code(&error) == LOCKED) {
                idle.push(one.clone());
            }
            if remains {
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
    const LEFT_OUT: &'static [(&'static str, &'static str)] = &[(
        "procedure",
        "where a body ends, and another statement begins, its words alone say",
    )];
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
