use std::{
    io::{self, ErrorKind},
    net::ToSocketAddrs,
    sync::Arc,
};

use sea_orm::sqlx::Error;

use super::wire::{connecting, is_undone, running};
use crate::observe::Fault;

#[test]
fn kinds() {
    let kinds: [(&[ErrorKind], Option<Fault>, Option<Fault>); 5] = [
        (
            &[ErrorKind::ConnectionRefused, ErrorKind::NotFound],
            Some(Fault::Refused),
            Some(Fault::Lost),
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
            Some(Fault::Lost),
        ),
        (
            &[ErrorKind::TimedOut],
            Some(Fault::Timeout),
            Some(Fault::Timeout),
        ),
        (
            &[ErrorKind::InvalidData],
            Some(Fault::Protocol),
            Some(Fault::Lost),
        ),
        (
            &[
                ErrorKind::AddrNotAvailable,
                ErrorKind::PermissionDenied,
                ErrorKind::InvalidInput,
                ErrorKind::Other,
            ],
            None,
            Some(Fault::Lost),
        ),
    ];
    for (kinds, first, open) in kinds {
        for &kind in kinds {
            let error = Arc::new(Error::Io(kind.into()));
            assert_eq!(connecting(&error), first, "{kind}");
            assert_eq!(running(&error), open, "{kind}");
            assert!(!is_undone(&error), "{kind}");
        }
    }
    let memory = Arc::new(Error::Io(ErrorKind::OutOfMemory.into()));
    assert_eq!((connecting(&memory), running(&memory)), (None, None));
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
