use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, Delete, EntityName, EntityTrait, IntoActiveModel, Iterable,
    PaginatorTrait, QueryFilter, QueryTrait, Update,
    sea_query::{Expr, ExprTrait, Query},
};

use super::Blog;
use crate::entities::{log, receipt};

async fn table_of_an_entity_is_chosen_at_run_time(blog: Blog) {
    let db = &blog.db;
    for year in [2024, 2025] {
        let table = format!("CREATE TABLE log_{year} (id integer PRIMARY KEY, text varchar(9))");
        db.execute_unprepared(&table).await.unwrap();
        let entity = log::Entity { year };
        let row = log::Model {
            id: 1,
            text: "new".to_owned(),
        };
        let mut insert = log::Entity::insert(row.into_active_model());
        insert.query().into_table(entity.table_ref());
        let inserted = blog.by("default.master 1w", insert.exec_without_returning(db));
        assert_eq!(inserted.await.unwrap(), 1);

        let changed = log::ActiveModel {
            text: Set("old".to_owned()),
            ..Default::default()
        };
        let update = Update::many(entity).set(changed);
        let updated = blog.by("default.master 1w", update.exec(db)).await.unwrap();
        assert_eq!(updated.rows_affected, 1);

        blog.catch_up().await;
        let mut select = log::Entity::find();
        *QueryTrait::query(&mut select) = Query::select()
            .exprs(log::Column::iter().map(|column| column.select_as(Expr::col(column))))
            .from(entity.table_ref())
            .to_owned();
        let row = blog.by("default.slave 1r", select.one(db)).await.unwrap();
        assert_eq!(row.unwrap().text, "old");

        let delete = Delete::many(entity).filter(Expr::col(log::Column::Id).eq(1));
        let deleted = blog.by("default.master 1w", delete.exec(db)).await.unwrap();
        assert_eq!(deleted.rows_affected, 1);
    }
}

on_every_server!(table_of_an_entity_is_chosen_at_run_time);

async fn entity_of_a_schema_is_found_there(blog: Blog) {
    let db = &blog.db;
    // As the server's owner has made it; the search path does not lead there.
    blog.metrics(
        "CREATE SCHEMA archive; CREATE TABLE archive.receipt (id serial PRIMARY KEY, amount int NOT NULL)",
    )
    .await;
    let receipt = receipt::ActiveModel {
        amount: Set(7),
        ..Default::default()
    };
    let receipt = blog.by("metrics.master 1w", receipt.insert(db)).await;
    assert_eq!(receipt.unwrap().amount, 7);
    blog.catch_up().await;
    let cheap = receipt::Entity::find().filter(receipt::Column::Amount.lt(9));
    let cheap = blog.by("metrics.slave 1r", cheap.count(db)).await;
    assert_eq!(cheap.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_entity_of_a_schema_is_found_there() {
    let blog = Blog::open(crate::site::Kind::Postgres).await;
    entity_of_a_schema_is_found_there(blog).await;
}
