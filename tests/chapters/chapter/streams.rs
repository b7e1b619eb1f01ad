use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, StreamTrait,
    TransactionTrait, sea_query::Query,
};
use tokio_stream::StreamExt;

use super::Blog;
use crate::{
    entities::{post, step, tag, user},
    seed::tag_named,
};

async fn models_arrive_one_by_one(blog: Blog) {
    let db = &blog.db;
    let work = async {
        let posts = post::Entity::find().filter(post::Column::UserId.eq(1));
        let posts = posts.order_by_asc(post::Column::Id).stream(db).await?;
        let titles = posts.map(|post| Ok::<_, DbErr>(post?.title));
        titles.collect::<Result<Vec<_>, _>>().await
    };
    let titles = blog.by("default.slave 1r", work).await.unwrap();
    assert_eq!(titles, ["one", "two", "three"]);
}

async fn joined_models_arrive_in_pairs(blog: Blog) {
    let db = &blog.db;
    let work = async {
        let posts = post::Entity::find().find_also_related(user::Entity);
        let posts = posts.order_by_asc(post::Column::Id).stream(db).await?;
        posts.collect::<Result<Vec<_>, DbErr>>().await
    };
    let posts = blog.by("default.slave 1r", work).await.unwrap();
    assert_eq!(posts[4].1.as_ref().unwrap().name, "Bob");
}

async fn rows_of_a_built_statement_arrive(blog: Blog) {
    let db = &blog.db;
    let select = Query::select()
        .column(step::Column::Text)
        .from(step::Entity)
        .to_owned();
    let work = async {
        let rows = StreamTrait::stream(db, &select).await?;
        let texts = rows.map(|row| row?.try_get::<String>("", "text"));
        texts.collect::<Result<Vec<_>, _>>().await
    };
    let mut texts = blog.by("metrics.slave 1r", work).await.unwrap();
    texts.sort();
    assert_eq!(texts, ["in", "out"]);
}

async fn transaction_streams_what_it_has_written(blog: Blog) {
    let db = &blog.db;
    let work = async {
        let transaction = db.begin().await?;
        tag_named("new").insert(&transaction).await?;
        let tags = tag::Entity::find().stream(&transaction).await?;
        let tags = tags.collect::<Result<Vec<_>, DbErr>>().await?;
        transaction.rollback().await?;
        Ok::<_, DbErr>(tags)
    };
    let tags = blog.by("default.master", work).await.unwrap();
    assert_eq!(tags.len(), 3);
}

on_every_server!(
    models_arrive_one_by_one,
    joined_models_arrive_in_pairs,
    rows_of_a_built_statement_arrive,
    transaction_streams_what_it_has_written,
);
