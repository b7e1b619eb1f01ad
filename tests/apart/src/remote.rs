use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use sea_orm::{DbErr, ProxyDatabaseTrait, ProxyExecResult, ProxyRow, RuntimeErr, Statement, Value};

/// Has one cake that is named after it, and fails what asks for `nothing`.
#[derive(Clone, Debug)]
pub struct Remote {
    name: &'static str,
    log: Arc<Mutex<Vec<String>>>,
}

impl Remote {
    pub(crate) fn new(name: &'static str, log: &Arc<Mutex<Vec<String>>>) -> Self {
        let log = log.clone();
        Self { name, log }
    }

    fn note(&self, text: &str) {
        let verb = text.split(' ').next().unwrap_or_default();
        let mut log = self.log.lock().expect("no test panics inside");
        log.push(format!("{}: {verb}", self.name));
    }
}

#[async_trait]
impl ProxyDatabaseTrait for Remote {
    async fn query(&self, statement: Statement) -> Result<Vec<ProxyRow>, DbErr> {
        self.note(&statement.sql);
        if statement.sql.contains("nothing") {
            return Err(DbErr::Query(RuntimeErr::Internal("no such".to_owned())));
        }
        let columns = [
            ("id".to_owned(), Value::from(1)),
            ("name".to_owned(), Value::from(self.name)),
        ];
        Ok(vec![ProxyRow::new(columns.into_iter().collect())])
    }

    async fn execute(&self, statement: Statement) -> Result<ProxyExecResult, DbErr> {
        self.note(&statement.sql);
        Ok(ProxyExecResult::new(1, 1))
    }

    async fn begin(&self) {
        self.note("BEGIN");
    }

    async fn commit(&self) {
        self.note("COMMIT");
    }

    async fn rollback(&self) {
        self.note("ROLLBACK");
    }
}
