use std::{cmp::Ordering, collections::BTreeMap};

use serde::{Deserialize, Serialize};

/// The last transaction of one of MariaDB's replication domains:
/// <https://mariadb.com/kb/en/gtid/>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Gtid {
    pub(crate) domain: u32,
    pub(crate) server: u32,
    pub(crate) sequence: u64,
}

impl Gtid {
    /// `0-1-100,7-2-3`; `None` if it is something else.
    pub(crate) fn list(text: &str) -> Option<Vec<Self>> {
        let parts = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        parts.map(Self::parse).collect()
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let gtid = Self {
            domain: parts.next()?.parse().ok()?,
            server: parts.next()?.parse().ok()?,
            sequence: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(gtid)
    }

    /// Which of two servers has all that the other has, by the last transaction of each server in each domain; `None` if
    /// each has what the other lacks.
    pub(crate) fn order(one: &[Self], other: &[Self]) -> Option<Ordering> {
        match (is_ahead(one, other), is_ahead(other, one)) {
            (true, true) => None,
            (true, false) => Some(Ordering::Greater),
            (false, true) => Some(Ordering::Less),
            (false, false) => Some(Ordering::Equal),
        }
    }

    /// Whether a slave at `applied` has all of `gtids`, of its master, which is server `master`.
    pub(crate) fn are_reached_by(gtids: &[Self], applied: &[Self], master: u32) -> bool {
        let has = |gtid: &Self| {
            applied
                .iter()
                .any(|other| gtid.is_reached_by(other, master))
        };
        gtids.iter().all(has)
    }

    /// Whether a server that was at `gtids` and is at `later` now can have lost nothing: the numbers of a domain rise,
    /// whichever server gives them (<https://mariadb.com/kb/en/gtid/>, <https://mariadb.com/kb/en/gtid_strict_mode/>).
    pub(crate) fn are_kept_by(gtids: &[Self], later: &[Self]) -> bool {
        let keeps = |gtid: &Self, other: &Self| {
            other.domain == gtid.domain && (other.sequence > gtid.sequence || other == gtid)
        };
        gtids
            .iter()
            .all(|gtid| later.iter().any(|other| keeps(gtid, other)))
    }

    /// Whether `applied` has a transaction of server `master` itself that is not in what that has `written`.
    pub(crate) fn are_beyond(applied: &[Self], written: &[Self], master: u32) -> bool {
        let has = |gtid: &Self| {
            written
                .iter()
                .any(|other| other.domain == gtid.domain && other.sequence >= gtid.sequence)
        };
        let mut own = applied.iter().filter(|gtid| gtid.server == master);
        own.any(|gtid| !has(gtid))
    }

    /// Whether a slave at `applied` has this transaction of its master, which is server `master`.
    ///
    /// Sequence numbers of two servers are only comparable where one continues the other's history: a later number
    /// counts if it comes from the same server or from the master itself.
    fn is_reached_by(&self, applied: &Self, master: u32) -> bool {
        let same_history = match applied.sequence > self.sequence {
            true => applied.server == self.server || applied.server == master,
            false => applied.server == self.server && applied.sequence == self.sequence,
        };
        applied.domain == self.domain && same_history
    }
}

/// Whether the first has a transaction of some server in some domain that the second has not.
fn is_ahead(one: &[Gtid], other: &[Gtid]) -> bool {
    one.iter().any(|gtid| {
        let same_source =
            |other: &&Gtid| (other.domain, other.server) == (gtid.domain, gtid.server);
        let theirs = other.iter().find(same_source);
        theirs.is_none_or(|theirs| theirs.sequence < gtid.sequence)
    })
}

/// The transactions that a MySQL server has executed, as ranges per source:
/// <https://dev.mysql.com/doc/refman/8.4/en/replication-gtids-concepts.html>.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GtidSet(BTreeMap<Origin, Vec<(u64, u64)>>);

/// The server that executed a transaction first, and the tag that it gave it, or none.
type Origin = (ServerUuid, String);

/// As bytes: a token with its text would be longer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct ServerUuid([u8; 16]);

impl ServerUuid {
    /// `3e11fa47-71ca-11e1-9e33-c80aa9429562`; `None` if it is something else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.replace('-', "");
        let is_uuid = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u128::from_str_radix(&digits, 16).ok();
        number
            .filter(|_| is_uuid)
            .map(|number| Self(number.to_be_bytes()))
    }
}

