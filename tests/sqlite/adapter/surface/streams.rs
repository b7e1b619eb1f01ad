use super::*;

#[tokio::test]
async fn stream_reads_all_its_rows_from_one_slave() {
    let Bakery { db, .. } = &stocked(20).await;
    let work = async {
        let stream = cake::Entity::find().stream(db).await.unwrap();
        stream.collect::<Result<Vec<_>, _>>().await.unwrap()
    };
    let (cakes, by) = served(db, work).await;
    let numbers = (1..=20)
        .map(|n| n.to_string())
        .collect::<Vec<_>>()
        .join(" ");
    assert_eq!(of_cakes(&cakes), from("default.slave", &numbers));
    assert_eq!(by, "default.slave 1r");
}

#[tokio::test]
async fn stream_of_a_keyed_entity_reads_its_bind() {
    let Bakery { db, .. } = &stocked(2).await;
    let work = async {
        let find = report_line::Entity::find().order_by_desc(report_line::Column::Id);
        let stream = find.stream(db).await.unwrap();
        stream.collect::<Result<Vec<_>, _>>().await.unwrap()
    };
    let (lines, by) = served(db, work).await;
    assert_eq!(of_lines(&lines), from("reports.slave", "2 1"));
    assert_eq!(by, "reports.slave 1r");
}

#[tokio::test]
async fn raw_stream_that_writes_is_a_write() {
    let Bakery { db, .. } = &stocked(1).await;
    let insert = "INSERT INTO bakery (name) VALUES ('a'), ('b') RETURNING name";
    let insert = Statement::from_string(DbBackend::Sqlite, insert);
    let work = async {
        let stream = db.stream_raw(insert).await.unwrap();
        let rows: Vec<_> = stream.collect::<Result<_, _>>().await.unwrap();
        rows.iter()
            .map(|row| row.try_get::<String>("", "name").unwrap())
            .collect::<Vec<_>>()
    };
    let (names, by) = served(db, work).await;
    assert_eq!(names, ["a", "b"]);
    assert_eq!(by, "default.master 1w");
}

#[tokio::test]
async fn stream_of_a_transaction_reads_what_it_wrote() {
    let Bakery { db, .. } = &stocked(1).await;
    let work = async {
        let txn = db.begin().await.unwrap();
        cake_named("default.master/new").insert(&txn).await.unwrap();
        let stream = cake::Entity::find().stream(&txn).await.unwrap();
        let cakes: Vec<_> = stream.collect::<Result<_, _>>().await.unwrap();
        txn.commit().await.unwrap();
        cakes
    };
    let (cakes, by) = served(db, work).await;
    assert_eq!(of_cakes(&cakes), from("default.master", "1 new"));
    assert_eq!(by, "default.master 1r, default.master 1w");
}

#[tokio::test]
async fn stream_can_be_the_first_statement_of_a_transaction() {
    let Bakery { db, .. } = &stocked(1).await;
    let work = async {
        let txn = db.begin().await.unwrap();
        let stream = report_line::Entity::find().stream(&txn).await.unwrap();
        let lines: Vec<_> = stream.collect::<Result<_, _>>().await.unwrap();
        txn.rollback().await.unwrap();
        lines
    };
    let (lines, by) = served(db, work).await;
    assert_eq!(of_lines(&lines), from("reports.master", "1"));
    assert_eq!(by, "reports.master 1r");
}

#[tokio::test]
async fn stream_dropped_half_way_gives_its_only_connection_back() {
    let Bakery { db, .. } = &stocked(200).await;
    let slave = db.bind("slave-1").unwrap();
    for _ in 0..3 {
        let mut stream = cake::Entity::find().stream(&slave).await.unwrap();
        let first = stream.next().await.unwrap().unwrap();
        assert_eq!(first.name, "default.slave-1/1");
        drop(stream);
        assert_eq!(cake::Entity::find().count(&slave).await.unwrap(), 200);
    }
}

#[tokio::test]
async fn transaction_goes_on_after_a_stream_dropped_half_way() {
    let bakery = stocked(200).await;
    let txn = bakery.db.begin().await.unwrap();
    let mut stream = cake::Entity::find().stream(&txn).await.unwrap();
    let first = stream.next().await.unwrap().unwrap();
    assert_eq!(first.name, "default.master/1");
    drop(stream);
    cake_named("after the stream").insert(&txn).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(cakes_on(&bakery, "default.master").await, 201);
}

#[tokio::test]
async fn stream_without_a_route_is_the_error_of_the_stream_call() {
    let Bakery { db, .. } = &stocked(1).await;
    let select = "SELECT * FROM bakery JOIN report ON bakery.name = report.title";
    let select = Statement::from_string(DbBackend::Sqlite, select);
    let (stream, by) = served(db, db.stream_raw(select)).await;
    let error = routing_error(stream.map(drop).unwrap_err());
    assert!(matches!(error, RoutingError::TwoBinds { .. }), "{error}");
    assert_eq!(by, "");
}
