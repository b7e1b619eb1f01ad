use sea_orm::sqlx::error::DatabaseError;

use super::Fault;
use crate::observe::refusal::{Refusal, server::refusal};

/// What the server's own error says; some of them say it only `connecting`.
pub(super) fn fault(error: &dyn DatabaseError, connecting: bool) -> Option<Fault> {
    #[cfg(feature = "sqlx-postgres")]
    if let Some(error) = error.try_downcast_ref::<sea_orm::SqlxPostgresError>()
        && let Some(fault) = super::postgres::fault(error.code(), connecting)
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
    (refusal(error) == Some(Refusal::OfStatement)).then_some(Fault::ReadOnly)
}
