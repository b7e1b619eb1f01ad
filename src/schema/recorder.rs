use async_trait::async_trait;
use parking_lot::Mutex;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};

use super::SchemaStep;
use crate::{database::RoutingDatabase, dispatch::Stage, error::RoutingError, names::BindName};

/// Stands for one bind's master while SeaORM says what it would create: answers questions, and keeps the statements
/// that belong to the bind instead of running them.
pub(super) struct Recorder {
    /// Says which bind a statement belongs to.
    database: RoutingDatabase,
    /// The bind's master.
    pub(super) master: RoutingDatabase,
    bind: BindName,
    recorded: Mutex<Recorded>,
}

#[derive(Default)]
struct Recorded {
    steps: Vec<SchemaStep>,
    /// Enums of PostgreSQL, which no table of this bind has needed yet.
    types: Vec<(String, Statement)>,
}

impl Recorder {
    pub(super) fn new(database: &RoutingDatabase, bind: BindName) -> Result<Self, DbErr> {
        Ok(Self {
            database: database.for_schema_of(&bind),
            master: database.bind(bind.as_str())?.master(),
            bind,
            recorded: Mutex::default(),
        })
    }

    pub(super) fn backend(&self) -> DbBackend {
        self.master.get_database_backend()
    }

    pub(super) fn steps(self) -> Vec<SchemaStep> {
        self.recorded.into_inner().steps
    }

    fn record(&self, statement: Statement) -> Result<(), DbErr> {
        if let Some(name) = created_type(&statement.sql) {
            self.recorded.lock().types.push((name, statement));
            return Ok(());
        }
        let router = self.database.router();
        let bind = match router.certain_bind() {
            Some(bind) => bind,
            None => {
                match router.placed((&statement).into(), Stage::Alone) {
                    // Of a shard, which has a recorder of its own.
                    Err(RoutingError::NoShard { .. }) => return Ok(()),
                    placed => placed?.bind,
                }
            }
        };
        let mut recorded = self.recorded.lock();
        if bind != self.bind {
            return Ok(());
        }
        let types = std::mem::take(&mut recorded.types);
        let (needed, others) = types
            .into_iter()
            .partition::<Vec<_>, _>(|(name, _)| statement.sql.contains(name.as_str()));
        recorded.types = others;
        let needed = needed.into_iter().map(|(_, statement)| statement);
        let steps = needed.chain([statement]).map(|statement| SchemaStep {
            bind: self.bind.clone(),
            statement,
        });
        recorded.steps.extend(steps);
        Ok(())
    }
}

/// The name of the enum that a statement creates, without its schema.
fn created_type(sql: &str) -> Option<String> {
    let name = sql.strip_prefix("CREATE TYPE ")?.split(" AS ").next()?;
    let name = name.rsplit('.').next().unwrap_or(name);
    Some(name.trim_matches('"').to_owned())
}

#[async_trait]
impl ConnectionTrait for Recorder {
    fn get_database_backend(&self) -> DbBackend {
        self.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.record(statement)?;
        // A result of SeaORM's can't be made; this one says that nothing was changed.
        let connection = &self.master.home.connection;
        connection.execute_unprepared("SELECT 1").await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let statement = Statement::from_string(self.get_database_backend(), sql);
        self.execute_raw(statement).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.master.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.master.query_all_raw(statement).await
    }
}
