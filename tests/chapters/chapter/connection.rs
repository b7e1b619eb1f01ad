use sea_orm::{ConnectionTrait, EntityTrait, Statement, StreamTrait};

use super::{Blog, Db};
use crate::entities::{tag, visit};

async fn handle_answers_as_the_server_does(blog: Blog) {
    let db = &blog.db;
    assert_eq!(db.get_database_backend(), blog.kind.backend());
    assert_eq!(StreamTrait::get_database_backend(db), blog.kind.backend());
    assert_eq!(db.support_returning(), blog.kind.has_returning());
    assert!(!db.is_mock_connection());
    db.ping().await.unwrap();
}

async fn closed_handle_serves_nothing(blog: Blog) {
    let db: Db = blog.db.clone();
    db.close().await.unwrap();
    blog.db.ping().await.unwrap_err();
    tag::Entity::find().all(&blog.db).await.unwrap_err();
    visit::Entity::find().one(&blog.db).await.unwrap_err();
}

async fn statements_run_as_text(blog: Blog) {
    let db = &blog.db;
    let text = "INSERT INTO tag (name) VALUES ('new'), ('old')";
    let written = blog.by("default.master 1w", db.execute_unprepared(text));
    assert_eq!(written.await.unwrap().rows_affected(), 2);

    let text = "UPDATE visit SET page = 'start'";
    let update = Statement::from_string(blog.kind.backend(), text);
    let written = blog.by("metrics.master 1w", db.execute_raw(update));
    assert_eq!(written.await.unwrap().rows_affected(), 1);
    blog.catch_up().await;

    let text = "SELECT count(*) AS number FROM tag";
    let count = Statement::from_string(blog.kind.backend(), text);
    let row = blog.by("default.slave 1r", db.query_one_raw(count)).await;
    let number: i64 = row.unwrap().unwrap().try_get("", "number").unwrap();
    assert_eq!(number, 4);

    let select = Statement::from_string(blog.kind.backend(), "SELECT page FROM visit");
    let rows = blog.by("metrics.slave 1r", db.query_all_raw(select)).await;
    let pages = rows.unwrap().into_iter();
    let pages: Vec<String> = pages.map(|row| row.try_get("", "page").unwrap()).collect();
    assert_eq!(pages, ["start"]);
}

on_every_server!(
    handle_answers_as_the_server_does,
    closed_handle_serves_nothing,
    statements_run_as_text,
);
