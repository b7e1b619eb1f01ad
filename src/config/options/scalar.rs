use std::{str::FromStr, time::Duration};

use log::LevelFilter;

use crate::{
    config::{FreshnessSource, Hedge, Lifetime, quote::one_of},
    session::Consistency,
};

/// A type of scalar: what it looks like, and how its text is read.
pub(in crate::config) struct Scalar<T> {
    pub(in crate::config) shape: Shape,
    pub(in crate::config) parse: fn(&str) -> Option<T>,
}

/// What a scalar looks like in the file.
#[derive(Clone, Copy, Debug)]
pub(in crate::config) enum Shape {
    /// A whole number from 0 to this one.
    Whole(u64),
    /// A whole number with a unit.
    Time,
    Switch,
    /// One of these words.
    Words(&'static [&'static str]),
    /// One of these words, in small letters or capitals.
    Levels(&'static [&'static str]),
    /// One of these words, or a time.
    WordsOrTime(&'static [&'static str]),
    /// Any text, and what messages call it.
    Text(&'static str),
}

/// A type of options.
pub(in crate::config) trait OptionType: Sized + 'static {
    const SCALAR: Scalar<Self>;
}

/// Says with which words the file writes the values of an enumeration.
macro_rules! words {
    ($type:ident { $($value:ident = $word:literal),+ $(,)? }) => {
        impl $crate::config::options::OptionType for $type {
            const SCALAR: $crate::config::options::Scalar<Self> = $crate::config::options::Scalar {
                shape: $crate::config::options::Shape::Words(&[$($word),+]),
                parse: |text| match text {
                    $($word => Some(Self::$value),)+
                    _ => None,
                },
            };
        }
    };
}

pub(in crate::config) use words;

impl Shape {
    /// What a message says was expected.
    pub(in crate::config) fn expected(self) -> String {
        match self {
            Self::Whole(most) => format!("a whole number from 0 to {most}"),
            Self::Time => "a number with a unit, such as `500ms`, `10s`, `2m` or `1h`".to_owned(),
            Self::Switch => "`true` or `false`".to_owned(),
            Self::Words(words) => either(words),
            Self::Levels(words) => one_of(words.iter().copied()),
            Self::WordsOrTime(words) => format!("{}, or a time such as `5s`", listed(words)),
            Self::Text(name) => name.to_owned(),
        }
    }
}

impl OptionType for u32 {
    const SCALAR: Scalar<Self> = Scalar {
        shape: Shape::Whole(u16::MAX as u64),
        parse: |text| whole::<u16>(text).map(Self::from),
    };
}

impl OptionType for u64 {
    const SCALAR: Scalar<Self> = Scalar {
        shape: Shape::Whole(Self::MAX),
        parse: whole,
    };
}

impl OptionType for Duration {
    const SCALAR: Scalar<Self> = Scalar {
        shape: Shape::Time,
        parse: duration,
    };
}

impl OptionType for Lifetime {
    const SCALAR: Scalar<Self> = Scalar {
        shape: Shape::WordsOrTime(&["none"]),
        parse: |text| match text {
            "none" => Some(Self::Unlimited),
            text => duration(text).map(Self::Limited),
        },
    };
}

impl OptionType for bool {
    const SCALAR: Scalar<Self> = Scalar {
        shape: Shape::Switch,
        parse: |text| text.parse().ok(),
    };
}

impl OptionType for LevelFilter {
    const SCALAR: Scalar<Self> = Scalar {
        shape: Shape::Levels(&["off", "error", "warn", "info", "debug", "trace"]),
        parse: |text| text.parse().ok(),
    };
}

impl OptionType for String {
    const SCALAR: Scalar<Self> = Scalar {
        shape: Shape::Text("a text"),
        parse: |text| (!text.trim().is_empty()).then(|| text.to_owned()),
    };
}

impl OptionType for Hedge {
    const SCALAR: Scalar<Self> = Scalar {
        shape: Shape::WordsOrTime(&["off", "p95"]),
        parse: |text| match text {
            "off" => Some(Self::Off),
            "p95" => Some(Self::P95),
            text => duration(text).map(Self::After),
        },
    };
}

impl OptionType for FreshnessSource {
    const SCALAR: Scalar<Self> = Scalar {
        shape: Shape::WordsOrTime(&["positions", "heartbeat"]),
        parse: |text| match text {
            "positions" => Some(Self::Positions),
            "heartbeat" => Some(Self::Heartbeat),
            text => duration(text).map(Self::Window),
        },
    };
}

words! {
    Consistency {
        Strong = "strong",
        Session = "session",
        Process = "process",
        Bounded = "bounded",
        Eventual = "eventual",
    }
}

/// URLs and tables are checked later, as those of a configuration built in code are.
pub(in crate::config) const URL: Scalar<String> = as_written("a URL");
pub(in crate::config) const FUNCTION: Scalar<String> = as_written("the name of a function");
pub(in crate::config) const TABLE: Scalar<String> = as_written("a table name or pattern");

const fn as_written(name: &'static str) -> Scalar<String> {
    Scalar {
        shape: Shape::Text(name),
        parse: |text| Some(text.to_owned()),
    }
}

/// `a`, `b` or `c`
fn either(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, [])) => format!("`{last}`"),
        Some((last, words)) => format!("{} or `{last}`", listed(words)),
        None => String::new(),
    }
}

fn listed(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

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
