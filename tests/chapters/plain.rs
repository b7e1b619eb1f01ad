//! The chapters with SeaORM's own connection to one server: what is written below compiles and works there.

#[path = "chapter/mod.rs"]
mod chapter;

use sea_orm::{ConnectionTrait, DatabaseConnection};

use crate::{
    seed,
    site::{Kind, Site},
};

pub(crate) type Db = DatabaseConnection;

/// One database with all tables.
pub(crate) struct Blog {
    pub(crate) db: Db,
    pub(crate) kind: Kind,
    site: Site,
}

impl Blog {
    pub(crate) async fn open(kind: Kind) -> Self {
        let site = Site::new(kind, "plain").await;
        let db = site.connect().await;
        seed::blog(&db).await;
        seed::metrics(&db).await;
        Self { db, kind, site }
    }

    /// There is one node.
    pub(crate) async fn by<T>(&self, _nodes: &str, work: impl Future<Output = T>) -> T {
        work.await
    }

    /// Runs a script beside every handle.
    pub(crate) async fn metrics(&self, script: &str) {
        self.db.execute_unprepared(script).await.unwrap();
    }

    pub(crate) async fn catch_up(&self) {
        self.site.catch_up().await;
    }
}