impl GtidSet {
    /// `uuid:1-5:7,uuid:tag:1-3`; `None` if it is something else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut set = Self::default();
        let sources = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        for source in sources {
            let mut parts = source.split(':').map(str::trim);
            let mut origin = (ServerUuid::parse(parts.next()?)?, String::new());
            for part in parts {
                match range(part) {
                    Some(range) => set.0.entry(origin.clone()).or_default().push(range),
                    // A tag is a name, and holds for the ranges behind it.
                    None if is_tag(part) => origin.1 = part.to_ascii_lowercase(),
                    None => return None,
                }
            }
        }
        Some(set)
    }

    /// Whether every transaction of `other` is in this set; the server calls that `GTID_SUBSET`.
    pub(crate) fn contains(&self, other: &Self) -> bool {
        self.contains_where(other, |_| true)
    }

    /// The same, of the transactions of one server alone.
    pub(crate) fn contains_of(&self, other: &Self, server: ServerUuid) -> bool {
        self.contains_where(other, |source| *source == server)
    }

    fn contains_where(&self, other: &Self, counts: impl Fn(&ServerUuid) -> bool) -> bool {
        let mut others = other.0.iter().filter(|((server, _), _)| counts(server));
        others.all(|(source, wanted)| {
            let own = self.0.get(source).map_or(&[][..], Vec::as_slice);
            // The server reports ranges that do not touch, so that one of them must hold all of another's.
            let holds = |&(first, last): &(u64, u64)| {
                own.iter().any(|(from, to)| *from <= first && last <= *to)
            };
            wanted.iter().all(holds)
        })
    }
}

fn range(text: &str) -> Option<(u64, u64)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}

fn is_tag(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    text.starts_with(letter) && text.chars().all(|c| letter(c) || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "3E11FA47-71CA-11E1-9E33-C80AA9429562";
    const TWO: &str = "9a511b7b-7059-11e2-9a24-08002762b8af";

    fn set(text: &str) -> GtidSet {
        GtidSet::parse(text).unwrap()
    }

    #[test]
    fn mariadb_positions_are_read() {
        let gtids = Gtid::list("0-1-100, 7-22-18446744073709551615").unwrap();
        assert_eq!(
            gtids[0],
            Gtid {
                domain: 0,
                server: 1,
                sequence: 100
            }
        );
        assert_eq!(gtids[1].sequence, u64::MAX);
        assert_eq!(Gtid::list(""), Some(Vec::new()));
        for text in [
            "0-1",
            "0-1-2-3",
            "a-1-2",
            "0-1--2",
            "0-1-99999999999999999999",
        ] {
            assert_eq!(Gtid::list(text), None, "{text}");
        }
    }

    #[test]
    fn mysql_set_contains_what_all_its_ranges_hold() {
        let slave = set(&format!("{ONE}:1-5:7-9,\n{TWO}:1-3"));
        for inside in [
            String::new(),
            format!("{ONE}:1-5"),
            format!("{}:2-4:8", ONE.to_lowercase()),
            format!("{ONE}:5,{TWO}:3"),
        ] {
            assert!(slave.contains(&set(&inside)), "{inside}");
        }
        for outside in [
            format!("{ONE}:6"),
            format!("{ONE}:1-9"),
            format!("{ONE}:1-5,{TWO}:4"),
            "00000000-0000-0000-0000-000000000000:1".to_owned(),
        ] {
            assert!(!slave.contains(&set(&outside)), "{outside}");
        }
    }

    #[test]
    fn mysql_tags_are_sources_of_their_own() {
        let slave = set(&format!("{ONE}:1-5:audit:1-2"));
        assert!(slave.contains(&set(&format!("{ONE}:audit:2"))));
        assert!(!slave.contains(&set(&format!("{ONE}:audit:3"))));
        assert!(!slave.contains(&set(&format!("{ONE}:other:1"))));
    }

    #[test]
    fn what_is_no_set_is_not_taken_for_one() {
        for ranges in ["5-1", "1-2-3", "1-", "9z"] {
            let text = format!("{ONE}:{ranges}");
            assert_eq!(GtidSet::parse(&text), None, "{text}");
        }
        for text in [":-", "x:1", ":1", "+e11fa47-71ca-11e1-9e33-c80aa9429562:1"] {
            assert_eq!(GtidSet::parse(text), None, "{text}");
        }
    }
}
