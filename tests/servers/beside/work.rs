use sea_orm::{ConnectionTrait, DbErr, Statement, TransactionSession, TransactionTrait};
use tokio::{task::JoinSet, time::Instant};

use super::Count;
use crate::support::SOON;

/// What an application does on its master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    Write,
    /// A transaction that begins, and writes.
    Begin,
    Read,
    /// A write, and the read of it.
    Pair,
}

const BAKE: &str = "INSERT INTO cake (id) VALUES (1)";

const READ: &str = "SELECT id FROM cake WHERE id = 0";

impl Work {
    pub(super) const ALL: [Self; 4] = [Self::Write, Self::Begin, Self::Read, Self::Pair];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Write => "writes",
            Self::Begin => "transactions",
            Self::Read => "reads on the master",
            Self::Pair => "writes that are read",
        }
    }

    pub(super) async fn run<C>(self, db: &C) -> Result<(), DbErr>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let read = || Statement::from_string(db.get_database_backend(), READ);
        match self {
            Self::Write => db.execute_unprepared(BAKE).await.map(drop),
            Self::Begin => {
                let begun = db.begin().await?;
                begun.execute_unprepared(BAKE).await?;
                begun.commit().await
            }
            Self::Read => db.query_all_raw(read()).await.map(drop),
            Self::Pair => {
                db.execute_unprepared(BAKE).await?;
                db.query_all_raw(read()).await.map(drop)
            }
        }
    }

    /// Runs it so often at once.
    pub(super) async fn rush<C>(self, db: &C, times: usize) -> Count
    where
        C: ConnectionTrait + TransactionTrait + Clone + Send + Sync + 'static,
    {
        let mut running = JoinSet::new();
        for _ in 0..times {
            let db = db.clone();
            running.spawn(async move { self.run(&db).await });
        }
        let mut count = Count::default();
        for answer in running.join_all().await {
            count.note(&answer);
        }
        count
    }
}

/// Has so many connections opened, which are idle then; what the last fault has left costs nothing here.
pub(super) async fn open<C>(db: &C, connections: usize)
where
    C: ConnectionTrait + TransactionTrait,
{
    let (mut begun, until) = (Vec::new(), Instant::now() + SOON);
    while begun.len() < connections {
        assert!(Instant::now() < until, "no connections");
        if let Ok(transaction) = db.begin().await
            && transaction.execute_unprepared(BAKE).await.is_ok()
        {
            begun.push(transaction);
        }
    }
    for transaction in begun {
        // Its session may have ended meanwhile.
        let _ = transaction.commit().await;
    }
}
