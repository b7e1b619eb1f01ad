//! After a change of the schema no read of this process goes to a slave that lacks it.

use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DbErr, IntoDatabaseExecutor, TransactionTrait,
    sea_query::{Alias, ColumnDef, Table},
};
use sea_orm_routing::{Consistency, RoutingDatabase, RoutingError};
use test_cluster::on_servers;

use super::{Read, assert_nobody_is_punished, refused};
use crate::replicated::{A_WHILE, Notebook, SOON, Turns, patient, reads};

/// A way to change the schema by a handle.
#[derive(Clone, Copy, Debug)]
enum Define {
    Unprepared,
    Built,
    Several,
    Transaction,
    Bound,
    Executor,
    Connection,
}

impl Define {
    const EVERY: [Self; 7] = [
        Self::Unprepared,
        Self::Built,
        Self::Several,
        Self::Transaction,
        Self::Bound,
        Self::Executor,
        Self::Connection,
    ];

    /// Makes the table of this way.
    async fn table(self, db: &RoutingDatabase) -> Result<String, DbErr> {
        let name = format!("{self:?}").to_lowercase();
        let text = format!("CREATE TABLE {name} (n bigint)");
        let several = format!("INSERT INTO shelf VALUES (1); {text}");
        let built = Table::create()
            .table(Alias::new(&name))
            .col(ColumnDef::new(Alias::new("n")).big_integer())
            .to_owned();
        match self {
            Self::Unprepared => db.execute_unprepared(&text).await.map(drop)?,
            Self::Built => db.execute(&built).await.map(drop)?,
            Self::Several => db.execute_unprepared(&several).await.map(drop)?,
            Self::Transaction => {
                let transaction = db.begin().await?;
                transaction.execute_unprepared(&text).await?;
                transaction.commit().await?;
            }
            Self::Bound => db
                .bind("default")
                .unwrap()
                .execute(&built)
                .await
                .map(drop)?,
            Self::Executor => {
                let executor = db.into_database_executor();
                executor.execute(&built).await.map(drop)?;
            }
            Self::Connection => db.master_connection().execute(&built).await.map(drop)?,
        }
        Ok(name)
    }
}

/// Each read is of a session that has written nothing.
async fn elsewhere(db: &RoutingDatabase, table: &str) -> Result<Vec<i64>, DbErr> {
    let (db, text) = (db.clone(), format!("SELECT n FROM {table}"));
    tokio::spawn(async move { Read::All.rows(&db, &text).await })
        .await
        .unwrap()
}

async fn no_read_goes_to_a_slave_without_the_schema<S: Turns>() {
    let notebook = Notebook::<S>::new("definitions").await;
    for way in Define::EVERY {
        let db = notebook.open(patient()).await;
        notebook.pause().await;
        let table = way.table(&db).await.unwrap();
        let before = reads(&db);
        for level in [
            Consistency::Session,
            Consistency::Process,
            Consistency::Bounded,
            Consistency::Eventual,
        ] {
            let rows = elsewhere(&db.with(level), &table).await;
            assert_eq!(rows, Ok(vec![]), "{way:?}, {level}");
        }
        let after = reads(&db);
        assert_eq!(after[1..], before[1..], "{way:?}");
        assert_eq!(refused(&db), 0, "{way:?}");
        notebook.resume().await;
        notebook.catch_up().await;
        db.close().await.unwrap();
    }
}

on_servers!(no_read_goes_to_a_slave_without_the_schema: Postgres, MariaDb, MySql);

async fn slaves_are_waited_for<S: Turns>() {
    let notebook = Notebook::<S>::new("waited_for").await;
    let db = notebook.open(patient()).await;
    assert_eq!(
        db.wait_for_slaves(Duration::ZERO).await,
        Ok(()),
        "nothing was written"
    );
    notebook.cluster.slave(2).pause_replay().await.unwrap();
    // Of another session.
    let writer = db.session();
    let write = "CREATE TABLE late (n bigint)";
    writer.execute_unprepared(write).await.unwrap();
    for handle in [db.clone(), db.bind("default").unwrap(), db.master()] {
        let error = handle.wait_for_slaves(A_WHILE).await.unwrap_err();
        let RoutingError::SlavesBehind { slaves, .. } = &error else {
            panic!("{error}");
        };
        assert!(slaves.contains(&"default.slave-2".to_owned()), "{error}");
    }
    // Half-way dropped, it changes nothing.
    let _ = tokio::time::timeout(A_WHILE, db.wait_for_slaves(SOON))
        .await
        .unwrap_err();
    let waiting = tokio::spawn({
        let db = db.clone();
        async move { db.wait_for_slaves(SOON).await }
    });
    notebook.resume().await;
    assert_eq!(waiting.await.unwrap(), Ok(()));
    let slave = db.slave().unwrap();
    for _ in 0..4 {
        assert_eq!(
            Read::All.rows(&slave, "SELECT n FROM late").await,
            Ok(vec![])
        );
    }
    assert_eq!(refused(&db), 0);
    assert_nobody_is_punished(&db);
    db.close().await.unwrap();
}

on_servers!(slaves_are_waited_for: Postgres, MariaDb, MySql);
