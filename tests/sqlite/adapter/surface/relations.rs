use super::*;

#[tokio::test]
async fn joined_relations_are_read_from_one_slave() {
    let Bakery { db, .. } = &stocked(2).await;
    let (pairs, by) = served(
        db,
        cake::Entity::find()
            .find_also_related(bakery::Entity)
            .all(db),
    )
    .await;
    let pairs = pairs.unwrap();
    assert_eq!(pairs.len(), 2);
    for (cake, bakery) in &pairs {
        let bakery = &bakery.as_ref().unwrap().name;
        assert_eq!(cake.name.split_once('/').unwrap().0, bakery);
        assert!(bakery.starts_with("default.slave-"), "{bakery}");
    }
    assert_eq!(by, "default.slave 1r");

    let find = bakery::Entity::find().find_with_related(cake::Entity);
    let (bakeries, by) = served(db, find.all(db)).await;
    let (bakery, cakes) = bakeries.unwrap().remove(0);
    assert!(bakery.name.starts_with("default.slave-"), "{}", bakery.name);
    assert_eq!(of_cakes(&cakes), from("default.slave", "1 2"));
    assert_eq!(by, "default.slave 1r");

    let find = report_line::Entity::find().find_both_related(report::Entity);
    let (pairs, by) = served(db, find.all(db)).await;
    let (line, report) = pairs.unwrap().remove(1);
    assert_eq!(
        (line.text.as_str(), report.title.as_str()),
        ("reports.slave-1/2", "reports.slave-1")
    );
    assert_eq!(by, "reports.slave 1r");
}

#[tokio::test]
async fn links_are_followed_on_slaves() {
    let Bakery { db, .. } = &stocked(1).await;
    let find = cake::Entity::find().find_also_linked(CakeToBakery);
    let (pairs, by) = served(db, find.all(db)).await;
    let (cake, bakery) = pairs.unwrap().remove(0);
    assert_eq!(cake.name, format!("{}/1", bakery.unwrap().name));
    assert_eq!(by, "default.slave 1r");
    let (bakery, by) = served(db, cake.find_linked(CakeToBakery).one(db)).await;
    assert!(bakery.unwrap().unwrap().name.starts_with("default.slave-"));
    assert_eq!(by, "default.slave 1r");
}

#[tokio::test]
async fn find_related_of_a_model_reads_its_bind() {
    let Bakery { db, .. } = &stocked(2).await;
    let report = report::Entity::find().one(db).await.unwrap().unwrap();
    let (lines, by) = served(db, report.find_related(report_line::Entity).all(db)).await;
    assert_eq!(of_lines(&lines.unwrap()), from("reports.slave", "1 2"));
    assert_eq!(by, "reports.slave 1r");
}

#[tokio::test]
async fn loaders_route_each_of_their_statements() {
    let Bakery { db, .. } = &stocked(2).await;
    let work = async {
        let cakes = cake::Entity::find().all(db).await.unwrap();
        cakes.load_one(bakery::Entity, db).await.unwrap()
    };
    let (bakeries, by) = served(db, work).await;
    assert_eq!(bakeries.len(), 2);
    let names = bakeries.iter().map(|bakery| &bakery.as_ref().unwrap().name);
    for name in names {
        assert!(name.starts_with("default.slave-"), "{name}");
    }
    assert_eq!(by, "default.slave 2r");

    let work = async {
        let reports = report::Entity::find().all(db).await.unwrap();
        reports.load_many(report_line::Entity, db).await.unwrap()
    };
    let (lines, by) = served(db, work).await;
    assert_eq!(of_lines(&lines[0]), from("reports.slave", "1 2"));
    assert_eq!(by, "reports.slave 2r");
}

#[tokio::test]
async fn loaders_cross_binds_where_a_join_can_not() {
    let Bakery { db, .. } = &with_orders().await;
    let orders = order::Entity::find().all(db).await.unwrap();
    let (invoices, by) = served(db, orders.load_many(invoice::Entity, db)).await;
    let invoices = invoices.unwrap();
    assert_eq!(
        invoices[0].iter().map(|i| i.amount).collect::<Vec<_>>(),
        [7, 8]
    );
    assert_eq!(by, "reports.slave 1r");
    let (orders, by) = served(db, invoices[0].load_one(order::Entity, db)).await;
    let customer = orders.unwrap().remove(0).unwrap().customer;
    assert_eq!(customer, "of a slave");
    assert_eq!(by, "default.slave 1r");

    let join = order::Entity::find().find_also_related(invoice::Entity);
    let (result, by) = served(db, join.all(db)).await;
    let error = routing_error(result.unwrap_err());
    assert!(matches!(error, RoutingError::TwoBinds { .. }), "{error}");
    assert_eq!(by, "");
}

