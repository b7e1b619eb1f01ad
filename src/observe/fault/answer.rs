use sea_orm::{ConnAcquireErr, DbErr};

use super::Fault;

/// The node's fault that an error is; `None` when it is the statement's, the application's or the pool's own, or
/// says nothing about the node.
///
/// A dead node hides behind a pool: see [`is_acquire_timeout`].
pub(crate) fn fault(error: &DbErr) -> Option<Fault> {
    #[cfg(any(
        feature = "sqlx-postgres",
        feature = "sqlx-mysql",
        feature = "sqlx-sqlite"
    ))]
    {
        driver::fault(error)
    }
    #[cfg(not(any(
        feature = "sqlx-postgres",
        feature = "sqlx-mysql",
        feature = "sqlx-sqlite"
    )))]
    {
        let _ = error;
        None
    }
}

/// Whether a pool gave no connection in time, which alone says nothing about the node: all connections may be at
/// work.
///
/// It is also all that a pool tells of a node that is frozen or behind a cut network, that refuses connections, or
/// that answers with PostgreSQL's 53300 or 57P03: until the time is over, sqlx's `Pool::acquire` tries these again.
/// Who wants to know connects without a pool, and asks [`fault`] about that error, which must be a [`DbErr::Conn`].
pub(crate) fn is_acquire_timeout(error: &DbErr) -> bool {
    if matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)) {
        return true;
    }
    // On `Database::connect` SeaORM leaves it as it is.
    #[cfg(any(
        feature = "sqlx-postgres",
        feature = "sqlx-mysql",
        feature = "sqlx-sqlite"
    ))]
    return driver::is_acquire_timeout(error);
    #[cfg(not(any(
        feature = "sqlx-postgres",
        feature = "sqlx-mysql",
        feature = "sqlx-sqlite"
    )))]
    false
}

#[cfg(any(
    feature = "sqlx-postgres",
    feature = "sqlx-mysql",
    feature = "sqlx-sqlite"
))]
mod driver {
    use sea_orm::{DbErr, sqlx::Error};

    use crate::observe::{
        driver::driver_error,
        fault::{Fault, network, server},
    };

    pub(super) fn is_acquire_timeout(error: &DbErr) -> bool {
        matches!(driver_error(error), Some(Error::PoolTimedOut))
    }

    pub(super) fn fault(error: &DbErr) -> Option<Fault> {
        // No statement of the application can be to blame then.
        let connecting = matches!(error, DbErr::Conn(_));
        match driver_error(error)? {
            Error::Io(error) => network::fault(error, connecting),
            Error::Database(source) => server::fault(source.as_ref(), connecting),
            // A statement with too many parameters is one, too.
            Error::Protocol(_) | Error::Tls(_) => connecting.then_some(Fault::Protocol),
            // The thread of a SQLite connection is gone.
            Error::WorkerCrashed => Some(Fault::Lost),
            _ => None,
        }
    }
}

/// Whether a statement got no connection, so that no server has seen it.
pub(crate) fn is_unsent(error: &DbErr) -> bool {
    // SeaORM makes the latter of errors of connecting alone.
    matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_))
}
