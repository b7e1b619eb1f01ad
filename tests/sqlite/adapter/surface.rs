//! What SeaORM offers over a connection, each with the node that served it and its rows.

use entity::{bakery, cake, report, report_line};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    Condition, EntityLoaderTrait, ExprTrait, FromQueryResult, JoinType, JsonValue, LoaderTrait,
    QueryOrder, QuerySelect, QueryTrait, SelectExt, StreamTrait, TransactionTrait,
    prelude::*,
    raw_sql,
    sea_query::{Alias, Query, Table, TableRef},
};
use sea_orm::{ConnectionTrait, DbBackend, Iterable, Statement};
use sea_orm_routing::{RoutingDatabase, RoutingError};
use tokio_stream::StreamExt;

use crate::{
    bakery::{Bakery, report_titled},
    support::served,
};

const NODES: [&str; 5] = [
    "default.master",
    "default.slave-1",
    "default.slave-2",
    "reports.master",
    "reports.slave-1",
];

/// An order on the default bind whose invoices are on another: two databases in one object graph.
mod order {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "order")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub customer: String,
        #[sea_orm(has_many)]
        pub invoices: HasMany<super::invoice::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod invoice {
    use sea_orm::entity::prelude::*;
    use sea_orm_routing::BindKey;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, BindKey)]
    #[sea_orm(table_name = "invoice")]
    #[bind_key = "reports"]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub order_id: i32,
        pub amount: i32,
        #[sea_orm(belongs_to, from = "order_id", to = "id")]
        pub order: BelongsTo<super::order::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// An entity with a schema, which SQLite knows as `main`.
mod summary {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, sea_orm_routing::BindKey)]
    #[sea_orm(schema_name = "main", table_name = "summary")]
    #[bind_key = "reports"]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub text: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Bakeries once more, with hooks that ask and tell the database.
mod audited {
    use entity::report;
    use sea_orm::{ActiveValue::Set, entity::prelude::*};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "bakery")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    #[async_trait::async_trait]
    impl ActiveModelBehavior for ActiveModel {
        /// Names the new bakery after the first one that it sees.
        async fn before_save<C: ConnectionTrait>(
            mut self,
            db: &C,
            _insert: bool,
        ) -> Result<Self, DbErr> {
            let first = Entity::find().one(db).await?;
            self.name = Set(format!(
                "after {}",
                first.map_or_else(String::new, |b| b.name)
            ));
            Ok(self)
        }

        /// Writes a report, which is on another bind, unless there is a reason not to.
        async fn after_save<C: ConnectionTrait>(
            model: Model,
            db: &C,
            _insert: bool,
        ) -> Result<Model, DbErr> {
            let title = Set(format!("saved {}", model.name));
            let report = report::ActiveModel {
                title,
                ..Default::default()
            };
            report.insert(db).await?;
            Ok(model)
        }
    }
}

struct CakeToBakery;

impl Linked for CakeToBakery {
    type FromEntity = cake::Entity;
    type ToEntity = bakery::Entity;

    fn link(&self) -> Vec<RelationDef> {
        vec![<cake::Entity as Related<bakery::Entity>>::to()]
    }
}

/// Every node with `count` cakes of its bakery and as many lines of its report, named after the node.
async fn stocked(count: i32) -> Bakery {
    let bakery = Bakery::new().await;
    for key in NODES {
        let node = bakery.node(key).await;
        // Without the foreign key that SeaORM would give `invoice`: its order is in another database.
        let tables = "CREATE TABLE \"order\" (id integer PRIMARY KEY, customer varchar);
             CREATE TABLE invoice (id integer PRIMARY KEY, order_id integer, amount integer);
             CREATE TABLE summary (id integer PRIMARY KEY, text varchar)";
        node.execute_unprepared(tables).await.unwrap();
        let cakes = (1..=count).map(|number| cake_named(&format!("{key}/{number}")));
        cake::Entity::insert_many(cakes).exec(&node).await.unwrap();
        let lines = (1..=count).map(|number| report_line::ActiveModel {
            report_id: Set(1),
            text: Set(format!("{key}/{number}")),
            ..Default::default()
        });
        report_line::Entity::insert_many(lines)
            .exec(&node)
            .await
            .unwrap();
        node.close().await.unwrap();
    }
    bakery
}

fn cake_named(name: &str) -> cake::ActiveModel {
    cake::ActiveModel {
        name: Set(name.to_owned()),
        bakery_id: Set(1),
        ..Default::default()
    }
}

/// The node that the rows came from, by the part of their names before `/`, and the parts behind it.
#[track_caller]
fn origin<'n>(names: impl IntoIterator<Item = &'n str>) -> (String, String) {
    let names: Vec<_> = names.into_iter().collect();
    let node = |name: &&'n str| name.split_once('/').expect("node/number").0;
    let first = node(names.first().expect("no row"));
    assert!(
        names.iter().all(|name| node(name) == first),
        "rows of several nodes: {names:?}"
    );
    let numbers = names
        .iter()
        .map(|name| name.split_once('/').expect("node/number").1);
    let role = first.rsplit_once("slave-").map_or(first, |(bind, _)| bind);
    let role = match role {
        "default." => "default.slave",
        "reports." => "reports.slave",
        other => other,
    };
    (role.to_owned(), numbers.collect::<Vec<_>>().join(" "))
}

#[track_caller]
fn of_cakes<'c>(cakes: impl IntoIterator<Item = &'c cake::Model>) -> (String, String) {
    origin(cakes.into_iter().map(|cake| cake.name.as_str()))
}

#[track_caller]
fn of_lines<'l>(lines: impl IntoIterator<Item = &'l report_line::Model>) -> (String, String) {
    origin(lines.into_iter().map(|line| line.text.as_str()))
}

fn from(node: &str, numbers: &str) -> (String, String) {
    (node.to_owned(), numbers.to_owned())
}

#[track_caller]
fn routing_error(error: DbErr) -> RoutingError {
    RoutingError::of(&error)
        .unwrap_or_else(|| panic!("no routing error: {error}"))
        .clone()
}

/// All cakes of a node's own file.
async fn cakes_on(bakery: &Bakery, key: &str) -> u64 {
    let node = bakery.node(key).await;
    let count = cake::Entity::find().count(&node).await.unwrap();
    node.close().await.unwrap();
    count
}

mod streams {
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
}

mod pages {
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
}

mod relations {
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

        let (report, by) =
            served(db, report::Entity::load().with(report_line::Entity).one(db)).await;
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
                ("default", "master") => {
                    "INSERT INTO \"order\" (customer) VALUES ('of the master')"
                }
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
}

mod inserts {
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
}

mod nested {
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
}

mod changes {
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
        let script =
            "DELETE FROM cake; INSERT INTO cake (name, bakery_id) VALUES ('x', 1), ('y', 1)";
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
}

mod selections {
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
}
