use super::*;

#[tokio::test]
async fn insert_many_writes_on_the_master_in_one_statement() {
    let bakery = stocked(1).await;
    let db = &bakery.db;
    let cakes = || ["a", "b"].map(cake_named);
    let (result, by) = served(db, cake::Entity::insert_many(cakes()).exec(db)).await;
    assert_eq!(result.unwrap().last_insert_id, Some(3));
    assert_eq!(by, "default.master 1w");

    let (models, by) = served(
        db,
        cake::Entity::insert_many(cakes()).exec_with_returning(db),
    )
    .await;
    let names: Vec<_> = models.unwrap().into_iter().map(|cake| cake.name).collect();
    assert_eq!(
        (names, by),
        (
            vec!["a".to_owned(), "b".to_owned()],
            "default.master 1w".into()
        )
    );

    let (keys, by) = served(
        db,
        cake::Entity::insert_many(cakes()).exec_with_returning_keys(db),
    )
    .await;
    assert_eq!(
        (keys.unwrap(), by),
        (vec![6, 7], "default.master 1w".into())
    );

    let (rows, by) = served(
        db,
        cake::Entity::insert_many(cakes()).exec_without_returning(db),
    )
    .await;
    assert_eq!((rows.unwrap(), by), (2, "default.master 1w".into()));

    let (none, by) = served(
        db,
        cake::Entity::insert_many::<cake::ActiveModel, _>([]).exec(db),
    )
    .await;
    assert_eq!((none.unwrap().last_insert_id, by), (None, "".into()));
    assert_eq!(cakes_on(&bakery, "default.master").await, 9);
    assert_eq!(cakes_on(&bakery, "default.slave-1").await, 1);
}

#[tokio::test]
async fn insert_many_of_a_keyed_entity_writes_on_its_bind() {
    let Bakery { db, .. } = &stocked(1).await;
    let reports = ["x", "y"].map(report_titled);
    let (models, by) = served(
        db,
        report::Entity::insert_many(reports).exec_with_returning(db),
    )
    .await;
    let titles: Vec<_> = models
        .unwrap()
        .into_iter()
        .map(|report| report.title)
        .collect();
    assert_eq!(
        (titles, by),
        (
            vec!["x".to_owned(), "y".to_owned()],
            "reports.master 1w".into()
        )
    );
}

#[tokio::test]
async fn insert_from_select_is_a_write_of_both_tables_bind() {
    let bakery = stocked(2).await;
    let db = &bakery.db;
    let copy = |from: TableRef| {
        Query::insert()
            .into_table(Alias::new("cake"))
            .columns([cake::Column::Name, cake::Column::BakeryId])
            .select_from(
                Query::select()
                    .columns([cake::Column::Name, cake::Column::BakeryId])
                    .from(from)
                    .to_owned(),
            )
            .unwrap()
            .to_owned()
    };
    let (result, by) = served(db, db.execute(&copy(cake::Entity.table_ref()))).await;
    assert_eq!(
        (result.unwrap().rows_affected(), by),
        (2, "default.master 1w".into())
    );
    assert_eq!(cakes_on(&bakery, "default.master").await, 4);
    let (result, by) = served(db, db.execute(&copy(report::Entity.table_ref()))).await;
    let error = routing_error(result.unwrap_err());
    assert!(matches!(error, RoutingError::TwoBinds { .. }), "{error}");
    assert_eq!(by, "");
}

#[tokio::test]
async fn hooks_use_the_handle_that_saves() {
    let Bakery { db, .. } = &stocked(1).await;
    let new = || audited::ActiveModel {
        id: NotSet,
        name: Set(String::new()),
    };
    // On the bare handle each statement of a hook has its own route: the read goes to a slave.
    let (saved, by) = served(db, new().insert(db)).await;
    let name = saved.unwrap().name;
    assert!(name.starts_with("after default.slave-"), "{name}");
    assert_eq!(by, "default.master 1w, default.slave 1r, reports.master 1w");
    let reports = report::Entity::find().all(&db.master()).await.unwrap();
    assert_eq!(reports[1].title, format!("saved {name}"));

    // In a transaction they are its statements, and one of another bind is refused.
    let txn = db.begin().await.unwrap();
    let (result, by) = served(db, new().insert(&txn)).await;
    let error = routing_error(result.unwrap_err());
    assert!(
        matches!(error, RoutingError::OtherTransaction { .. }),
        "{error}"
    );
    assert_eq!(by, "default.master 1r, default.master 1w");
    txn.rollback().await.unwrap();
    assert_eq!(bakery::Entity::find().count(&db.master()).await.unwrap(), 2);

    // A handle of one bind keeps them all there.
    let (saved, by) = served(db, new().insert(&db.bind("reports").unwrap())).await;
    assert_eq!(saved.unwrap().name, "after reports.slave-1");
    assert_eq!(by, "reports.master 2w, reports.slave 1r");
}
