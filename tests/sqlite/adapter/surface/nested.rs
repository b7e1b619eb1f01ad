use super::*;

async fn titles(db: &RoutingDatabase) -> Vec<String> {
    let reports = report::Entity::find().all(&db.master()).await.unwrap();
    reports.into_iter().map(|report| report.title).collect()
}

async fn texts(db: &RoutingDatabase) -> Vec<String> {
    let find = report_line::Entity::find().order_by_asc(report_line::Column::Id);
    let lines = find.all(&db.master()).await.unwrap();
    lines.into_iter().map(|line| line.text).collect()
}

#[tokio::test]
async fn nested_save_update_and_delete_are_transactions_of_the_entities_bind() {
    let Bakery { db, .. } = &stocked(1).await;
    let new = report::ActiveModel::builder()
        .set_title("weekly")
        .add_line(report_line::ActiveModel::builder().set_text("one"))
        .add_line(report_line::ActiveModel::builder().set_text("two"));
    let (saved, by) = served(db, new.save(db)).await;
    let mut saved = saved.unwrap();
    assert_eq!(by, "reports.master 3w");
    assert_eq!(titles(db).await, ["reports.master", "weekly"]);

    saved.title = Set("monthly".to_owned());
    saved.lines[0].text = Set("changed".to_owned());
    let (updated, by) = served(db, saved.update(db)).await;
    let updated = updated.unwrap();
    assert_eq!(
        (updated.title.as_str(), updated.lines.len()),
        ("monthly", 2)
    );
    assert_eq!(by, "reports.master 2w");
    assert_eq!(texts(db).await, ["reports.master/1", "changed", "two"]);

    let report = report::Entity::find_by_id(2)
        .one(&db.master())
        .await
        .unwrap()
        .unwrap();
    let (deleted, by) = served(db, report.cascade_delete(db)).await;
    assert_eq!(deleted.unwrap().rows_affected, 3);
    assert_eq!(by, "reports.master 1r, reports.master 3w");
    assert_eq!(titles(db).await, ["reports.master"]);
    assert_eq!(texts(db).await, ["reports.master/1"]);
}

#[tokio::test]
async fn nested_save_in_a_transaction_is_a_part_of_it() {
    let Bakery { db, .. } = &stocked(1).await;
    let new = || {
        report_line::ActiveModel::builder()
            .set_text("line")
            .set_report(report::ActiveModel::builder().set_title("parent"))
    };
    let txn = db.begin().await.unwrap();
    let (saved, by) = served(db, new().save(&txn)).await;
    saved.unwrap();
    assert_eq!(by, "reports.master 2w");
    txn.rollback().await.unwrap();
    assert_eq!(titles(db).await, ["reports.master"]);
    let txn = db.begin().await.unwrap();
    new().save(&txn).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(titles(db).await, ["reports.master", "parent"]);
}

#[tokio::test]
async fn nested_save_over_two_binds_is_a_typed_error_and_leaves_nothing() {
    let bakery = stocked(1).await;
    let db = &bakery.db;
    let parent_first = order::ActiveModel::builder()
        .set_customer("Ann")
        .add_invoice(invoice::ActiveModel::builder().set_amount(5));
    let (result, by) = served(db, parent_first.save(db)).await;
    let error = routing_error(result.map(drop).unwrap_err());
    assert_eq!(
        error.to_string(),
        "transaction is open on bind `default`, and the statement belongs to bind `reports`: \
         `invoice` has bind key `reports`"
    );
    assert_eq!(by, "default.master 1w");
    let child_first = invoice::ActiveModel::builder()
        .set_amount(5)
        .set_order(order::ActiveModel::builder().set_customer("Bob"));
    let (result, by) = served(db, child_first.save(db)).await;
    let error = routing_error(result.map(drop).unwrap_err());
    assert!(
        matches!(error, RoutingError::OtherTransaction { .. }),
        "{error}"
    );
    assert_eq!(by, "default.master 1w");

    let master = db.master();
    assert_eq!(order::Entity::find().count(&master).await.unwrap(), 0);
    for key in NODES {
        let node = bakery.node(key).await;
        assert_eq!(
            order::Entity::find().count(&node).await.unwrap(),
            0,
            "{key}"
        );
        assert_eq!(
            invoice::Entity::find().count(&node).await.unwrap(),
            0,
            "{key}"
        );
        node.close().await.unwrap();
    }
}

#[tokio::test]
async fn nested_delete_over_two_binds_is_a_typed_error_and_deletes_nothing() {
    let bakery = stocked(1).await;
    let db = &bakery.db;
    for (key, row) in [
        (
            "default.master",
            "INSERT INTO \"order\" (customer) VALUES ('Ann')",
        ),
        (
            "reports.master",
            "INSERT INTO invoice (order_id, amount) VALUES (1, 7)",
        ),
    ] {
        let node = bakery.node(key).await;
        node.execute_unprepared(row).await.unwrap();
        node.close().await.unwrap();
    }
    let master = &db.master();
    let order = order::Entity::find().one(master).await.unwrap().unwrap();
    let (result, by) = served(db, order.cascade_delete(db)).await;
    let error = routing_error(result.map(drop).unwrap_err());
    assert!(matches!(error, RoutingError::TwoBinds { .. }), "{error}");
    assert_eq!(by, "");
    assert_eq!(order::Entity::find().count(master).await.unwrap(), 1);
    assert_eq!(invoice::Entity::find().count(master).await.unwrap(), 1);
}
