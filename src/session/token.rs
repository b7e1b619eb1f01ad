use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::freshness::{Moment, Position};

/// Longer texts are not ours: MySQL's sets of GTIDs have one range per server, as a rule. A browser keeps 4,096 bytes, with
/// the cookie's name and attributes.
const LONGEST: usize = 3_500;

/// The first byte of a token: what follows is written in this way. Another way gets another number, so that processes of
/// two versions of this crate never misread each other's tokens.
const VERSION: u8 = 1;

/// Stands for every bind, and is the name of none.
const EVERY: &str = "*";

/// What a session needs of each bind, as another process can understand it.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Token(Vec<(String, Mark)>);

/// What a slave must have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Mark {
    /// Everything up to here.
    Position(Position),
    /// Everything that was written up to this time of day, in milliseconds since 1970.
    Time(u64),
}

impl Mark {
    pub(crate) fn at(moment: Moment) -> Self {
        let age = Moment::now().since(moment);
        // Rounded up: what is as old as that must be there.
        Self::Time(milliseconds(time_of_day().saturating_sub(age)) + 1)
    }

    /// The moment of a time of day. One that lies in the future, by a clock that differs or by a forger's hand, is now.
    pub(crate) fn moment_of(time: u64, now: Moment) -> Moment {
        now.minus(time_of_day().saturating_sub(Duration::from_millis(time)))
    }
}

impl Token {
    pub(crate) fn add(&mut self, bind: impl fmt::Display, mark: Mark) {
        self.0.push((bind.to_string(), mark));
    }

    /// What can be read of a text; nothing if it is none of ours, or of a version that is not known here.
    pub(crate) fn read(text: &str) -> Self {
        let bytes = match text.len() <= LONGEST {
            true => URL_SAFE_NO_PAD.decode(text).unwrap_or_default(),
            false => Vec::new(),
        };
        match bytes.split_first() {
            Some((&VERSION, marks)) => postcard::from_bytes(marks).unwrap_or_default(),
            _ => Self::default(),
        }
    }

    fn encoded(&self) -> Result<String, fmt::Error> {
        let bytes = postcard::to_extend(self, vec![VERSION]).map_err(|_| fmt::Error)?;
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Whether it says nothing.
    #[cfg(feature = "carrier")]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what is needed of every bind.
    pub(crate) fn add_every(&mut self, moment: Moment) {
        self.add(EVERY, Mark::at(moment));
    }

    /// What is needed of every bind, if something is.
    pub(crate) fn every(&self, now: Moment) -> Option<Moment> {
        let mut marks = self.0.iter().filter(|(bind, _)| bind == EVERY);
        marks.next().map(|(_, mark)| match mark {
            Mark::Time(time) => Mark::moment_of(*time, now),
            Mark::Position(_) => now,
        })
    }

    /// Each bind that is named, with its mark.
    pub(crate) fn marks(self) -> impl Iterator<Item = (String, Mark)> {
        let marks = self.0.into_iter();
        marks.filter(|(bind, _)| bind != EVERY)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        let long = self.encoded()?;
        if long.len() <= LONGEST {
            return f.write_str(&long);
        }
        // Too much for a cookie: the time of day says less, and is short.
        let now = |(bind, _): &(String, Mark)| (bind.clone(), Mark::at(Moment::now()));
        let short = Self(self.0.iter().map(now).collect()).encoded()?;
        if short.len() <= LONGEST {
            return f.write_str(&short);
        }
        // Too many binds: more than was written is read from masters, and not less.
        let all = Self(vec![(EVERY.to_owned(), Mark::at(Moment::now()))]);
        f.write_str(&all.encoded()?)
    }
}

fn time_of_day() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::freshness::{Gtid, GtidSet, Lsn, ServerUuid};

