//! The whole crate on embedded SQLite: `cargo run --example quickstart`.
//!
//! Each step prints its SQL and where it went, as the crate's own log events tell it (`echo: true` in binds.yaml).

#![allow(clippy::print_stdout, reason = "printing is what the example is for")]

mod narration;

use std::error::Error;

use entity::{bakery, cake, report, report_line};
use migration::{Bakeries, MigratorTrait, Reports};
use narration::{Narration, listing};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryOrder, TransactionTrait, prelude::*,
};
use sea_orm_routing::{RoutingDatabase, RoutingError};
use tokio_stream::StreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let narration = Narration::start();

    narration
        .step("binds.yaml names the nodes; the master of each bind is opened before its slaves");
    let mut db = RoutingDatabase::connect("binds.yaml").await?;
    println!("{}", listing(&db.status()));

    narration.step("each bind's migrations run on its own master");
    narration.watch_migrations(&mut db);
    narration.migrating("default.master");
    Bakeries::up(&db, None).await?;
    narration.migrating("reports.master");
    Reports::up(&db.bind("reports")?, None).await?;
    narration.migrated();

    narration.step("the tables start empty each time");
    clear(&db).await?;

    write(&narration, &db).await?;
    read(&narration, &db).await?;
    transactions(&narration, &db).await?;
    bind_keys(&narration, &db).await?;

    narration.step("what each node served");
    println!("{}", db.status());
    db.close().await?;
    Ok(())
}

/// The quickstart works on the same files each time.
async fn clear(db: &RoutingDatabase) -> Result<(), DbErr> {
    cake::Entity::delete_many().exec(db).await?;
    bakery::Entity::delete_many().exec(db).await?;
    report_line::Entity::delete_many().exec(db).await?;
    report::Entity::delete_many().exec(db).await?;
    Ok(())
}

async fn write(narration: &Narration, db: &RoutingDatabase) -> Result<(), DbErr> {
    narration.step("writes go to the master, also when they return rows");
    let bakery = bakery::ActiveModel {
        name: Set("SeaSide Bakery".to_owned()),
        ..Default::default()
    };
    let bakery = bakery.insert(db).await?;
    let cake = |name: &str| cake::ActiveModel {
        name: Set(name.to_owned()),
        bakery_id: Set(bakery.id),
        ..Default::default()
    };
    let cakes = ["Cheesecake", "Black Forest", "Carrot Cake"].map(cake);
    cake::Entity::insert_many(cakes).exec(db).await?;
    Ok(())
}

async fn read(narration: &Narration, db: &RoutingDatabase) -> Result<(), DbErr> {
    narration.step("reads are split over the slaves (slave-2 has twice the weight of slave-1)");
    for _ in 0..3 {
        cake::Entity::find().count(db).await?;
    }

    narration.step("joins and relations");
    let pairs = cake::Entity::find()
        .find_also_related(bakery::Entity)
        .all(db)
        .await?;
    let (cake, bakery) = &pairs[0];
    println!(
        "  = {} from {}",
        cake.name,
        bakery.as_ref().map_or("nowhere", |b| &b.name)
    );
    let loaded = bakery::Entity::load().with(cake::Entity).one(db).await?;
    println!(
        "  = {} cakes loaded",
        loaded.map_or(0, |bakery| bakery.cakes.iter().count())
    );

    narration.step("pages");
    let pages = cake::Entity::find()
        .order_by_asc(cake::Column::Id)
        .paginate(db, 2);
    println!(
        "  = {} pages, the first with {} cakes",
        pages.num_pages().await?,
        pages.fetch().await?.len()
    );

    narration.step("streams read all their rows from one node");
    let mut stream = cake::Entity::find().stream(db).await?;
    while let Some(cake) = stream.next().await {
        println!("  = {}", cake?.name);
    }
    Ok(())
}

async fn transactions(narration: &Narration, db: &RoutingDatabase) -> Result<(), Box<dyn Error>> {
    narration.step("a transaction stays on the master, its reads too; this one commits");
    let txn = db.begin().await?;
    let cake = cake::Entity::find().one(&txn).await?.ok_or("no cake")?;
    let mut cake = cake.into_active_model();
    cake.name = Set("Chocolate Cake".to_owned());
    cake.update(&txn).await?;
    txn.commit().await?;

    narration.step("this one rolls back");
    let txn = db.begin().await?;
    cake::Entity::delete_many().exec(&txn).await?;
    txn.rollback().await?;
    println!(
        "  = {} cakes are still there",
        cake::Entity::find().count(db).await?
    );
    Ok(())
}

async fn bind_keys(narration: &Narration, db: &RoutingDatabase) -> Result<(), Box<dyn Error>> {
    narration.step(
        "#[bind_key = \"reports\"] sends an entity's statements to another bind, transactions too",
    );
    report::ActiveModel::builder()
        .set_title("Weekly")
        .add_line(report_line::ActiveModel::builder().set_text("3 cakes sold"))
        .save(db)
        .await?;
    let report = report::Entity::load()
        .with(report_line::Entity)
        .one(db)
        .await?
        .ok_or("no report")?;
    println!(
        "  = {} with {} line",
        report.title,
        report.lines.iter().count()
    );

    narration.step(
        "handles fix a part of the route: the master of whatever bind the statement belongs to",
    );
    report::Entity::find().count(&db.master()).await?;

    narration.step("a join over two binds is an error before anything is sent");
    let join = "SELECT * FROM cake JOIN report ON report.title = cake.name";
    let join = sea_orm::Statement::from_string(db.get_database_backend(), join);
    if let Err(error) = db.query_all_raw(join).await {
        println!("  ! {}", RoutingError::of(&error).ok_or("a driver error")?);
    }
    Ok(())
}
