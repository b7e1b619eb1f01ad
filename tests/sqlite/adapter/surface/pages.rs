use super::*;

#[tokio::test]
async fn paginator_counts_and_fetches_on_slaves() {
    let Bakery { db, .. } = &stocked(5).await;
    let pages = cake::Entity::find()
        .order_by_asc(cake::Column::Id)
        .paginate(db, 2);
    let (number, by) = served(db, pages.num_items_and_pages()).await;
    let number = number.unwrap();
    assert_eq!((number.number_of_items, number.number_of_pages), (5, 3));
    assert_eq!(by, "default.slave 1r");
    let (page, by) = served(db, pages.fetch_page(1)).await;
    assert_eq!(of_cakes(&page.unwrap()), from("default.slave", "3 4"));
    assert_eq!(by, "default.slave 1r");
}

#[tokio::test]
async fn paginator_as_a_stream_asks_for_page_after_page() {
    let Bakery { db, .. } = &stocked(5).await;
    let find = report_line::Entity::find().order_by_asc(report_line::Column::Id);
    let work = find
        .paginate(db, 2)
        .into_stream()
        .collect::<Result<Vec<_>, _>>();
    let (pages, by) = served(db, work).await;
    let pages = pages.unwrap();
    assert_eq!(pages.len(), 3);
    assert_eq!(
        of_lines(pages.iter().flatten()),
        from("reports.slave", "1 2 3 4 5")
    );
    assert_eq!(by, "reports.slave 4r");
}

#[tokio::test]
async fn paginator_of_a_transaction_stays_on_the_master() {
    let Bakery { db, .. } = &stocked(3).await;
    let work = async {
        let txn = db.begin().await.unwrap();
        let pages = cake::Entity::find()
            .order_by_asc(cake::Column::Id)
            .paginate(&txn, 2);
        let counted = pages.num_pages().await.unwrap();
        (counted, pages.fetch().await.unwrap())
    };
    let ((pages, page), by) = served(db, work).await;
    assert_eq!((pages, of_cakes(&page)), (2, from("default.master", "1 2")));
    assert_eq!(by, "default.master 2r");
}

#[tokio::test]
async fn cursor_reads_forth_and_back_on_slaves() {
    let Bakery { db, .. } = &stocked(5).await;
    let mut cursor = cake::Entity::find().cursor_by(cake::Column::Id);
    let (cakes, by) = served(db, cursor.after(1).before(5).first(2).all(db)).await;
    assert_eq!(of_cakes(&cakes.unwrap()), from("default.slave", "2 3"));
    assert_eq!(by, "default.slave 1r");
    let mut cursor = report_line::Entity::find().cursor_by(report_line::Column::Id);
    let (lines, by) = served(db, cursor.last(2).all(db)).await;
    assert_eq!(of_lines(&lines.unwrap()), from("reports.slave", "4 5"));
    assert_eq!(by, "reports.slave 1r");
}
