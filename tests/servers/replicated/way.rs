use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    StreamTrait, TransactionTrait,
    sea_query::{Expr, ExprTrait, Query},
};
use sea_orm_routing::RoutingDatabase;
use tokio_stream::StreamExt;

use super::{new_note, note, sql};

/// A way to write something and read it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Insert,
    InsertExec,
    InsertMany,
    Save,
    Update,
    UpdateMany,
    Delete,
    DeleteMany,
    Commit,
    Savepoint,
    Unprepared,
    Prepared,
    Bound,
    Master,
    Streamed,
}

/// What one task writes to: rows that the slaves have, so that a read that came too early is noticed.
#[derive(Debug)]
pub(crate) struct Desk {
    kept: note::Model,
    /// Rows to delete.
    stock: Vec<i32>,
}

impl Way {
    pub(crate) const ALL: [Self; 15] = [
        Self::Insert,
        Self::InsertExec,
        Self::InsertMany,
        Self::Save,
        Self::Update,
        Self::UpdateMany,
        Self::Delete,
        Self::DeleteMany,
        Self::Commit,
        Self::Savepoint,
        Self::Unprepared,
        Self::Prepared,
        Self::Bound,
        Self::Master,
        Self::Streamed,
    ];

    /// Writes `version` this way and tells whether the next read shows it.
    pub(crate) async fn is_fresh(
        self,
        db: &RoutingDatabase,
        desk: &mut Desk,
        version: i64,
    ) -> Result<bool, DbErr> {
        match self {
            Self::Insert | Self::InsertExec | Self::InsertMany => {
                self.inserts(db, desk, version).await
            }
            Self::Delete | Self::DeleteMany => self.deletes(db, desk).await,
            Self::Commit | Self::Savepoint => {
                self.commits(db, desk, version).await?;
                desk.shows(db, version).await
            }
            Self::Save | Self::Update | Self::UpdateMany | Self::Master => {
                self.updates(db, desk, version).await?;
                desk.shows(db, version).await
            }
            Self::Unprepared | Self::Prepared | Self::Bound | Self::Streamed => {
                self.raw(db, desk, version).await
            }
        }
    }

    async fn inserts(self, db: &RoutingDatabase, desk: &Desk, version: i64) -> Result<bool, DbErr> {
        let note = || new_note(desk.kept.owner, version);
        let id = match self {
            Self::Insert => note().insert(db).await?.id,
            Self::InsertExec => note::Entity::insert(note()).exec(db).await?.last_insert_id,
            _ => {
                let notes = [note(), note(), note()];
                note::Entity::insert_many(notes).exec(db).await?;
                let all = note::Entity::find()
                    .filter(note::Column::Owner.eq(desk.kept.owner))
                    .filter(note::Column::Version.eq(version));
                return Ok(all.count(db).await? == 3);
            }
        };
        let found = note::Entity::find_by_id(id).one(db).await?;
        Ok(found.is_some_and(|note| note.version == version))
    }

    async fn deletes(self, db: &RoutingDatabase, desk: &mut Desk) -> Result<bool, DbErr> {
        let id = desk.stock.pop().unwrap();
        match self {
            Self::Delete => note::Entity::delete_by_id(id).exec(db).await?,
            _ => {
                let this = note::Column::Id.eq(id);
                note::Entity::delete_many().filter(this).exec(db).await?
            }
        };
        Ok(note::Entity::find_by_id(id).one(db).await?.is_none())
    }

    async fn updates(self, db: &RoutingDatabase, desk: &Desk, version: i64) -> Result<(), DbErr> {
        let mut changed = desk.kept.clone().into_active_model();
        changed.version = Set(version);
        match self {
            Self::Save => changed.save(db).await.map(drop),
            Self::Update => changed.update(db).await.map(drop),
            Self::Master => changed.update(&db.master()).await.map(drop),
            _ => desk.update(db, version).await,
        }
    }

    async fn commits(self, db: &RoutingDatabase, desk: &Desk, version: i64) -> Result<(), DbErr> {
        let transaction = db.begin().await?;
        if self == Self::Savepoint {
            let savepoint = transaction.begin().await?;
            desk.update(&savepoint, version).await?;
            savepoint.commit().await?;
        } else {
            desk.update(&transaction, version).await?;
        }
        transaction.commit().await
    }

    async fn raw(self, db: &RoutingDatabase, desk: &Desk, version: i64) -> Result<bool, DbErr> {
        let id = desk.kept.id;
        let update = format!("UPDATE note SET version = {version} WHERE id = {id}");
        let built = Query::update()
            .table(note::Entity)
            .value(note::Column::Version, version)
            .and_where(Expr::col(note::Column::Id).eq(id))
            .to_owned();
        match self {
            Self::Unprepared => db.execute_unprepared(&update).await.map(drop)?,
            Self::Prepared => db.execute_raw(sql(db, &update)).await.map(drop)?,
            Self::Bound => db.bind("default")?.execute(&built).await.map(drop)?,
            _ => desk.update(db, version).await?,
        }
        let select = sql(db, &format!("SELECT version FROM note WHERE id = {id}"));
        let row = match self {
            Self::Streamed => db.stream_raw(select).await?.next().await.transpose()?,
            _ => db.query_one_raw(select).await?,
        };
        Ok(row.is_some_and(|row| row.try_get_by_index(0) == Ok(version)))
    }
}

impl Desk {
    /// A desk with rows for so many pairs; it changes the master.
    pub(crate) async fn new(master: &impl ConnectionTrait, owner: i32, pairs: usize) -> Self {
        let kept = new_note(owner, 0).insert(master).await.unwrap();
        let deletes = 2 * pairs.div_ceil(Way::ALL.len());
        let stock = (0..deletes).map(|_| new_note(owner, 0));
        note::Entity::insert_many(stock).exec(master).await.unwrap();
        let notes = note::Entity::find().filter(note::Column::Owner.eq(owner));
        let notes = notes.all(master).await.unwrap();
        let stock = notes.iter().map(|note| note.id);
        Self {
            stock: stock.filter(|id| *id != kept.id).collect(),
            kept,
        }
    }

    pub(crate) fn id(&self) -> i32 {
        self.kept.id
    }

    pub(crate) async fn update(
        &self,
        db: &impl ConnectionTrait,
        version: i64,
    ) -> Result<(), DbErr> {
        note::Entity::update_many()
            .col_expr(note::Column::Version, Expr::value(version))
            .filter(note::Column::Id.eq(self.kept.id))
            .exec(db)
            .await
            .map(drop)
    }

    async fn shows(&self, db: &RoutingDatabase, version: i64) -> Result<bool, DbErr> {
        let found = note::Entity::find_by_id(self.kept.id).one(db).await?;
        Ok(found.is_some_and(|note| note.version == version))
    }
}
