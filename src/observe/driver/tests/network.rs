use std::{
    io::{self, ErrorKind},
    net::ToSocketAddrs,
    sync::Arc,
};

use sea_orm::sqlx::Error;

use super::wire::{connecting, running};
use crate::observe::Fault;

#[test]
fn kinds() {
    let kinds: [(&[ErrorKind], Option<Fault>); 5] = [
        (
            &[ErrorKind::ConnectionRefused, ErrorKind::NotFound],
            Some(Fault::Refused),
        ),
        (
            &[
                ErrorKind::ConnectionReset,
                ErrorKind::ConnectionAborted,
                ErrorKind::BrokenPipe,
                ErrorKind::NotConnected,
                ErrorKind::UnexpectedEof,
            ],
            Some(Fault::Lost),
        ),
        (&[ErrorKind::TimedOut], Some(Fault::Timeout)),
        (&[ErrorKind::InvalidData], Some(Fault::Protocol)),
        (
            &[
                ErrorKind::AddrNotAvailable,
                ErrorKind::PermissionDenied,
                ErrorKind::OutOfMemory,
                ErrorKind::InvalidInput,
                ErrorKind::Other,
            ],
            None,
        ),
    ];
    for (kinds, expected) in kinds {
        for &kind in kinds {
            let error = Arc::new(Error::Io(kind.into()));
            assert_eq!(connecting(&error), expected, "{kind}");
            assert_eq!(running(&error), expected, "{kind}");
        }
    }
}

#[test]
fn host_without_a_way_to_it_may_have_been_reached_before() {
    for kind in [ErrorKind::HostUnreachable, ErrorKind::NetworkUnreachable] {
        let error = Arc::new(Error::Io(kind.into()));
        assert_eq!(connecting(&error), Some(Fault::Refused), "{kind}");
        assert_eq!(running(&error), Some(Fault::Lost), "{kind}");
    }
}

#[test]
fn unknown_hosts_are_told_from_other_unnamed_errors() {
    let unknown = "node.invalid:5432".to_socket_addrs().unwrap_err();
    assert_eq!(
        connecting(&Arc::new(Error::Io(unknown))),
        Some(Fault::Unresolved)
    );
    // "Too many open files", of this process.
    const EMFILE: i32 = 24;
    let local = io::Error::from_raw_os_error(EMFILE);
    assert_eq!(connecting(&Arc::new(Error::Io(local))), None);
}
