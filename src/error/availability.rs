use sea_orm::DbErr;

use super::RoutingError;
use crate::observe::{Fault, fault, is_of_connecting, is_undone};

/// What an error means for who waits for an answer.
impl RoutingError {
    /// Whether a statement or COMMIT that failed with this error may have happened all the same: its connection was lost
    /// before the answer, or a proxy between says that its server was, or the answer could not be read. Then look before it
    /// is repeated. An error of which this is false has changed nothing, in tables that roll back.
    ///
    /// False is what is known to be so: nothing was sent, or the server itself says that it refused or rolled back. Of
    /// all other errors this is true, also of an application's own (`DbErr::Custom`).
    ///
    /// ```
    /// use sea_orm::{DbErr, RuntimeErr};
    /// use sea_orm_routing::RoutingError;
    ///
    /// let refused = DbErr::Conn(RuntimeErr::Internal("connection refused".to_owned()));
    /// assert!(!RoutingError::may_have_happened(&refused));
    /// ```
    #[must_use]
    pub fn may_have_happened(error: &DbErr) -> bool {
        match Self::of(error) {
            Some(
                Self::MasterChanged { .. }
                | Self::PartlyCommitted { .. }
                | Self::Unfinished { .. }
                | Self::Undecided { .. },
            ) => true,
            Some(_) => false,
            None => !is_undone(error),
        }
    }

    /// Whether the error says that a server could not be had, so that the same request may be served later: what a web
    /// application answers with 503, and not with 500.
    ///
    /// | error | |
    /// |---|---|
    /// | [`MasterDown`](Self::MasterDown), [`MasterChanged`](Self::MasterChanged), [`TwoMasters`](Self::TwoMasters), [`NodeDown`](Self::NodeDown), [`SlaveSetBack`](Self::SlaveSetBack), [`NoCredentials`](Self::NoCredentials), [`NoSlave`](Self::NoSlave), [`Overloaded`](Self::Overloaded), [`OutOfConnections`](Self::OutOfConnections), [`SlavesBehind`](Self::SlavesBehind), [`Undecided`](Self::Undecided), [`Closed`](Self::Closed) | yes |
    /// | [`UnaskedObject`](Self::UnaskedObject) | yes if a bind did not answer |
    /// | [`NotCommitted`](Self::NotCommitted) | as what its bind said |
    /// | all other errors of ours | no: the statement, the configuration, or a COMMIT that was half done |
    /// | no connection in time, or the pool is closed | yes |
    /// | whatever a connection that is being opened meets: refused, unknown host, TLS, wrong password, unknown database, start-up, too many connections | yes |
    /// | a connection that was lost, or that the server ended: also for `idle_session_timeout`, shutdown, `KILL` | yes |
    /// | the server's disk, memory or files (53100, 53200, 58030; 1021, 1037; `SQLITE_FULL`, `SQLITE_IOERR`) | yes |
    /// | constraints, syntax, rights, missing tables | no |
    /// | serialization failures, deadlocks, lock waits, `SQLITE_BUSY` | no: begin the transaction again at once |
    /// | a statement that was cancelled or took too long (57014, 3024) | no |
    /// | a write that a read-only transaction or server refuses (25006, 1290) | no; when the master itself is read-only, the monitor makes it `MasterDown` |
    ///
    /// It does not say that nothing has happened: see [`may_have_happened`](Self::may_have_happened).
    ///
    /// ```
    /// use sea_orm::{ConnAcquireErr, DbErr};
    /// use sea_orm_routing::RoutingError;
    ///
    /// let status = |error: &DbErr| match RoutingError::is_unavailable(error) {
    ///     true => 503,
    ///     false => 500,
    /// };
    /// assert_eq!(status(&DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)), 503);
    /// assert_eq!(status(&DbErr::RecordNotInserted), 500);
    /// ```
    #[must_use]
    pub fn is_unavailable(error: &DbErr) -> bool {
        match Self::of(error) {
            Some(routing) => routing.is_of_servers(),
            None => {
                is_of_connecting(error)
                    || fault(error).is_some_and(|fault| fault != Fault::ReadOnly)
            }
        }
    }

    fn is_of_servers(&self) -> bool {
        match self {
            Self::MasterDown { .. }
            | Self::MasterChanged { .. }
            | Self::NoCredentials { .. }
            | Self::TwoMasters { .. }
            | Self::NodeDown { .. }
            | Self::SlaveSetBack { .. }
            | Self::NoSlave { .. }
            | Self::Overloaded { .. }
            | Self::OutOfConnections { .. }
            | Self::SlavesBehind { .. }
            | Self::Undecided { .. }
            | Self::Closed => true,
            Self::UnaskedObject { binds, .. } => !binds.is_empty(),
            Self::NotCommitted { source, .. } => Self::is_unavailable(source),
            _ => false,
        }
    }
}
