use std::{str::FromStr, time::Duration};

use log::LevelFilter;

use crate::{
    config::{Balance, FreshnessSource, OnNoSlave, Roles},
    session::Consistency,
};

/// A type of scalar: what messages call it, and how its text is read.
pub(super) struct Kind<T> {
    pub(super) expected: &'static str,
    pub(super) parse: fn(&str) -> Option<T>,
}

pub(super) const COUNT: Kind<u32> = Kind {
    expected: "a whole number from 0 to 65535",
    parse: |text| whole::<u16>(text).map(u32::from),
};

pub(super) const SEED: Kind<u64> = Kind {
    expected: "a whole number from 0 to 18446744073709551615",
    parse: whole,
};

pub(super) const DURATION: Kind<Duration> = Kind {
    expected: "a number with a unit, such as `500ms`, `10s`, `2m` or `1h`",
    parse: duration,
};

pub(super) const SWITCH: Kind<bool> = Kind {
    expected: "`true` or `false`",
    parse: |text| text.parse().ok(),
};

pub(super) const LEVEL: Kind<LevelFilter> = Kind {
    expected: "one of `off`, `error`, `warn`, `info`, `debug`, `trace`",
    parse: |text| text.parse().ok(),
};

pub(super) const BALANCE: Kind<Balance> = Kind {
    expected: "`random` or `round_robin`",
    parse: |text| match text {
        "random" => Some(Balance::Random),
        "round_robin" => Some(Balance::RoundRobin),
        _ => None,
    },
};

pub(super) const CONSISTENCY: Kind<Consistency> = Kind {
    expected: "`strong`, `session`, `process`, `bounded` or `eventual`",
    parse: |text| {
        Consistency::ALL
            .into_iter()
            .find(|level| level.as_str() == text)
    },
};

pub(super) const FRESHNESS: Kind<FreshnessSource> = Kind {
    expected: "`positions`, `heartbeat`, or a time such as `5s`",
    parse: |text| match text {
        "positions" => Some(FreshnessSource::Positions),
        "heartbeat" => Some(FreshnessSource::Heartbeat),
        text => duration(text).map(FreshnessSource::Window),
    },
};

pub(super) const ON_NO_SLAVE: Kind<OnNoSlave> = Kind {
    expected: "`master` or `error`",
    parse: |text| match text {
        "master" => Some(OnNoSlave::Master),
        "error" => Some(OnNoSlave::Error),
        _ => None,
    },
};

pub(super) const ROLES: Kind<Roles> = Kind {
    expected: "`fixed` or `discover`",
    parse: |text| match text {
        "fixed" => Some(Roles::Fixed),
        "discover" => Some(Roles::Discover),
        _ => None,
    },
};

pub(super) const TEXT: Kind<String> = Kind {
    expected: "a text",
    parse: |text| (!text.trim().is_empty()).then(|| text.to_owned()),
};

/// URLs and tables are checked later, as those of a configuration built in code are.
pub(super) const URL: Kind<String> = Kind {
    expected: "a URL",
    parse: |text| Some(text.to_owned()),
};

pub(super) const FUNCTION: Kind<String> = Kind {
    expected: "the name of a function",
    parse: |text| Some(text.to_owned()),
};

pub(super) const TABLE: Kind<String> = Kind {
    expected: "a table name or pattern",
    parse: |text| Some(text.to_owned()),
};

/// Signs, underscores and leading zeros mean different things to different people.
fn whole<T: FromStr>(text: &str) -> Option<T> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = digits && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().ok()).flatten()
}

fn duration(text: &str) -> Option<Duration> {
    let unit = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = whole(&text[..unit])?;
    match &text[unit..] {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(60 * 60).map(Duration::from_secs),
        _ => None,
    }
}
