use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, QueryResult};
use sea_orm_routing::classify::{Class, Reason};
use tempfile::TempDir;

use super::{
    statements::set_up,
    witness::{Relation, Testimony, Witness, connect, plain, rows},
};

/// A view's table, and tables with a foreign key between them.
const RELATED: [(&str, &str); 4] = [
    ("cheap", "cake"),
    ("cheap", "fruit"),
    ("cake", "fruit"),
    ("fruit", "cake"),
];

/// What is about a whole database, however few tables it names.
const OF_ALL: [&str; 9] = [
    "PRAGMA",
    "VACUUM",
    "ANALYZE",
    "REINDEX",
    "ATTACH",
    "DETACH",
    "EXPLAIN ANALYZE",
    "EXPLAIN PRAGMA",
    "EXPLAIN REINDEX",
];

/// A statement that is not at its end after so many times [`STEP`] instructions won't be: a query may be without end.
const STEPS: u32 = 2_000;
const STEP: i32 = 10_000;

/// SQLite, which lists the program of a statement: which root pages it opens, in which database.
pub(super) struct SqliteWitness {
    directory: TempDir,
    session: DatabaseConnection,
    runs: u32,
    steps: Steps,
}

/// What a text may still run of its [`STEPS`].
#[derive(Clone, Default)]
struct Steps(Arc<AtomicU32>);

impl Steps {
    fn begin(&self) {
        self.0.store(STEPS, Ordering::Relaxed);
    }

    /// Whether one more is left.
    fn take(&self) -> bool {
        let take = |left: u32| left.checked_sub(1);
        let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
        self.0.fetch_update(set, fetch, take).is_ok()
    }

    /// Interrupts what a session runs for longer.
    async fn limit(&self, session: &DatabaseConnection) {
        let mut connection = session
            .get_sqlite_connection_pool()
            .acquire()
            .await
            .unwrap();
        let steps = self.clone();
        let mut handle = connection.lock_handle().await.unwrap();
        handle.set_progress_handler(STEP, move || steps.take());
    }
}

impl Witness for SqliteWitness {
    const SERVER: &'static str = "SQLite";
    const BACKEND: DbBackend = DbBackend::Sqlite;
    const SCHEMA: &'static str = "main";
    const FILES: [&'static str; 2] = ["sqlite.cases", "sqlite.tables.sql"];
    const LEFT_OUT: &'static [(&'static str, &'static str)] = &[
        // docs/classification.md says so.
        (
            "json_each",
            "a table of the server's, and one that is named without arguments",
        ),
        ("json_tree", "as `json_each`"),
    ];
    const LEAST: usize = 400;

    async fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let steps = Steps::default();
        let session = database(&directory, None, &steps).await;
        Self {
            directory,
            session,
            runs: 0,
            steps,
        }
    }

    async fn remains(&mut self, sql: &str) -> Result<Option<String>, String> {
        let before = self.state().await;
        self.steps.begin();
        let ran = self.session.execute_unprepared(sql).await;
        let after = self.state().await;
        if before != after {
            self.directory = tempfile::tempdir().unwrap();
            self.session = database(&self.directory, None, &self.steps).await;
        }
        ran.map_err(|error| error.to_string())?;
        Ok((before != after).then(|| format!("{before} became {after}")))
    }

    async fn ask(&mut self, sql: &str, class: &Class) -> Testimony {
        if class.reason == Reason::SeveralStatements {
            return Testimony::Refused("several statements".to_owned());
        }
        let plain = plain(sql);
        let is_of_all = |verb: &str| plain.starts_with(verb);
        if OF_ALL.iter().any(|verb| is_of_all(verb)) {
            return Testimony::Refused("is about a whole database".to_owned());
        }
        let opened = match self.opened(sql).await {
            Ok(opened) => opened,
            Err(error) => return Testimony::Refused(error.to_string()),
        };
        let named = Self::named_here(class);
        let changed = match class.is_read() {
            true => BTreeSet::new(),
            false => match self.changed(sql).await {
                Ok(changed) => changed,
                // A definition that fails is undone in whole.
                Err(_) if matches!(class.reason, Reason::Writes(_)) => BTreeSet::new(),
                Err(error) => return Testimony::Refused(error.to_string()),
            },
        };
        let touched: BTreeSet<_> = opened.union(&changed).cloned().collect();
        // An index's table is what its catalogue knows, and a view's text follows its tables' names.
        let by_catalogue = ["DROP INDEX", "ALTER TABLE"]
            .iter()
            .any(|verb| is_of_all(verb));
        let missed = touched.iter().filter(|table| {
            let is_known =
                by_catalogue && ["cake", "cheap", "ledger"].contains(&table.name.as_str());
            !is_known && !is_part(table, &named)
        });
        let mut idle = Vec::new();
        for one in named.difference(&touched) {
            // What the planner leaves out is needed all the same.
            let is_made = changed.iter().any(|changed| changed.name == one.name);
            let is_looked_up = is_made || self.is_needed(one, sql).await;
            if !is_looked_up && !names_later(sql) {
                idle.push(one.clone());
            }
        }
        Testimony::Ran {
            missed: missed.cloned().collect(),
            idle,
        }
    }
}

