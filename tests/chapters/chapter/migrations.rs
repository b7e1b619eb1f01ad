use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};
use sea_orm_migration::{MigrationStatus, MigrationTrait, MigratorTrait};

use super::{Blog, Db};
use crate::albums::{AddArtist, CreateAlbum};

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(CreateAlbum), Box::new(AddArtist)]
    }
}

/// Migrates in a task of its own, so that slaves may serve this one at once.
async fn migrate<F>(blog: &Blog, migrate: impl FnOnce(Db) -> F)
where
    F: Future<Output = Result<(), DbErr>> + Send + 'static,
{
    let done = tokio::spawn(migrate(blog.db.clone())).await.unwrap();
    done.unwrap();
}

/// What a slave has; what it has not, the master is asked for, too.
async fn albums(blog: &Blog) -> Result<Vec<QueryResult>, DbErr> {
    blog.catch_up().await;
    let text = "SELECT title, artist FROM album";
    let select = Statement::from_string(blog.kind.backend(), text);
    let rows = blog.db.query_all_raw(select);
    let by = "default.slave 1r|default.master 1r, default.slave 1r";
    blog.by(by, rows).await
}

async fn statuses(blog: &Blog) -> Vec<bool> {
    let migrations = Migrator::get_migration_with_status(&blog.db).await.unwrap();
    let is_applied = |status| status == MigrationStatus::Applied;
    migrations
        .iter()
        .map(|migration| is_applied(migration.status()))
        .collect()
}

async fn migrations_go_up_and_down_and_reach_the_slaves(blog: Blog) {
    assert_eq!(statuses(&blog).await, [false, false]);
    migrate(&blog, |db| async move { Migrator::up(&db, Some(1)).await }).await;
    albums(&blog).await.unwrap_err();
    migrate(&blog, |db| async move { Migrator::up(&db, None).await }).await;
    assert_eq!(albums(&blog).await.unwrap().len(), 0);
    assert_eq!(statuses(&blog).await, [true, true]);
    Migrator::status(&blog.db).await.unwrap();

    migrate(
        &blog,
        |db| async move { Migrator::down(&db, Some(1)).await },
    )
    .await;
    assert_eq!(statuses(&blog).await, [true, false]);
    albums(&blog).await.unwrap_err();
    let pending = Migrator::get_pending_migrations(&blog.db).await.unwrap();
    assert_eq!(pending.len(), 1);
}

async fn refresh_reset_and_fresh_begin_again(blog: Blog) {
    let insert = "INSERT INTO album (title, artist) VALUES ('one', 'Ann')";
    migrate(&blog, |db| async move { Migrator::up(&db, None).await }).await;
    blog.db.execute_unprepared(insert).await.unwrap();
    migrate(&blog, |db| async move { Migrator::refresh(&db).await }).await;
    assert_eq!(albums(&blog).await.unwrap().len(), 0);

    blog.db.execute_unprepared(insert).await.unwrap();
    migrate(&blog, |db| async move { Migrator::reset(&db).await }).await;
    albums(&blog).await.unwrap_err();
    assert_eq!(statuses(&blog).await, [false, false]);

    migrate(&blog, |db| async move { Migrator::fresh(&db).await }).await;
    assert_eq!(albums(&blog).await.unwrap().len(), 0);
    let applied = Migrator::get_applied_migrations(&blog.db).await.unwrap();
    assert_eq!(applied.len(), 2);
}

on_every_server!(
    migrations_go_up_and_down_and_reach_the_slaves,
    refresh_reset_and_fresh_begin_again,
);
