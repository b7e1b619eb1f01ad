use sea_orm::{ConnAcquireErr, DbErr};

use super::{Fault, Refusal, driver};

/// The node's fault that an error is; `None` when it is the statement's, the application's or the pool's own, or
/// says nothing about the node.
///
/// A dead node hides behind a pool: see [`is_acquire_timeout`].
pub(crate) fn fault(error: &DbErr) -> Option<Fault> {
    driver::fault(error)
}

/// The server's own code of the error: a SQLSTATE of PostgreSQL, a number of the others.
pub(crate) fn code(error: &DbErr) -> Option<String> {
    driver::code(error)
}

/// The refusal that an error is, if it is one.
pub(crate) fn refusal(error: &DbErr) -> Option<Refusal> {
    driver::refusal(error)
}

/// Whether a read that was refused may have done something before: its functions may have taken locks, which its session
/// keeps. What the server refuses to prepare has done nothing, unless it is prepared no more: then that connection will never
/// run it.
pub(crate) fn has_begun(error: &DbErr) -> bool {
    driver::has_begun(error)
}

/// Whether a pool gave no connection in time, which alone says nothing about the node: all connections may be at
/// work.
///
/// It is also all that a pool tells of a node that is frozen or behind a cut network, that refuses connections, or
/// that answers with PostgreSQL's 53300 or 57P03: until the time is over, sqlx's `Pool::acquire` tries these again.
/// Who wants to know connects without a pool, and asks [`fault`] about that error, which must be a [`DbErr::Conn`].
pub(crate) fn is_acquire_timeout(error: &DbErr) -> bool {
    // On `Database::connect` SeaORM leaves the driver's error as it is.
    matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))
        || driver::is_acquire_timeout(error)
}

/// Whether a statement got no connection, so that no server has seen it.
pub(crate) fn is_unsent(error: &DbErr) -> bool {
    // SeaORM makes the latter of errors of connecting alone.
    matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_))
}

/// Whether an error says for certain that what was sent has changed nothing. Of an error that nobody thought of that is not
/// certain.
pub(crate) fn is_undone(error: &DbErr) -> bool {
    match error {
        // What SeaORM finds before it sends a statement, or from one that has changed no row.
        DbErr::AttrNotSet(_)
        | DbErr::UpdateGetPrimaryKey
        | DbErr::PrimaryKeyNotSet { .. }
        | DbErr::KeyArityMismatch { .. }
        | DbErr::BackendNotSupported { .. }
        | DbErr::RbacError(_)
        | DbErr::AccessDenied { .. }
        | DbErr::RecordNotInserted
        | DbErr::RecordNotUpdated => true,
        error => is_unsent(error) || driver::is_undone(error),
    }
}

/// Whether a server refused a user or password, and not just the database that was asked for.
pub(crate) fn is_login_refused(error: &DbErr) -> bool {
    matches!(error, DbErr::Conn(_)) && driver::is_login_refused(error)
}

/// Whether a write was refused as read-only, which may be its session's setting and not the server's.
pub(crate) fn is_of_read_only_session(error: &DbErr) -> bool {
    driver::is_of_read_only_session(error)
}

/// Whether the server could not be had at all: what was met there says nothing of a statement.
pub(crate) fn is_of_connecting(error: &DbErr) -> bool {
    is_acquire_timeout(error)
        || matches!(error, DbErr::ConnectionAcquire(_))
        || matches!(error, DbErr::Conn(_)) && driver::is_of_server(error)
}