impl SqliteWitness {
    /// Names of SQLite have no case.
    fn named_here(class: &Class) -> BTreeSet<Relation> {
        let named = Self::named(class).into_iter();
        named
            .map(|table| {
                Relation::new(
                    table.schema.to_ascii_lowercase(),
                    table.name.to_ascii_lowercase(),
                )
            })
            .collect()
    }

    /// What a session has changed, and what it has set.
    async fn state(&self) -> String {
        self.steps.begin();
        let counts = "SELECT total_changes() || ' ' || last_insert_rowid()";
        let mut state = Vec::new();
        for sql in [
            counts,
            "PRAGMA schema_version",
            "PRAGMA user_version",
            "PRAGMA query_only",
            "PRAGMA foreign_keys",
            "PRAGMA cache_size",
            "PRAGMA journal_mode",
            "PRAGMA synchronous",
            "SELECT count(*) FROM pragma_database_list WHERE name <> 'temp'",
            "SELECT count(*) FROM temp.sqlite_master",
            "PRAGMA application_id",
            "PRAGMA recursive_triggers",
            "PRAGMA case_sensitive_like",
            "PRAGMA temp_store",
            "PRAGMA mmap_size",
        ] {
            let rows = rows(&self.session, sql).await.unwrap_or_default();
            let value = rows.first().map(|row| {
                let text: Result<String, _> = row.try_get_by_index(0);
                text.or_else(|_| {
                    row.try_get_by_index::<i64>(0)
                        .map(|number| number.to_string())
                })
            });
            state.push(format!("{value:?}"));
        }
        state.join(" ")
    }

    async fn opened(&self, sql: &str) -> Result<BTreeSet<Relation>, DbErr> {
        self.steps.begin();
        let explains = sql
            .trim_start()
            .get(..7)
            .is_some_and(|word| word.eq_ignore_ascii_case("explain"));
        let program = match explains {
            true => rows(&self.session, sql).await?,
            false => rows(&self.session, &format!("EXPLAIN {sql}")).await?,
        };
        let roots = self.roots().await?;
        let opened = program.iter().filter_map(|row| opened_by(row, &roots));
        Ok(opened.collect())
    }

    /// The table of each root page of each database.
    async fn roots(&self) -> Result<BTreeMap<(i64, i64), Relation>, DbErr> {
        let mut roots = BTreeMap::new();
        for database in rows(&self.session, "PRAGMA database_list").await? {
            let (number, name): (i64, String) =
                (database.try_get_by_index(0)?, database.try_get_by_index(1)?);
            let master = format!(
                "SELECT rootpage, tbl_name FROM \"{name}\".sqlite_master WHERE rootpage > 0"
            );
            for row in rows(&self.session, &master).await? {
                let table: String = row.try_get_by_index(1)?;
                let table = Relation::new(name.as_str(), table.to_ascii_lowercase());
                roots.insert((number, row.try_get_by_index(0)?), table);
            }
        }
        Ok(roots)
    }

    /// A session of a database of its own.
    async fn another(&mut self) -> DatabaseConnection {
        self.runs += 1;
        let name = self.runs.to_string();
        database(&self.directory, Some(&name), &self.steps).await
    }

    async fn end(&self, session: DatabaseConnection) {
        session.close().await.unwrap();
        let file = self.directory.path().join(format!("{}.db", self.runs));
        std::fs::remove_file(file).unwrap();
    }

