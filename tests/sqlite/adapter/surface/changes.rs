use super::*;

#[tokio::test]
async fn update_many_and_delete_many_change_the_master_only() {
    let bakery = stocked(3).await;
    let db = &bakery.db;
    let update = report_line::Entity::update_many()
        .col_expr(report_line::Column::Text, Expr::value("changed"))
        .filter(report_line::Column::Id.gt(1));
    let (result, by) = served(db, update.clone().exec(db)).await;
    assert_eq!(
        (result.unwrap().rows_affected, by),
        (2, "reports.master 1w".into())
    );
    let (lines, by) = served(db, update.exec_with_returning(db)).await;
    assert_eq!(lines.unwrap()[1].text, "changed");
    assert_eq!(by, "reports.master 1w");

    let delete = cake::Entity::delete_many().filter(cake::Column::Id.lt(3));
    let (result, by) = served(db, delete.exec(db)).await;
    assert_eq!(
        (result.unwrap().rows_affected, by),
        (2, "default.master 1w".into())
    );
    let delete = cake::Entity::delete_many().exec_with_returning(db);
    let (cakes, by) = served(db, delete).await;
    assert_eq!(of_cakes(&cakes.unwrap()), from("default.master", "3"));
    assert_eq!(by, "default.master 1w");
    assert_eq!(cakes_on(&bakery, "default.master").await, 0);
    assert_eq!(cakes_on(&bakery, "default.slave-1").await, 3);
    assert_eq!(cakes_on(&bakery, "default.slave-2").await, 3);
}

#[tokio::test]
async fn execute_unprepared_runs_several_statements_on_the_master() {
    let bakery = stocked(1).await;
    let db = &bakery.db;
    let script = "DELETE FROM cake; INSERT INTO cake (name, bakery_id) VALUES ('x', 1), ('y', 1)";
    let (result, by) = served(db, db.execute_unprepared(script)).await;
    result.unwrap();
    assert_eq!(by, "default.master 1w");
    assert_eq!(cakes_on(&bakery, "default.master").await, 2);
    let (result, by) = served(db, db.execute_unprepared("DELETE FROM report_line")).await;
    assert_eq!(
        (result.unwrap().rows_affected(), by),
        (1, "reports.master 1w".into())
    );
}

#[tokio::test]
async fn dynamic_table_names_follow_the_patterns_of_the_binds() {
    let Bakery { db, .. } = &stocked(1).await;
    let table = || Alias::new("legacy_2024");
    let create = Table::create()
        .table(table())
        .col(
            sea_orm::sea_query::ColumnDef::new(bakery::Column::Id)
                .integer()
                .primary_key(),
        )
        .col(sea_orm::sea_query::ColumnDef::new(bakery::Column::Name).string())
        .to_owned();
    let (result, by) = served(db, db.execute(&create)).await;
    result.unwrap();
    assert_eq!(by, "reports.master 1w");

    let mut insert = bakery::Entity::insert(bakery::ActiveModel {
        id: NotSet,
        name: Set("old".to_owned()),
    });
    insert.query().into_table(table());
    let (result, by) = served(db, insert.exec(db)).await;
    assert_eq!(
        (result.unwrap().last_insert_id, by),
        (1, "reports.master 1w".into())
    );

    let mut select = bakery::Entity::find();
    *QueryTrait::query(&mut select) = Query::select()
        .exprs(bakery::Column::iter().map(|column| column.select_as(Expr::col(column))))
        .from(table())
        .to_owned();
    let (rows, by) = served(db, select.all(&db.master())).await;
    assert_eq!(
        (rows.unwrap()[0].name.as_str(), by),
        ("old", "reports.master 1r".into())
    );
}

#[tokio::test]
async fn entities_with_a_schema_find_their_bind() {
    let Bakery { db, .. } = &stocked(1).await;
    let new = summary::ActiveModel {
        id: NotSet,
        text: Set("all well".to_owned()),
    };
    let (inserted, by) = served(db, new.insert(db)).await;
    assert_eq!(
        (inserted.unwrap().text.as_str(), by),
        ("all well", "reports.master 1w".into())
    );
    let (rows, by) = served(db, summary::Entity::find().all(db)).await;
    assert_eq!((rows.unwrap(), by), (Vec::new(), "reports.slave 1r".into()));
    let (rows, by) = served(db, summary::Entity::find().all(&db.master())).await;
    assert_eq!((rows.unwrap().len(), by), (1, "reports.master 1r".into()));
}
