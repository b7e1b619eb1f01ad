use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use sea_orm::{
    ConnAcquireErr, DbErr, ProxyDatabaseTrait, ProxyExecResult, ProxyRow, RuntimeErr, Statement,
    Value,
};
use tokio::time::sleep;

/// What happens once, to whichever slave is asked for cakes first.
#[derive(Clone, Copy, Debug)]
pub enum Mishap {
    /// It has no connection to give away.
    IsFull,
    /// It takes so long to answer.
    IsSlow(Duration),
}

/// Has one cake that is named after it, and fails what asks for `nothing`.
#[derive(Clone, Debug)]
pub struct Remote {
    name: &'static str,
    log: Arc<Mutex<Vec<String>>>,
    mishap: Arc<Mutex<Option<Mishap>>>,
}

impl Remote {
    pub(crate) fn new(
        name: &'static str,
        log: &Arc<Mutex<Vec<String>>>,
        mishap: &Arc<Mutex<Option<Mishap>>>,
    ) -> Self {
        let (log, mishap) = (log.clone(), mishap.clone());
        Self { name, log, mishap }
    }

    fn mishap(&self, text: &str) -> Option<Mishap> {
        let may_happen = self.name != "master" && text.contains("cake");
        let mut mishap = self.mishap.lock().expect("no test panics inside");
        mishap.take_if(|_| may_happen)
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
        match self.mishap(&statement.sql) {
            Some(Mishap::IsFull) => {
                return Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout));
            }
            Some(Mishap::IsSlow(time)) => sleep(time).await,
            None => {}
        }
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
