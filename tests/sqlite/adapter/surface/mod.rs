//! What SeaORM offers over a connection, each with the node that served it and its rows.

mod changes;
mod inserts;
mod nested;
mod pages;
mod relations;
mod selections;
mod streams;

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