    /// The tables whose definitions are others after the statement.
    async fn changed(&mut self, sql: &str) -> Result<BTreeSet<Relation>, DbErr> {
        let session = self.another().await;
        let before = definitions(&session).await;
        self.steps.begin();
        let ran = session.execute_unprepared(sql).await;
        self.steps.begin();
        let after = definitions(&session).await;
        let changed = before.symmetric_difference(&after);
        let changed = changed.map(|(table, _)| table.clone()).collect();
        self.end(session).await;
        ran.map(|_| changed)
    }

    /// Whether the statement can't be prepared where a table is missing.
    async fn is_needed(&mut self, table: &Relation, sql: &str) -> bool {
        let session = self.another().await;
        for kind in ["TABLE", "VIEW"] {
            let drop = format!("DROP {kind} \"{}\"", table.name.replace('"', "\"\""));
            std::mem::drop(session.execute_unprepared(&drop).await);
        }
        let ran = rows(&session, &format!("EXPLAIN {sql}")).await;
        self.end(session).await;
        ran.is_err()
    }
}

async fn database(directory: &TempDir, name: Option<&str>, steps: &Steps) -> DatabaseConnection {
    let name = name.unwrap_or("tables");
    let file = directory
        .path()
        .join(format!("{name}.db"))
        .display()
        .to_string();
    let session = connect(&format!("sqlite://{file}?mode=rwc")).await;
    session
        .execute_unprepared("PRAGMA synchronous = off")
        .await
        .unwrap();
    session
        .execute_unprepared("PRAGMA journal_mode = memory")
        .await
        .unwrap();
    for file in ["sqlite.setup.sql", "sqlite.tables.setup.sql"] {
        for statement in set_up(file) {
            session.execute_unprepared(&statement).await.unwrap();
        }
    }
    steps.begin();
    steps.limit(&session).await;
    session
}

async fn definitions(session: &DatabaseConnection) -> BTreeSet<(Relation, String)> {
    let mut definitions = BTreeSet::new();
    for schema in ["main", "temp"] {
        let sql = format!(
            "SELECT tbl_name, name || ': ' || coalesce(sql, '') FROM {schema}.sqlite_master WHERE name NOT LIKE 'sqlite_%'"
        );
        for row in rows(session, &sql).await.unwrap() {
            let table: String = row.try_get_by_index(0).unwrap();
            let table = Relation::new(schema, table.to_ascii_lowercase());
            definitions.insert((table, row.try_get_by_index(1).unwrap()));
        }
    }
    definitions
}

/// What an instruction of the program opens or drops.
fn opened_by(row: &QueryResult, roots: &BTreeMap<(i64, i64), Relation>) -> Option<Relation> {
    let opcode: String = row.try_get("", "opcode").ok()?;
    let number = |name: &str| row.try_get::<i64>("", name).unwrap_or_default();
    // Where the root page is in a register, the table is only being made.
    const IN_REGISTER: i64 = 0x10;
    let is_made = number("p5") & IN_REGISTER != 0;
    let root = match opcode.as_str() {
        "OpenRead" | "OpenWrite" if !is_made => (number("p3"), number("p2")),
        "Destroy" => (number("p3"), number("p1")),
        "Clear" => (number("p2"), number("p1")),
        _ => return None,
    };
    roots.get(&root).cloned()
}

/// What the tables of a view, trigger or foreign key are is only looked up when they are used; the order of one row is
/// left out.
fn names_later(sql: &str) -> bool {
    let sql = plain(sql);
    [
        " VIEW ",
        " TRIGGER ",
        "REFERENCES",
        "IF EXISTS MISSING",
        "ORDER BY (",
    ]
    .iter()
    .any(|word| sql.contains(word))
}

/// Whether a table is named, below a view that is, or one of a virtual table's own.
fn is_part(table: &Relation, named: &BTreeSet<Relation>) -> bool {
    let is_temporary = table.schema == "temp" && named.iter().any(|named| named.name == table.name);
    is_temporary
        || table.name.starts_with("sqlite_")
        || named.contains(table)
        || named.iter().any(|named| {
            RELATED.contains(&(named.name.as_str(), table.name.as_str()))
                || table.name.starts_with(&format!("{}_", named.name))
        })
}

#[tokio::test]
async fn a_text_without_end_is_refused() {
    let mut witness = SqliteWitness::open().await;
    let endless =
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
    let refused = witness.remains(endless).await.unwrap_err();
    assert!(refused.contains("interrupted"), "{refused}");
    assert!(witness.remains("SELECT count(*) FROM cake").await.is_ok());
}
