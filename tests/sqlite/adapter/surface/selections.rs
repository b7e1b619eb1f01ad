use super::*;

#[derive(Debug, PartialEq, FromQueryResult)]
struct Line {
    text: String,
}

#[tokio::test]
async fn raw_sql_macro_and_models_of_raw_sql_read_from_slaves() {
    let Bakery { db, .. } = &stocked(3).await;
    let (id, ids) = (1, [2, 3]);
    let select = raw_sql!(Sqlite, "SELECT text FROM report_line WHERE id = {id}");
    let (line, by) = served(db, Line::find_by_statement(select).one(db)).await;
    assert_eq!(line.unwrap().unwrap().text, "reports.slave-1/1");
    assert_eq!(by, "reports.slave 1r");

    let select = raw_sql!(
        Sqlite,
        "SELECT * FROM cake WHERE id IN ({..ids}) ORDER BY id"
    );
    let (cakes, by) = served(db, cake::Entity::find().from_raw_sql(select).all(db)).await;
    assert_eq!(of_cakes(&cakes.unwrap()), from("default.slave", "2 3"));
    assert_eq!(by, "default.slave 1r");

    let delete = raw_sql!(Sqlite, "DELETE FROM cake WHERE id = {id} RETURNING *");
    let (cakes, by) = served(db, cake::Entity::find().from_raw_sql(delete).all(db)).await;
    assert_eq!(of_cakes(&cakes.unwrap()), from("default.master", "1"));
    assert_eq!(by, "default.master 1w");
}

#[tokio::test]
async fn partial_models_json_tuples_and_values_read_from_slaves() {
    #[derive(DerivePartialModel)]
    #[sea_orm(entity = "report_line::Entity")]
    struct Part {
        text: String,
    }
    let Bakery { db, .. } = &stocked(2).await;
    let lines = || report_line::Entity::find().order_by_asc(report_line::Column::Id);
    let (parts, by) = served(db, lines().into_partial_model::<Part>().all(db)).await;
    let parts = parts.unwrap();
    assert_eq!(
        origin(parts.iter().map(|p| p.text.as_str())),
        from("reports.slave", "1 2")
    );
    assert_eq!(by, "reports.slave 1r");

    let (json, by) = served(db, lines().into_json().one(db)).await;
    let json: JsonValue = json.unwrap().unwrap();
    assert_eq!(json["text"], "reports.slave-1/1");
    assert_eq!(by, "reports.slave 1r");

    let tuples = cake::Entity::find()
        .select_only()
        .columns([cake::Column::Id, cake::Column::Name])
        .into_tuple::<(i32, String)>();
    let (tuples, by) = served(db, tuples.all(db)).await;
    let tuples = tuples.unwrap();
    assert_eq!(
        origin(tuples.iter().map(|t| t.1.as_str())),
        from("default.slave", "1 2")
    );
    assert_eq!(by, "default.slave 1r");

    let model = lines()
        .select_only()
        .column(report_line::Column::Text)
        .into_model::<Line>();
    let (line, by) = served(db, model.one(db)).await;
    assert_eq!(
        line.unwrap(),
        Some(Line {
            text: "reports.slave-1/1".to_owned()
        })
    );
    assert_eq!(by, "reports.slave 1r");
}

#[tokio::test]
async fn aggregates_counts_and_existence_are_asked_of_slaves() {
    let bakery = stocked(3).await;
    let db = &bakery.db;
    cake::Entity::delete_many().exec(db).await.unwrap();
    let sums = cake::Entity::find()
        .select_only()
        .column_as(cake::Column::Id.sum(), "sum")
        .column_as(cake::Column::Id.count(), "count")
        .group_by(cake::Column::BakeryId)
        .having(cake::Column::Id.count().gt(1))
        .into_tuple::<(i64, i64)>();
    let (sums, by) = served(db, sums.all(db)).await;
    assert_eq!(
        (sums.unwrap(), by),
        (vec![(6, 3)], "default.slave 1r".into())
    );

    let (count, by) = served(db, cake::Entity::find().count(db)).await;
    assert_eq!((count.unwrap(), by), (3, "default.slave 1r".into()));
    let (exists, by) = served(db, cake::Entity::find().exists(db)).await;
    assert_eq!((exists.unwrap(), by), (true, "default.slave 1r".into()));
    let (exists, by) = served(db, cake::Entity::find().exists(&db.master())).await;
    assert_eq!((exists.unwrap(), by), (false, "default.master 1r".into()));

    let found = report::Entity::find()
        .filter(Condition::any().add(report::Column::Title.contains("slave")))
        .exists(db);
    let (exists, by) = served(db, found).await;
    assert_eq!((exists.unwrap(), by), (true, "reports.slave 1r".into()));
}

#[tokio::test]
async fn find_by_id_of_a_slave_and_of_the_master_differ_as_their_rows_do() {
    let Bakery { db, .. } = &stocked(1).await;
    let new = cake_named("default.master/new").insert(db).await.unwrap();
    let (on_slave, by) = served(db, cake::Entity::find_by_id(new.id).one(db)).await;
    assert_eq!((on_slave.unwrap(), by), (None, "default.slave 1r".into()));
    let (on_master, by) = served(db, cake::Entity::find_by_id(new.id).one(&db.master())).await;
    assert_eq!(on_master.unwrap().unwrap().name, "default.master/new");
    assert_eq!(by, "default.master 1r");
}
