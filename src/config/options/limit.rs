//! The limits that a declaration can name.

use std::time::Duration;

use crate::config::{FreshnessSource, Hedge, Lifetime, SearchPath};

/// Why a value can't be.
pub(in crate::config) struct Wrong {
    pub(in crate::config) found: String,
    pub(in crate::config) expected: String,
    /// Whether the value is repeated.
    pub(in crate::config) is_shown: bool,
}

/// The monitor can't tell a shorter lag: it asks ten times a second at most.
const SHORTEST_LAG: Duration = Duration::from_millis(500);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// At the end of the scale clocks overflow.
pub(crate) const YEAR: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// More than any server takes, and less than what the driver can't count or allocate.
const MOST_CONNECTIONS: u32 = 65_535;

pub(in crate::config) fn sixteen_bits(count: &u32) -> Option<Wrong> {
    let most = || shown(*count, format!("at most {MOST_CONNECTIONS}"));
    (*count > MOST_CONNECTIONS).then(most)
}

pub(in crate::config) fn connections(count: &u32) -> Option<Wrong> {
    match count {
        0 => Some(shown(0, "at least 1".to_owned())),
        count => sixteen_bits(count),
    }
}

pub(in crate::config) fn lag(time: &Duration) -> Option<Wrong> {
    match *time < SHORTEST_LAG {
        true => Some(hidden("a shorter time", "at least `500ms`")),
        false => day(time),
    }
}

pub(in crate::config) fn window(source: &FreshnessSource) -> Option<Wrong> {
    match source {
        FreshnessSource::Window(window) => day(window),
        _ => None,
    }
}

pub(in crate::config) fn hedge(hedge: &Hedge) -> Option<Wrong> {
    match hedge {
        Hedge::After(time) if time.is_zero() => {
            Some(hidden("no time", "at least `1ms`, `p95` or `off`"))
        }
        Hedge::After(time) => day(time),
        _ => None,
    }
}

/// What is longer is a mistake.
pub(in crate::config) fn day(time: &Duration) -> Option<Wrong> {
    (*time > DAY).then(|| hidden("a longer time", "at most a day"))
}

/// What is longer is a mistake.
pub(in crate::config) fn year(time: &Duration) -> Option<Wrong> {
    (*time > YEAR).then(|| hidden("a longer time", "at most a year"))
}

/// Within no time no server is asked, and no connection is opened.
pub(in crate::config) fn patience(time: &Duration) -> Option<Wrong> {
    match time.is_zero() {
        true => Some(hidden("no time", "at least `1ms`")),
        false => year(time),
    }
}

/// PostgreSQL counts milliseconds in 31 bits, and takes less than one for no limit.
pub(in crate::config) fn statement_timeout(time: &Duration) -> Option<Wrong> {
    let milliseconds = time.as_millis();
    if milliseconds > i32::MAX as u128 {
        return Some(hidden("a longer time", "at most 24 days"));
    }
    let is_none = milliseconds == 0 && !time.is_zero();
    is_none.then(|| hidden("a shorter time", "at least `1ms`"))
}

/// The driver ends a text in its start-up packet with a zero byte.
#[allow(clippy::ptr_arg, reason = "checks are given what an option holds")]
pub(in crate::config) fn unended(text: &String) -> Option<Wrong> {
    let ends = text.contains('\0');
    ends.then(|| hidden("a text with a zero byte", "one without"))
}

/// What is longer is a mistake, or meant to be `none`.
pub(in crate::config) fn lifetime(lifetime: &Lifetime) -> Option<Wrong> {
    match lifetime {
        Lifetime::Limited(time) if *time > YEAR => {
            Some(hidden("a longer time", "at most a year, or `none`"))
        }
        // The driver would look for such connections without a pause.
        Lifetime::Limited(time) if time.is_zero() => {
            Some(hidden("no time", "at least `1ms`, or `none`"))
        }
        Lifetime::Limited(_) | Lifetime::Unlimited => None,
    }
}

/// A text that is no list of names could be SQL.
#[allow(clippy::ptr_arg, reason = "checks are given what an option holds")]
pub(in crate::config) fn search_path(path: &String) -> Option<Wrong> {
    let expected =
        "names of schemas with commas between, such as `tenant, public` or `\"$user\", public`";
    let found = SearchPath::read(path).err()?;
    Some(hidden(&found, expected))
}

fn shown(count: u32, expected: String) -> Wrong {
    Wrong {
        found: format!("`{count}`"),
        expected,
        is_shown: true,
    }
}

fn hidden(found: &str, expected: &str) -> Wrong {
    Wrong {
        found: found.to_owned(),
        expected: expected.to_owned(),
        is_shown: false,
    }
}
