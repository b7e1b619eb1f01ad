use sea_orm::{EntityTrait, FromQueryResult, JsonValue, PaginatorTrait, Statement, raw_sql};

use super::Blog;
use crate::{
    entities::{post, tag},
    site::Kind,
};

const READ: &str = "default.slave 1r";

/// Some posts with a tag of theirs, in the dialect of the server.
fn tagged(kind: Kind, ids: [i32; 3], title: &str) -> Statement {
    match kind {
        Kind::Sqlite => raw_sql!(
            Sqlite,
            "SELECT title, name AS tag_name FROM post JOIN tag ON tag.id = 2
             WHERE post.id IN ({..ids}) AND title LIKE {title} ORDER BY title"
        ),
        Kind::Postgres => raw_sql!(
            Postgres,
            "SELECT title, name AS tag_name FROM post JOIN tag ON tag.id = 2
             WHERE post.id IN ({..ids}) AND title LIKE {title} ORDER BY title"
        ),
        Kind::MariaDb | Kind::MySql => raw_sql!(
            MySql,
            "SELECT title, name AS tag_name FROM post JOIN tag ON tag.id = 2
             WHERE post.id IN ({..ids}) AND title LIKE {title} ORDER BY title"
        ),
    }
}

#[derive(Debug, PartialEq, FromQueryResult)]
struct Titled {
    title: String,
    #[sea_orm(nested)]
    tag: Named,
}

#[derive(Debug, PartialEq, FromQueryResult)]
struct Named {
    #[sea_orm(alias = "tag_name")]
    name: String,
}

async fn macro_fills_in_parameters(blog: Blog) {
    let db = &blog.db;
    let select = tagged(blog.kind, [1, 2, 3], "t%");
    let found = Titled::find_by_statement(select).all(db);
    let found = blog.by(READ, found).await.unwrap();
    let titles: Vec<_> = found.iter().map(|found| found.title.as_str()).collect();
    assert_eq!(titles, ["three", "two"]);
    assert_eq!(found[0].tag.name, "sql");
}

async fn entities_are_found_by_statement(blog: Blog) {
    let db = &blog.db;
    let select = |text| Statement::from_string(blog.kind.backend(), text);
    let one = select("SELECT * FROM tag WHERE id = 2");
    let found = tag::Entity::find().from_raw_sql(one).one(db);
    let found = blog.by(READ, found).await.unwrap();
    assert_eq!(found.unwrap().name, "sql");

    let texts = select("SELECT text FROM step WHERE visit_id = 1 ORDER BY text");
    let rows = JsonValue::find_by_statement(texts).all(db);
    let rows = blog.by("metrics.slave 1r", rows).await.unwrap();
    assert_eq!(rows[0], serde_json::json!({ "text": "in" }));
}

async fn statements_are_paged(blog: Blog) {
    let db = &blog.db;
    let text = "SELECT * FROM post ORDER BY id";
    let select = Statement::from_string(blog.kind.backend(), text);
    let pages = post::Entity::find().from_raw_sql(select).paginate(db, 2);
    let page = blog.by(READ, pages.fetch_page(2)).await.unwrap();
    assert_eq!((page.len(), page[0].title.as_str()), (1, "five"));
    assert_eq!(blog.by(READ, pages.num_items()).await.unwrap(), 5);
}

async fn query_method_that_writes_is_a_write(blog: Blog) {
    let db = &blog.db;
    let text = "DELETE FROM step WHERE text = 'in' RETURNING text";
    let delete = Statement::from_string(blog.kind.backend(), text);
    let rows = JsonValue::find_by_statement(delete).all(db);
    let rows = blog.by("metrics.master 1w", rows).await;
    if blog.kind == Kind::MySql {
        let error = rows.unwrap_err().to_string();
        assert!(error.contains("near 'RETURNING text'"), "{error}");
        return;
    }
    assert_eq!(rows.unwrap(), [serde_json::json!({ "text": "in" })]);
}

on_every_server!(
    macro_fills_in_parameters,
    entities_are_found_by_statement,
    statements_are_paged,
    query_method_that_writes_is_a_write,
);
