//! Shards on files, and which of these the process has open by the kernel's own word.

use std::{collections::BTreeSet, fs, time::Duration};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    config::{BindConfig, NodeConfig, PoolConfig},
};
use tempfile::TempDir;
use test_cluster::until;

const SOON: Duration = Duration::from_secs(20);

/// `default` and `reports` in memory, and shards of `tenants` on files.
pub(crate) struct Shards {
    pub(crate) db: RoutingDatabase,
    pub(crate) directory: TempDir,
}

impl Shards {
    pub(crate) async fn new(
        names: &[String],
        has_slaves: bool,
        shard: impl Fn(BindConfig) -> BindConfig,
        change: impl FnOnce(BindsConfig) -> BindsConfig,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let memory = |name: &str| BindConfig::new(name, "sqlite::memory:");
        let config = BindsConfig::new()
            .bind(memory("default"))
            .bind(memory("reports"));
        let config = names.iter().fold(config, |config, name| {
            let file = format!("sqlite://{}/{name}.db", directory.path().display());
            let bind = BindConfig::new(format!("tenants:{name}"), format!("{file}?mode=rwc"));
            let bind = match has_slaves {
                true => bind.slave(NodeConfig::new("slave-1", format!("{file}?mode=ro"))),
                false => bind,
            };
            config.bind(shard(bind))
        });
        let db = RoutingDatabase::from_config(change(config)).await.unwrap();
        Self { db, directory }
    }

    pub(crate) fn shard(&self, name: &str) -> RoutingDatabase {
        self.db.bind(&format!("tenants:{name}")).unwrap()
    }

    /// The shards whose file is open.
    pub(crate) fn open(&self) -> BTreeSet<String> {
        let open = fs::read_dir("/proc/self/fd").unwrap();
        let open = open.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
        let of_ours = open.filter(|path| path.starts_with(self.directory.path()));
        let databases = of_ours.filter(|path| path.extension().is_some_and(|end| end == "db"));
        databases
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .collect()
    }

    pub(crate) async fn until_open(&self, names: &[&str]) {
        let names: BTreeSet<String> = names.iter().map(ToString::to_string).collect();
        let are = || async { Ok((self.open() == names).then_some(())) };
        let waited = until(&format!("only {names:?} open"), SOON, are).await;
        waited.unwrap_or_else(|error| panic!("{error}: {:?}", self.open()));
    }
}

pub(crate) fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("t{number}")).collect()
}

/// A pool whose statements wait so long.
pub(crate) fn patient(time: Duration) -> PoolConfig {
    PoolConfig::new().acquire_timeout(time)
}

pub(crate) async fn create(db: &impl ConnectionTrait) {
    let table = "CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, tenant TEXT)";
    db.execute_unprepared(table).await.unwrap();
}

/// Writes a row that names its tenant; its number.
pub(crate) async fn write(db: &impl ConnectionTrait, tenant: &str) -> Result<u64, DbErr> {
    let sql = "INSERT INTO note (tenant) VALUES (?)";
    let insert = Statement::from_sql_and_values(DbBackend::Sqlite, sql, [tenant.into()]);
    Ok(db.execute_raw(insert).await?.last_insert_id())
}

/// The tenants whose rows are there.
pub(crate) async fn tenants(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let sql = "SELECT tenant FROM note ORDER BY id";
    let rows = db
        .query_all_raw(Statement::from_string(DbBackend::Sqlite, sql))
        .await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// The tenant of a row.
pub(crate) async fn tenant(db: &impl ConnectionTrait, id: u64) -> Result<Option<String>, DbErr> {
    let sql = "SELECT tenant FROM note WHERE id = ?";
    let select = Statement::from_sql_and_values(DbBackend::Sqlite, sql, [id.into()]);
    let row = db.query_one_raw(select).await?;
    row.map(|row| row.try_get_by_index(0)).transpose()
}
