use std::io::{Error, ErrorKind};

use crate::observe::Fault;

/// <https://doc.rust-lang.org/std/io/enum.ErrorKind.html>. Local trouble is not among them: no free port
/// (`AddrNotAvailable`), no free file descriptor, no memory.
pub(super) fn fault(error: &Error, connecting: bool) -> Option<Fault> {
    match error.kind() {
        ErrorKind::TimedOut => Some(Fault::Timeout),
        ErrorKind::OutOfMemory => None,
        // An open connection may have carried a statement there before, and is no more, whatever its end is called: OpenSSL
        // has no kind for one without a word.
        _ if !connecting => Some(Fault::Lost),
        ErrorKind::ConnectionRefused
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        // The Unix socket of a server that has stopped.
        | ErrorKind::NotFound => Some(Fault::Refused),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected
        | ErrorKind::UnexpectedEof => Some(Fault::Lost),
        // Of a TLS library.
        ErrorKind::InvalidData => Some(Fault::Protocol),
        _ if is_unresolved(error) => Some(Fault::Unresolved),
        _ => None,
    }
}

/// `getaddrinfo` has errors of its own: std gives them neither a number of the system nor a kind that can be named,
/// but it is the kind of every number that std does not know. On Windows they are `WSAHOST_NOT_FOUND` to `WSANO_DATA`:
/// <https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2>.
fn is_unresolved(error: &Error) -> bool {
    let unnamed = Error::from_raw_os_error(i32::MAX).kind();
    error.kind() == unnamed && matches!(error.raw_os_error(), None | Some(11001..=11004))
}
