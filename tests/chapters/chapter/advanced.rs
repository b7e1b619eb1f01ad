use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, DerivePartialModel, EntityTrait, IntoActiveModel,
    JoinType, QueryFilter, QueryOrder, QuerySelect, QueryTrait, RelationTrait, TransactionTrait,
    sea_query::{Alias, Expr, ExprTrait, Query, UnionType},
};

use super::Blog;
use crate::{
    entities::{post, post_tag, step, tag, user, visit},
    seed::tag_named,
};

const READ: &str = "default.slave 1r";

#[derive(Debug, PartialEq, DerivePartialModel)]
#[sea_orm(entity = "post::Entity", into_active_model)]
struct Headline {
    id: i32,
    title: String,
}

#[derive(Debug, PartialEq, DerivePartialModel)]
#[sea_orm(entity = "post::Entity")]
struct Signed {
    #[sea_orm(from_col = "title")]
    headline: String,
    #[sea_orm(from_expr = "Expr::col((post::Entity, post::Column::Id)).add(100)")]
    number: i32,
    #[sea_orm(nested)]
    author: Option<Signature>,
}

#[derive(Debug, PartialEq, DerivePartialModel)]
#[sea_orm(entity = "user::Entity")]
struct Signature {
    name: String,
}

async fn partial_models_select_their_columns(blog: Blog) {
    let db = &blog.db;
    let posts = post::Entity::find().order_by_asc(post::Column::Id);
    let first = posts.into_partial_model::<Headline>().one(db);
    let first = blog.by(READ, first).await.unwrap().unwrap();
    assert_eq!((first.id, first.title.as_str()), (1, "one"));

    let mut changed = first.into_active_model();
    changed.title = Set("first".to_owned());
    changed.update(db).await.unwrap();
    blog.catch_up().await;
    let signed = post::Entity::find()
        .left_join(user::Entity)
        .filter(post::Column::Id.eq(1))
        .into_partial_model::<Signed>();
    let signed = blog.by(READ, signed.one(db)).await.unwrap().unwrap();
    let expected = Signed {
        headline: "first".to_owned(),
        number: 101,
        author: Some(Signature {
            name: "Ann".to_owned(),
        }),
    };
    assert_eq!(signed, expected);
}

async fn aliased_joins_find_their_tables(blog: Blog) {
    let db = &blog.db;
    let (one, other) = (Alias::new("one"), Alias::new("visit"));
    let posts = post::Entity::find()
        .join_as(
            JoinType::InnerJoin,
            post_tag::Relation::Post.def().rev(),
            one.clone(),
        )
        .join_as(
            JoinType::InnerJoin,
            post_tag::Relation::Post.def().rev(),
            other.clone(),
        )
        .filter(Expr::col((one, post_tag::Column::TagId)).eq(1))
        .filter(Expr::col((other, post_tag::Column::TagId)).eq(2));
    let posts = blog.by(READ, posts.all(db)).await.unwrap();
    assert_eq!((posts.len(), posts[0].title.as_str()), (1, "one"));
}

async fn subqueries_and_unions_are_one_statement(blog: Blog) {
    let db = &blog.db;
    let tagged = post_tag::Entity::find()
        .select_only()
        .column(post_tag::Column::PostId)
        .into_query();
    let posts = post::Entity::find()
        .filter(post::Column::Id.not_in_subquery(tagged))
        .order_by_asc(post::Column::Id);
    let posts = blog.by(READ, posts.all(db)).await.unwrap();
    assert_eq!((posts.len(), posts[0].title.as_str()), (3, "three"));

    let pages = visit::Entity::find()
        .select_only()
        .column(visit::Column::Page);
    let texts = step::Entity::find()
        .select_only()
        .column(step::Column::Text);
    let mut both = pages.into_query();
    both.union(UnionType::All, texts.into_query());
    let rows = blog.by("metrics.slave 1r", db.query_all(&both)).await;
    assert_eq!(rows.unwrap().len(), 3);
}

async fn built_statements_run_as_they_are(blog: Blog) {
    let db = &blog.db;
    let insert = Query::insert()
        .into_table(tag::Entity)
        .columns([tag::Column::Name])
        .values_panic(["built".into()])
        .to_owned();
    let written = blog.by("default.master 1w", db.execute(&insert)).await;
    assert_eq!(written.unwrap().rows_affected(), 1);
    blog.catch_up().await;
    let select = Query::select()
        .expr(Expr::col(tag::Column::Id).max())
        .from(tag::Entity)
        .to_owned();
    let row = blog.by(READ, db.query_one(&select)).await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<i32>(0).unwrap(), 3);
}

async fn generic_functions_take_handle_and_transaction(blog: Blog) {
    async fn tag_twice<C: ConnectionTrait>(db: &C) -> Result<Vec<tag::Model>, DbErr> {
        tag_named("a").insert(db).await?;
        tag_named("b").insert(db).await?;
        tag::Entity::find()
            .order_by_asc(tag::Column::Id)
            .all(db)
            .await
    }
    let tags = tag_twice(&blog.db).await.unwrap();
    assert_eq!(tags.len(), 4);
    let transaction = blog.db.begin().await.unwrap();
    let tags = blog.by("default.master", tag_twice(&transaction)).await;
    assert_eq!(tags.unwrap().len(), 6);
    transaction.rollback().await.unwrap();
}

on_every_server!(
    partial_models_select_their_columns,
    aliased_joins_find_their_tables,
    subqueries_and_unions_are_one_statement,
    built_statements_run_as_they_are,
    generic_functions_take_handle_and_transaction,
);
