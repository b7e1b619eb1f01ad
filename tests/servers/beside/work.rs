use sea_orm::{ConnectionTrait, DbErr, Statement, TransactionSession, TransactionTrait};
use tokio::task::JoinSet;

use super::Count;

/// What an application does on its master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    Write,
    /// A transaction that begins, and writes.
    Begin,
    Read,
}

impl Work {
    pub(super) const ALL: [Self; 3] = [Self::Write, Self::Begin, Self::Read];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Write => "writes",
            Self::Begin => "transactions",
            Self::Read => "reads on the master",
        }
    }

    pub(super) async fn run<C>(self, db: &C) -> Result<(), DbErr>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let bake = "INSERT INTO cake (id) VALUES (1)";
        match self {
            Self::Write => db.execute_unprepared(bake).await.map(drop),
            Self::Begin => {
                let begun = db.begin().await?;
                begun.execute_unprepared(bake).await?;
                begun.commit().await
            }
            Self::Read => {
                let read = "SELECT id FROM cake WHERE id = 0";
                let read = Statement::from_string(db.get_database_backend(), read);
                db.query_all_raw(read).await.map(drop)
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

/// Has so many connections opened, which are idle then.
pub(super) async fn open<C>(db: &C, connections: usize)
where
    C: ConnectionTrait + TransactionTrait,
{
    let mut begun = Vec::new();
    for _ in 0..connections {
        let transaction = db.begin().await.unwrap();
        Work::Write.run_in(&transaction).await.unwrap();
        begun.push(transaction);
    }
    for transaction in begun {
        transaction.commit().await.unwrap();
    }
}

impl Work {
    async fn run_in<C: ConnectionTrait>(self, db: &C) -> Result<(), DbErr> {
        let bake = "INSERT INTO cake (id) VALUES (1)";
        db.execute_unprepared(bake).await.map(drop)
    }
}