    fn token() -> Token {
        let mut token = Token::default();
        token.add(
            "default",
            Mark::Position(Position::Postgres(Lsn {
                system: 7_711_182_459_709_736_243,
                timeline: 3,
                byte: 22_024_800,
            })),
        );
        let gtids = Gtid::list("0-1-100,7-2-3").unwrap();
        token.add(
            "maria",
            Mark::Position(Position::MariaDb { server: 1, gtids }),
        );
        let executed = GtidSet::parse("3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:7").unwrap();
        token.add(
            "mysql",
            Mark::Position(Position::MySql {
                server: ServerUuid::default(),
                executed,
            }),
        );
        token.add("other", Mark::Time(1_700_000_000_000));
        token
    }

    #[test]
    fn token_is_read_as_it_was_written() {
        let text = token().to_string();
        assert_eq!(Token::read(&text), token());
        assert!(
            text.chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'),
            "{text}"
        );
    }

    #[test]
    fn token_of_one_bind_is_short_and_that_of_nothing_is_empty() {
        assert_eq!(Token::default().to_string(), "");
        let postgres = Position::Postgres(Lsn {
            system: 7_711_182_459_709_736_243,
            timeline: 1,
            byte: 22_024_800,
        });
        let gtids = Gtid::list("0-1-1000000").unwrap();
        let executed = GtidSet::parse("3e11fa47-71ca-11e1-9e33-c80aa9429562:1-1000000").unwrap();
        let mysql = Position::MySql {
            server: ServerUuid::default(),
            executed,
        };
        let positions = [
            (postgres, 38),
            (Position::MariaDb { server: 1, gtids }, 26),
            (mysql, 48),
        ];
        for (position, most) in positions {
            let mut token = Token::default();
            token.add("default", Mark::Position(position));
            assert!(token.to_string().len() <= most, "{token}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn token_of_more_binds_than_a_cookie_takes_is_of_every_bind() {
        for many in [1, 100, 150, 10_000] {
            let mut token = Token::default();
            for bind in 0..many {
                token.add(format!("tenants:{bind}"), Mark::Time(1_700_000_000_000));
            }
            let text = token.to_string();
            assert!(text.len() <= LONGEST, "{many}: {}", text.len());
            let is_of_every = Token::read(&text).every(Moment::now()).is_some();
            let marks = Token::read(&text).marks().count();
            assert!(is_of_every || marks == many, "{many}: {marks}");
        }
    }

    #[test]
    fn what_is_no_token_says_nothing() {
        let text = token().to_string();
        let long = "A".repeat(LONGEST + 1);
        let texts = [
            "",
            "!",
            "AAAA====",
            "undefined",
            "/////w",
            &text[..text.len() / 2],
            &long,
            "_____w8",
        ];
        for text in texts {
            assert_eq!(Token::read(text), Token::default(), "{text}");
        }
    }

    #[test]
    fn token_of_another_version_says_nothing() {
        let mut bytes = URL_SAFE_NO_PAD.decode(token().to_string()).unwrap();
        assert_eq!(bytes[0], VERSION);
        for version in [0, VERSION + 1, u8::MAX] {
            bytes[0] = version;
            let text = URL_SAFE_NO_PAD.encode(&bytes);
            assert_eq!(Token::read(&text), Token::default(), "{version}");
        }
    }

    #[test]
    fn damaged_tokens_are_read_without_a_panic() {
        let text = token().to_string().into_bytes();
        for index in 0..text.len() {
            for byte in [b'A', b'_', b'9', b'z'] {
                let mut damaged = text.clone();
                damaged[index] = byte;
                let _ = Token::read(&String::from_utf8(damaged).unwrap()).to_string();
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn times_cross_processes_by_the_clock_on_the_wall() {
        let now = Moment::now();
        let Mark::Time(time) = Mark::at(now.minus(Duration::from_secs(5))) else {
            panic!("a time");
        };
        let age = now.since(Mark::moment_of(time, now));
        assert!((4..=6).contains(&age.as_secs()), "{age:?}");
        assert_eq!(Mark::moment_of(u64::MAX, now), now);
    }
}
