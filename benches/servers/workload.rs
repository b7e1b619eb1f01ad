use rand::random_range;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, Schema, Set};

use crate::{item, operation::Operation};

/// Fits the servers' caches: what is measured is the way there.
const ROWS: i32 = 10_000;

/// Fits one statement's parameters.
const BATCH: usize = 1_000;

/// One write among so many operations of the mix.
const MIX: u64 = 10;

/// What the clients do again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Workload {
    /// Reads of one row.
    Point,
    /// Reads of a page.
    Page,
    /// Nine reads of one row to each write.
    Mix,
    /// A read, a write and a read in one transaction.
    Transaction,
}

impl Workload {
    pub(crate) const ALL: &[Self] = &[Self::Point, Self::Page, Self::Mix, Self::Transaction];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Point => "point",
            Self::Page => "page",
            Self::Mix => "mix",
            Self::Transaction => "transaction",
        }
    }

    /// What one operation is, for a table's heading.
    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::Point => "`find_by_id`, one row",
            Self::Page => "a page of 20 rows by a cursor",
            Self::Mix => "nine `find_by_id` to one `update` of a row",
            Self::Transaction => "`begin`, `find_by_id`, `update`, `find_by_id`, `commit`",
        }
    }

    pub(crate) fn writes(self) -> bool {
        matches!(self, Self::Mix | Self::Transaction)
    }

    /// A client's operation of that number, on a random row.
    pub(crate) fn operation(self, number: u64) -> Operation {
        let id = random_range(1..=ROWS);
        match self {
            Self::Point => Operation::Read(id),
            Self::Page => Operation::Page(id),
            Self::Mix if number.is_multiple_of(MIX) => Operation::Write(id),
            Self::Mix => Operation::Read(id),
            Self::Transaction => Operation::Transaction(id),
        }
    }
}

/// Makes the table, and its rows.
pub(crate) async fn fill(db: &DatabaseConnection) -> Result<(), DbErr> {
    let schema = Schema::new(db.get_database_backend());
    db.execute(&schema.create_table_from_entity(item::Entity))
        .await?;
    let ids: Vec<i32> = (1..=ROWS).collect();
    for batch in ids.chunks(BATCH) {
        let rows = batch.iter().map(|&id| item::ActiveModel {
            id: Set(id),
            name: Set(format!("the item that has the number {id}")),
            stock: Set(id),
        });
        item::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}
