use sea_orm::sqlx::error::DatabaseError;

use crate::observe::{Fault, Refusal};

/// What the server's own error says of the node; some of them say it only `connecting`.
pub(super) fn fault(error: &dyn DatabaseError, connecting: bool) -> Option<Fault> {
    #[cfg(feature = "sqlx-postgres")]
    if let Some(error) = error.try_downcast_ref::<sea_orm::SqlxPostgresError>()
        && let Some(fault) = super::postgres::fault(error.code(), is_last(error), connecting)
    {
        return Some(fault);
    }
    #[cfg(feature = "sqlx-mysql")]
    if let Some(error) = error.try_downcast_ref::<sea_orm::SqlxMySqlError>() {
        if super::mysql::is_of_transaction(error.number()) {
            return None;
        }
        if let Some(fault) = super::mysql::fault(error.number(), connecting) {
            return Some(fault);
        }
    }
    #[cfg(feature = "sqlx-sqlite")]
    if error
        .try_downcast_ref::<sea_orm::SqlxSqliteError>()
        .is_some()
        && let Some(fault) = super::sqlite::fault(&error.code()?)
    {
        return Some(fault);
    }
    let _ = connecting;
    (stated_refusal(error) == Some(Refusal::OfStatement)).then_some(Fault::ReadOnly)
}

/// The code by which the server's own manual names the error.
pub(super) fn code(error: &dyn DatabaseError) -> Option<String> {
    #[cfg(feature = "sqlx-mysql")]
    if let Some(error) = error.try_downcast_ref::<sea_orm::SqlxMySqlError>() {
        return Some(error.number().to_string());
    }
    error.code().map(|code| code.into_owned())
}

/// Whether and why the server refuses a statement that looked like a read.
pub(super) fn refusal(error: &dyn DatabaseError) -> Option<Refusal> {
    let stated = stated_refusal(error)?;
    // What the node is to blame for is no refusal.
    (stated == Refusal::OfStatement || fault(error, false).is_none()).then_some(stated)
}

/// What the code says, a fault of the node included.
fn stated_refusal(error: &dyn DatabaseError) -> Option<Refusal> {
    #[cfg(feature = "sqlx-postgres")]
    if let Some(error) = error.try_downcast_ref::<sea_orm::SqlxPostgresError>() {
        return super::postgres::refusal(error.code());
    }
    #[cfg(feature = "sqlx-mysql")]
    if let Some(error) = error.try_downcast_ref::<sea_orm::SqlxMySqlError>() {
        return super::mysql::refusal(error.number());
    }
    #[cfg(feature = "sqlx-sqlite")]
    if error
        .try_downcast_ref::<sea_orm::SqlxSqliteError>()
        .is_some()
    {
        return super::sqlite::refusal(&error.code()?);
    }
    None
}

/// Whether it says that what was sent has been rolled back.
pub(super) fn is_undone(error: &dyn DatabaseError) -> bool {
    #[cfg(feature = "sqlx-postgres")]
    if let Some(error) = error.try_downcast_ref::<sea_orm::SqlxPostgresError>() {
        return super::postgres::is_undone(error.code(), is_last(error));
    }
    #[cfg(feature = "sqlx-mysql")]
    if let Some(error) = error.try_downcast_ref::<sea_orm::SqlxMySqlError>() {
        return super::mysql::is_undone(error.number());
    }
    // SQLite's own: what its file can't take or give may have happened.
    fault(error, false) != Some(Fault::Storage)
}

/// Whether the session of PostgreSQL, or of who speaks like it, ends with the error.
#[cfg(feature = "sqlx-postgres")]
fn is_last(error: &sea_orm::SqlxPostgresError) -> bool {
    use sea_orm::sqlx::postgres::PgSeverity;

    matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic)
}

/// Whether a session may be read-only, and not its server.
pub(super) fn is_of_read_only_session(error: &dyn DatabaseError) -> bool {
    #[cfg(feature = "sqlx-postgres")]
    if let Some(error) = error.try_downcast_ref::<sea_orm::SqlxPostgresError>() {
        return super::postgres::refusal(error.code()) == Some(Refusal::OfStatement);
    }
    #[cfg(feature = "sqlx-mysql")]
    if let Some(error) = error.try_downcast_ref::<sea_orm::SqlxMySqlError>() {
        return super::mysql::is_of_transaction(error.number());
    }
    let _ = error;
    false
}

/// Whether it is the user or password that is refused.
pub(super) fn is_login_refused(error: &dyn DatabaseError) -> bool {
    #[cfg(feature = "sqlx-postgres")]
    if let Some(error) = error.try_downcast_ref::<sea_orm::SqlxPostgresError>() {
        return super::postgres::is_of_login(error.code());
    }
    #[cfg(feature = "sqlx-mysql")]
    if let Some(error) = error.try_downcast_ref::<sea_orm::SqlxMySqlError>() {
        return super::mysql::is_of_login(error.number());
    }
    let _ = error;
    false
}

/// Whether the statement may have been running when the error came.
pub(super) fn has_begun(error: &dyn DatabaseError) -> bool {
    #[cfg(feature = "sqlx-postgres")]
    if let Some(error) = error.try_downcast_ref::<sea_orm::SqlxPostgresError>() {
        // A function that runs says where it is.
        return error.r#where().is_some()
            || !super::postgres::is_of_plan(error.code())
            || super::postgres::is_of_old_plan(error.routine());
    }
    #[cfg(feature = "sqlx-mysql")]
    if let Some(error) = error.try_downcast_ref::<sea_orm::SqlxMySqlError>() {
        return !super::mysql::is_of_plan(error.number());
    }
    // What reads a file keeps nothing.
    let _ = error;
    false
}