#[tokio::test]
async fn entity_loader_reads_relations_of_any_bind() {
    let Bakery { db, .. } = &stocked(2).await;
    let (bakery, by) = served(db, bakery::Entity::load().with(cake::Entity).one(db)).await;
    let bakery = bakery.unwrap().unwrap();
    assert!(bakery.name.starts_with("default.slave-"), "{}", bakery.name);
    assert_eq!(
        origin(bakery.cakes.iter().map(|cake| cake.name.as_str())),
        from("default.slave", "1 2")
    );
    assert_eq!(by, "default.slave 2r");

    let (report, by) = served(db, report::Entity::load().with(report_line::Entity).one(db)).await;
    let report = report.unwrap().unwrap();
    assert_eq!(report.title, "reports.slave-1");
    assert_eq!(
        origin(report.lines.iter().map(|line| line.text.as_str())),
        from("reports.slave", "1 2")
    );
    assert_eq!(by, "reports.slave 2r");

    let (line, by) = served(
        db,
        report_line::Entity::load()
            .filter_by_id(2)
            .with(report::Entity)
            .one(db),
    )
    .await;
    let line = line.unwrap().unwrap();
    assert_eq!(line.text, "reports.slave-1/2");
    assert_eq!(line.report.unwrap().title, "reports.slave-1");
    assert_eq!(by, "reports.slave 1r");
}

#[tokio::test]
async fn entity_loader_crosses_binds_one_way() {
    let Bakery { db, .. } = &with_orders().await;
    // Many rows are loaded by a query of their own, …
    let (orders, by) = served(db, order::Entity::load().with(invoice::Entity).all(db)).await;
    let orders = orders.unwrap();
    assert_eq!(orders[0].customer, "of a slave");
    assert_eq!(
        orders[0]
            .invoices
            .iter()
            .map(|i| i.amount)
            .collect::<Vec<_>>(),
        [7, 8]
    );
    assert_eq!(by, "default.slave 1r, reports.slave 1r");
    // … and a single one by a join.
    let (result, by) = served(db, invoice::Entity::load().with(order::Entity).all(db)).await;
    let error = routing_error(result.unwrap_err());
    assert_eq!(
        error.to_string(),
        "statement names tables of two binds: `invoice` in `reports`, `order` in `default`"
    );
    assert_eq!(by, "");
}

/// An order in every node of the default bind, and two invoices for it in every node of the other.
async fn with_orders() -> Bakery {
    let bakery = stocked(1).await;
    for key in NODES {
        let node = bakery.node(key).await;
        let rows = match key.split_once('.').unwrap() {
            ("default", "master") => "INSERT INTO \"order\" (customer) VALUES ('of the master')",
            ("default", _) => "INSERT INTO \"order\" (customer) VALUES ('of a slave')",
            _ => "INSERT INTO invoice (order_id, amount) VALUES (1, 7), (1, 8)",
        };
        node.execute_unprepared(rows).await.unwrap();
        node.close().await.unwrap();
    }
    bakery
}

#[tokio::test]
async fn joins_with_aliases_find_the_bind_of_the_tables_behind_them() {
    let Bakery { db, .. } = &stocked(2).await;
    let find = report_line::Entity::find()
        .join_as(
            JoinType::InnerJoin,
            report_line::Relation::Report.def(),
            Alias::new("cake"),
        )
        .filter(Expr::col((Alias::new("cake"), report::Column::Title)).eq("reports.slave-1"));
    let (lines, by) = served(db, find.all(db)).await;
    assert_eq!(of_lines(&lines.unwrap()), from("reports.slave", "1 2"));
    assert_eq!(by, "reports.slave 1r");

    let own = Alias::new("report");
    let select = Query::select()
        .column((own.clone(), bakery::Column::Name))
        .from_as(bakery::Entity, own)
        .to_owned();
    let (row, by) = served(db, db.query_one(&select)).await;
    let name: String = row.unwrap().unwrap().try_get("", "name").unwrap();
    assert!(name.starts_with("default.slave-"), "{name}");
    assert_eq!(by, "default.slave 1r");
}

#[tokio::test]
async fn subqueries_and_unions_over_two_binds_are_errors() {
    let Bakery { db, .. } = &stocked(1).await;
    let titles = report::Entity::find()
        .select_only()
        .column(report::Column::Title);
    let inside = bakery::Entity::find()
        .filter(bakery::Column::Name.in_subquery(titles.clone().into_query()));
    let (result, by) = served(db, inside.all(db)).await;
    let error = routing_error(result.unwrap_err());
    assert!(matches!(error, RoutingError::TwoBinds { .. }), "{error}");
    assert_eq!(by, "");

    let lines = report_line::Entity::find()
        .select_only()
        .column(report_line::Column::Text)
        .filter(
            report_line::Column::ReportId.in_subquery(
                report::Entity::find()
                    .select_only()
                    .column(report::Column::Id)
                    .into_query(),
            ),
        );
    let mut union = titles.into_query();
    union.union(sea_orm::sea_query::UnionType::All, lines.into_query());
    let (rows, by) = served(db, db.query_all(&union)).await;
    assert_eq!((rows.unwrap().len(), by), (2, "reports.slave 1r".into()));
}
