use std::{
    io::{self, ErrorKind},
    sync::Arc,
};

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, sqlx::Error};

use super::wire::{connecting, is_undone, running};
use crate::observe::{self, Fault, fault, is_acquire_timeout};

#[test]
fn drivers_errors() {
    let protocol = || Arc::new(Error::Protocol("no".into()));
    assert_eq!(connecting(&protocol()), Some(Fault::Protocol));
    assert_eq!(running(&protocol()), None);
    let tls = Arc::new(Error::Tls("no".into()));
    assert_eq!(connecting(&tls), Some(Fault::Protocol));
    assert_eq!(running(&Arc::new(Error::WorkerCrashed)), Some(Fault::Lost));
    for error in [
        Error::PoolTimedOut,
        Error::PoolClosed,
        Error::RowNotFound,
        Error::ColumnNotFound("id".into()),
        Error::Decode("no".into()),
        Error::Encode("no".into()),
        Error::Configuration("no".into()),
        Error::BeginFailed,
    ] {
        let error = Arc::new(error);
        assert_eq!(
            (connecting(&error), running(&error)),
            (None, None),
            "{error}"
        );
    }
}

#[test]
fn errors_of_the_application_and_ours() {
    let routed = DbErr::TryIntoErr {
        from: "statement",
        into: "route",
        source: Arc::new(io::Error::from(ErrorKind::ConnectionRefused)),
    };
    for error in [
        routed,
        DbErr::RecordNotFound("cake".into()),
        DbErr::RecordNotUpdated,
        DbErr::Custom("connection refused".into()),
        DbErr::Conn(RuntimeErr::Internal("Disconnected".into())),
        DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
    ] {
        assert_eq!(fault(&error), None, "{error}");
    }
}

#[test]
fn acquire_timeouts() {
    let timed_out = DbErr::Conn(RuntimeErr::SqlxError(Arc::new(Error::PoolTimedOut)));
    assert!(is_acquire_timeout(&timed_out));
    assert!(is_acquire_timeout(&DbErr::ConnectionAcquire(
        ConnAcquireErr::Timeout
    )));
    let io = Arc::new(Error::Io(ErrorKind::TimedOut.into()));
    for error in [
        DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        DbErr::Conn(RuntimeErr::SqlxError(io)),
        DbErr::RecordNotUpdated,
    ] {
        assert!(!is_acquire_timeout(&error), "{error}");
    }
}

#[test]
fn three_faults_are_certain() {
    let all = [
        (Fault::Refused, true, "connection refused"),
        (Fault::Unavailable, true, "shutdown or start-up"),
        (Fault::Ended, false, "session ended"),
        (Fault::ReadOnly, true, "read-only server"),
        (Fault::Lost, false, "connection lost"),
        (Fault::Timeout, false, "connection timeout"),
        (Fault::Unresolved, false, "unknown host"),
        (Fault::TooManyConnections, false, "too many connections"),
        (Fault::Exhausted, false, "disk or memory exhausted"),
        (Fault::Storage, false, "storage error"),
        (Fault::Rejected, false, "login rejected"),
        (Fault::Protocol, false, "protocol error"),
    ];
    for (fault, certain, text) in all {
        assert_eq!(
            (fault.is_certain(), fault.to_string().as_str()),
            (certain, text)
        );
    }
}

#[test]
fn what_was_not_sent_is_told_from_what_may_have_happened() {
    let happened = |error: Error| !is_undone(&Arc::new(error));
    for error in [
        Error::PoolTimedOut,
        Error::PoolClosed,
        Error::Encode("no".into()),
        Error::BeginFailed,
    ] {
        assert!(!happened(error));
    }
    for error in [
        Error::Protocol("no".into()),
        Error::Tls("no".into()),
        Error::WorkerCrashed,
        Error::Decode("no".into()),
        Error::ColumnNotFound("id".into()),
    ] {
        assert!(happened(error));
    }
    let custom = DbErr::Custom("of the application, or of a task that has ended".into());
    for error in [
        custom,
        DbErr::UnpackInsertId,
        DbErr::RecordNotFound("cake".into()),
        DbErr::Exec(RuntimeErr::Internal("Disconnected".into())),
    ] {
        assert!(!observe::is_undone(&error), "{error}");
    }
    for error in [
        DbErr::RecordNotUpdated,
        DbErr::AttrNotSet("id".into()),
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        DbErr::Conn(RuntimeErr::Internal("Disconnected".into())),
    ] {
        assert!(observe::is_undone(&error), "{error}");
    }
}
