use super::Fault;

/// In the low byte of a code, of which the rest makes it an extended one: <https://www.sqlite.org/rescode.html>.
/// `SQLITE_BUSY` (5) and `SQLITE_LOCKED` (6) are other connections', `SQLITE_NOMEM` (7) is this process's.
pub(super) fn fault(code: &str) -> Option<Fault> {
    match code.parse::<u32>().ok()? & 0xff {
        // SQLITE_FULL.
        13 => Some(Fault::Exhausted),
        // SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_CANTOPEN, SQLITE_NOTADB.
        10 | 11 | 14 | 26 => Some(Fault::Storage),
        _ => None,
    }
}
