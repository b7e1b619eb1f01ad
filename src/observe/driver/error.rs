use sea_orm::{DbErr, RuntimeErr, sqlx::Error};

use super::{network, server};
use crate::observe::{Fault, Refusal};

/// What the driver said.
fn driver_error(error: &DbErr) -> Option<&Error> {
    let (DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))
    | DbErr::Conn(RuntimeErr::SqlxError(error))) = error
    else {
        return None;
    };
    Some(error)
}

pub(in crate::observe) fn fault(error: &DbErr) -> Option<Fault> {
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

pub(in crate::observe) fn code(error: &DbErr) -> Option<String> {
    match driver_error(error)? {
        Error::Database(source) => server::code(source.as_ref()),
        _ => None,
    }
}

pub(in crate::observe) fn refusal(error: &DbErr) -> Option<Refusal> {
    let refusal = match driver_error(error)? {
        Error::Database(error) => server::refusal(error.as_ref()),
        // sqlx asks the server for a type that a parameter names.
        Error::TypeNotFound { .. } => Some(Refusal::OfState),
        _ => None,
    }?;
    // What a login meets says nothing of a statement.
    let is_of_statement = !matches!(error, DbErr::Conn(_));
    (refusal == Refusal::OfStatement || is_of_statement).then_some(refusal)
}

pub(in crate::observe) fn has_begun(error: &DbErr) -> bool {
    match driver_error(error) {
        Some(Error::Database(source)) => {
            refusal(error).is_some() && server::has_begun(source.as_ref())
        }
        _ => false,
    }
}

pub(in crate::observe) fn is_acquire_timeout(error: &DbErr) -> bool {
    matches!(driver_error(error), Some(Error::PoolTimedOut))
}

pub(in crate::observe) fn is_login_refused(error: &DbErr) -> bool {
    match driver_error(error) {
        Some(Error::Database(source)) => server::is_login_refused(source.as_ref()),
        _ => false,
    }
}

pub(in crate::observe) fn is_of_read_only_session(error: &DbErr) -> bool {
    match driver_error(error) {
        Some(Error::Database(source)) => server::is_of_read_only_session(source.as_ref()),
        _ => false,
    }
}

/// Whether the server said that it has rolled back what it was sent, or the driver has not sent it.
pub(in crate::observe) fn is_undone(error: &DbErr) -> bool {
    match driver_error(error) {
        Some(Error::Database(source)) => server::is_undone(source.as_ref()),
        Some(error) => matches!(
            error,
            Error::Configuration(_)
                | Error::InvalidArgument(_)
                | Error::Encode(_)
                | Error::TypeNotFound { .. }
                | Error::PoolTimedOut
                | Error::PoolClosed
                | Error::InvalidSavePointStatement
                | Error::BeginFailed
        ),
        None => false,
    }
}

/// Whether the way to the server or the server itself is to blame, and not what the driver was told.
pub(in crate::observe) fn is_of_server(error: &DbErr) -> bool {
    matches!(
        driver_error(error),
        Some(
            Error::Io(_)
                | Error::Database(_)
                | Error::Tls(_)
                | Error::Protocol(_)
                | Error::PoolTimedOut
                | Error::PoolClosed
                | Error::WorkerCrashed
        )
    )
}
