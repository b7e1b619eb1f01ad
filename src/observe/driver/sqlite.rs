use crate::observe::{Fault, Refusal};

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

/// `SQLITE_READONLY` is of the statement. Its extended codes, which have it in their low byte, speak of the file:
/// <https://www.sqlite.org/rescode.html#readonly>; as all else does that may be of this file alone, such as a table that
/// has not arrived in it (`SQLITE_ERROR`).
pub(super) fn refusal(code: &str) -> Option<Refusal> {
    const SQLITE_NOMEM: u32 = 7;
    const SQLITE_READONLY: u32 = 8;
    const SQLITE_INTERRUPT: u32 = 9;
    match code.parse::<u32>().ok()? {
        SQLITE_READONLY => Some(Refusal::OfStatement),
        code if matches!(code & 0xff, SQLITE_NOMEM | SQLITE_INTERRUPT) => None,
        _ => Some(Refusal::OfState),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_extended_codes_speak_of_the_file() {
        assert_eq!(refusal("8"), Some(Refusal::OfStatement));
        for code in [
            "264", "520", "776", "1032", "1288", "1544", "1", "5", "6", "17",
        ] {
            assert_eq!(refusal(code), Some(Refusal::OfState), "{code}");
        }
        for code in ["7", "9", "", "x"] {
            assert_eq!(refusal(code), None, "{code}");
        }
    }
}
