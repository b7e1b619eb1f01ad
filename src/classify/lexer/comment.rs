use sea_orm::DbBackend;

/// Where a line comment that starts at `at` ends, or `None` if there is none.
pub(in crate::classify) fn line_comment(
    backend: DbBackend,
    sql: &[u8],
    at: usize,
) -> Option<usize> {
    let opens = match (sql.get(at), sql.get(at + 1)) {
        (Some(b'#'), _) => backend == DbBackend::MySql,
        (Some(b'-'), Some(b'-')) => backend != DbBackend::MySql || is_gap(sql.get(at + 2)),
        _ => false,
    };
    opens.then(|| line_end(backend, sql, at))
}

/// MySQL wants white space or a control character after the two dashes: `1--1` is arithmetic.
fn is_gap(byte: Option<&u8>) -> bool {
    byte.is_none_or(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control())
}

/// A carriage return ends a comment on PostgreSQL only.
fn line_end(backend: DbBackend, sql: &[u8], at: usize) -> usize {
    let ends = |byte: &u8| *byte == b'\n' || (*byte == b'\r' && backend == DbBackend::Postgres);
    sql.get(at..)
        .and_then(|rest| rest.iter().position(ends))
        .map_or(sql.len(), |length| at + length)
}

/// Where the `/*` comment at `at` ends, or `None` if it has no end. PostgreSQL's comments nest.
pub(in crate::classify) fn block_comment(
    backend: DbBackend,
    sql: &[u8],
    at: usize,
) -> Option<usize> {
    let mut depth = 1usize;
    let mut next = at + 2;
    while depth > 0 {
        match (sql.get(next)?, sql.get(next + 1)) {
            (b'*', Some(b'/')) => {
                depth -= 1;
                next += 2;
            }
            (b'/', Some(b'*')) if backend == DbBackend::Postgres => {
                depth += 1;
                next += 2;
            }
            _ => next += 1,
        }
    }
    Some(next)
}

/// The start of the code in a comment that MySQL or MariaDB may execute: after `/*!`, `/*M!` and a
/// version number.
pub(in crate::classify) fn executable_comment(sql: &[u8], at: usize) -> Option<usize> {
    let body = match sql.get(at + 2..)? {
        [b'!', ..] => at + 3,
        [b'M' | b'm', b'!', ..] => at + 4,
        _ => return None,
    };
    let digits = sql
        .get(body..)?
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    Some(body + digits)
}
