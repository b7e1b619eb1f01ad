use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExprTrait, QueryResult, Statement,
    sea_query::{ColumnDef, Expr, OnConflict, Query, Table},
};

use super::{Realm, TransactionId};

const TABLE: &str = "sea_orm_routing_decision";
const ID: &str = "id";
const DECISION: &str = "decision";
const BINDS: &str = "binds";

/// The row that holds the table's realm.
const REALM: &str = "realm";
const COMMIT: &str = "commit";
const ABORT: &str = "abort";

/// How a distributed transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decided {
    Commit,
    Abort,
}

/// A transaction that was committed, and whose branches may not know yet.
#[derive(Clone, Debug)]
pub(crate) struct Commitment {
    pub(crate) transaction: TransactionId,
    pub(crate) binds: Vec<String>,
}

/// Creates the table `sea_orm_routing_decision`, which the first bind of two-phase transactions needs
/// ([`Atomicity::TwoPhase`](crate::Atomicity::TwoPhase)), unless it is there.
///
/// For a migration of that bind, `create_decision_table(manager.get_connection())`, or once at the start.
///
/// # Errors
/// The driver's.
pub async fn create_decision_table<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table(TABLE)
        .if_not_exists()
        .col(ColumnDef::new(ID).string_len(64).not_null().primary_key())
        .col(ColumnDef::new(DECISION).string_len(64).not_null())
        .col(ColumnDef::new(BINDS).text().not_null());
    db.execute(&table).await?;
    add_once(db, REALM, Realm::new().as_str()).await
}

/// The table's realm; `None` if there is no table.
pub(crate) async fn realm<C: ConnectionTrait>(db: &C) -> Result<Option<Realm>, DbErr> {
    if db
        .query_one_raw(existence(db.get_database_backend()))
        .await?
        .is_none()
    {
        return Ok(None);
    }
    let realm = decision(db, REALM).await?;
    Ok(realm.map(|realm| Realm::from(realm.as_str())))
}

/// Decides, with the transaction of `db`, that `transaction` is committed. False if the table is no longer that of
/// `realm`.
///
/// # Errors
/// The driver's, that of a duplicate key where it has been decided otherwise.
pub(crate) async fn commit<C: ConnectionTrait>(
    db: &C,
    realm: &Realm,
    transaction: &TransactionId,
    binds: &[String],
) -> Result<bool, DbErr> {
    let mut row = Query::select();
    row.expr(Expr::val(transaction.as_str()))
        .expr(Expr::val(COMMIT))
        .expr(Expr::val(binds.join(" ")))
        .from(TABLE)
        .and_where(Expr::col(ID).eq(REALM))
        .and_where(Expr::col(DECISION).eq(realm.as_str()));
    let mut insert = Query::insert();
    insert.into_table(TABLE).columns([ID, DECISION, BINDS]);
    insert
        .select_from(row)
        .map_err(|error| DbErr::Custom(error.to_string()))?;
    Ok(db.execute(&insert).await?.rows_affected() == 1)
}

/// Finds out how `transaction` ends, and aborts it if that is not decided yet. Waits for whoever is deciding.
pub(crate) async fn decide<C: ConnectionTrait>(
    db: &C,
    transaction: &TransactionId,
) -> Result<Decided, DbErr> {
    add_once(db, transaction.as_str(), ABORT).await?;
    let decision = decision(db, transaction.as_str()).await?;
    Ok(match decision.as_deref() {
        Some(COMMIT) => Decided::Commit,
        _ => Decided::Abort,
    })
}

/// Transactions that were committed, and are not known to have ended on all their binds.
pub(crate) async fn commitments<C: ConnectionTrait>(db: &C) -> Result<Vec<Commitment>, DbErr> {
    let mut select = Query::select();
    select
        .columns([ID, BINDS])
        .from(TABLE)
        .and_where(Expr::col(DECISION).eq(COMMIT));
    let rows = db.query_all(&select).await?;
    rows.iter().map(commitment).collect()
}

/// Forgets a transaction that has been committed on all its binds.
pub(crate) async fn forget<C: ConnectionTrait>(
    db: &C,
    transaction: &TransactionId,
) -> Result<(), DbErr> {
    let mut delete = Query::delete();
    delete
        .from_table(TABLE)
        .and_where(Expr::col(ID).eq(transaction.as_str()))
        .and_where(Expr::col(DECISION).eq(COMMIT));
    db.execute(&delete).await.map(drop)
}

fn commitment(row: &QueryResult) -> Result<Commitment, DbErr> {
    let binds: String = row.try_get("", BINDS)?;
    let id: String = row.try_get("", ID)?;
    Ok(Commitment {
        transaction: TransactionId::from(id.as_str()),
        binds: binds.split_whitespace().map(str::to_owned).collect(),
    })
}

async fn decision<C: ConnectionTrait>(db: &C, id: &str) -> Result<Option<String>, DbErr> {
    let mut select = Query::select();
    select
        .column(DECISION)
        .from(TABLE)
        .and_where(Expr::col(ID).eq(id));
    let row = db.query_one(&select).await?;
    row.map(|row| row.try_get("", DECISION)).transpose()
}

/// Adds a row, unless there is one of its id.
async fn add_once<C: ConnectionTrait>(db: &C, id: &str, decision: &str) -> Result<(), DbErr> {
    let mut insert = Query::insert();
    insert
        .into_table(TABLE)
        .columns([ID, DECISION, BINDS])
        .values([id.into(), decision.into(), "".into()])
        .map_err(|error| DbErr::Custom(error.to_string()))?
        .on_conflict(OnConflict::column(ID).do_nothing_on([ID]).to_owned());
    db.execute(&insert).await.map(drop)
}

/// Answers with a row if the table is where statements of its bare name look for it.
fn existence(backend: DbBackend) -> Statement {
    let sql = match backend {
        DbBackend::Postgres => format!("SELECT 1 WHERE to_regclass('{TABLE}') IS NOT NULL"),
        DbBackend::MySql => format!(
            "SELECT 1 FROM information_schema.tables \
             WHERE table_schema = DATABASE() AND table_name = '{TABLE}'"
        ),
        _ => format!("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '{TABLE}'"),
    };
    Statement::from_string(backend, sql)
}
