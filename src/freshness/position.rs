use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::{Gtid, GtidSet, ServerUuid};

/// How far a server has come: what a master has written, or what a slave has applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Position {
    Postgres(Lsn),
    /// The last transaction of each domain, and the server that reports it.
    MariaDb {
        server: u32,
        gtids: Vec<Gtid>,
    },
    MySql {
        /// Of no use in a token: whoever is master there, a slave needs the same transactions.
        #[serde(skip)]
        server: ServerUuid,
        executed: GtidSet,
    },
    /// The counter of the heartbeat table.
    Heartbeat(u64),
}

/// A byte in the write-ahead log of one timeline of one cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lsn {
    /// The same for a master and all that was ever copied from it.
    pub(crate) system: u64,
    pub(crate) timeline: u32,
    pub(crate) byte: u64,
}

impl Lsn {
    /// The end of the last record before an insert position.
    ///
    /// The insert position is where the next record's bytes will stand, which at the start of a page is behind the
    /// page's header: 24 bytes, 40 at the start of a segment. A slave that has replayed everything reports the end
    /// of the last record, before that header (`XLogBytePosToRecPtr` and `XLogBytePosToEndRecPtr` in
    /// <https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/access/transam/xlog.c>).
    pub(crate) fn of_insert(self, page: u64, segment: u64) -> Self {
        const PAGE_HEADER: u64 = 24;
        const SEGMENT_HEADER: u64 = 40;
        let in_segment = self.byte.checked_rem(segment).unwrap_or(self.byte);
        let header = match self.byte.checked_rem(page) {
            _ if in_segment == SEGMENT_HEADER => SEGMENT_HEADER,
            Some(PAGE_HEADER) if in_segment > PAGE_HEADER => PAGE_HEADER,
            _ => 0,
        };
        Self {
            byte: self.byte - header,
            ..self
        }
    }

    fn is_of_history(&self, other: &Self) -> bool {
        self.system == other.system && self.timeline == other.timeline
    }
}

impl Position {
    /// Whether a slave that reports `applied` has everything that its master had when it reported `self`.
    pub(crate) fn is_reached_by(&self, applied: &Self) -> bool {
        match (self, applied) {
            (Self::Postgres(written), Self::Postgres(applied)) => {
                written.is_of_history(applied) && written.byte <= applied.byte
            }
            (Self::MariaDb { server, gtids }, Self::MariaDb { gtids: applied, .. }) => {
                Gtid::are_reached_by(gtids, applied, *server)
            }
            (
                Self::MySql { executed, .. },
                Self::MySql {
                    executed: applied, ..
                },
            ) => applied.contains(executed),
            (Self::Heartbeat(written), Self::Heartbeat(applied)) => written <= applied,
            _ => false,
        }
    }

    /// Whether a slave that reports `self` holds what `master` itself, which reported that later, has not written.
    pub(crate) fn is_beyond(&self, master: &Self) -> bool {
        match (self, master) {
            (Self::Postgres(own), Self::Postgres(master)) => {
                own.is_of_history(master) && own.byte > master.byte
            }
            (
                Self::MariaDb { gtids, .. },
                Self::MariaDb {
                    server,
                    gtids: written,
                },
            ) => Gtid::are_beyond(gtids, written, *server),
            (
                Self::MySql { executed, .. },
                Self::MySql {
                    server,
                    executed: written,
                },
            ) => !written.contains_of(executed, *server),
            (Self::Heartbeat(own), Self::Heartbeat(master)) => own > master,
            _ => false,
        }
    }

    /// Whether a master that reported `self` can later report `next`: the same server, on the same timeline, not set
    /// back.
    pub(crate) fn may_become(&self, next: &Self) -> bool {
        match (self, next) {
            (
                Self::MariaDb { server, gtids },
                Self::MariaDb {
                    server: next,
                    gtids: later,
                },
            ) => server == next && Gtid::are_reached_by(gtids, later, *server),
            (Self::MySql { server, .. }, Self::MySql { server: other, .. }) => {
                server == other && self.is_reached_by(next)
            }
            _ => self.is_reached_by(next),
        }
    }

    /// Whether a server that has reported `self` and reports `later` now, without another life between, can have lost
    /// nothing. It may follow another master meanwhile: a slave goes over to a history that continues its own, or stops.
    pub(crate) fn is_kept_by(&self, later: &Self) -> bool {
        match (self, later) {
            (Self::Postgres(known), Self::Postgres(later)) => {
                let is_on = known.timeline <= later.timeline && known.byte <= later.byte;
                known.system == later.system && is_on
            }
            (Self::MariaDb { gtids, .. }, Self::MariaDb { gtids: later, .. }) => {
                Gtid::are_kept_by(gtids, later)
            }
            _ => self.is_reached_by(later),
        }
    }

    /// Which of two servers that take writes has come further; `None` if each has what the other lacks, or may have.
    pub(crate) fn age(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Postgres(one), Self::Postgres(other)) => (one.system == other.system)
                .then(|| (one.timeline, one.byte).cmp(&(other.timeline, other.byte))),
            (Self::MariaDb { gtids: one, .. }, Self::MariaDb { gtids: other, .. }) => {
                Gtid::order(one, other)
            }
            (
                Self::MySql { executed: one, .. },
                Self::MySql {
                    executed: other, ..
                },
            ) => match (one.contains(other), other.contains(one)) {
                (true, true) => Some(Ordering::Equal),
                (true, false) => Some(Ordering::Greater),
                (false, true) => Some(Ordering::Less),
                (false, false) => None,
            },
            _ => None,
        }
    }

    /// Whether a slave that reports this can't be following a master that reports `master`.
    pub(crate) fn is_of_other_history(&self, master: &Self) -> bool {
        match (self, master) {
            (Self::Postgres(own), Self::Postgres(master)) => !own.is_of_history(master),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: u64 = 8192;
    const SEGMENT: u64 = 16 << 20;

    fn lsn(timeline: u32, byte: u64) -> Position {
        Position::Postgres(Lsn {
            system: 7,
            timeline,
            byte,
        })
    }

    fn mariadb(server: u32, gtids: &str) -> Position {
        let gtids = Gtid::list(gtids).unwrap();
        Position::MariaDb { server, gtids }
    }

    #[test]
    fn insert_position_behind_a_header_is_the_end_of_the_record_before_it() {
        let cases = [
            (3 * SEGMENT + 40, 3 * SEGMENT),
            (3 * SEGMENT + PAGE + 24, 3 * SEGMENT + PAGE),
            (3 * SEGMENT + PAGE, 3 * SEGMENT + PAGE),
            (3 * SEGMENT + 24, 3 * SEGMENT + 24),
            (3 * SEGMENT + PAGE + 40, 3 * SEGMENT + PAGE + 40),
            (3 * SEGMENT + 4711, 3 * SEGMENT + 4711),
        ];
        for (insert, end) in cases {
            let lsn = Lsn {
                system: 7,
                timeline: 1,
                byte: insert,
            };
            assert_eq!(lsn.of_insert(PAGE, SEGMENT).byte, end, "{insert}");
        }
        let lsn = Lsn {
            system: 7,
            timeline: 1,
            byte: 24,
        };
        assert_eq!(lsn.of_insert(0, 0).byte, 24);
    }

    #[test]
    fn postgres_slave_has_what_lies_before_it_on_the_same_timeline() {
        assert!(lsn(1, 100).is_reached_by(&lsn(1, 100)));
        assert!(lsn(1, 100).is_reached_by(&lsn(1, 101)));
        assert!(!lsn(1, 100).is_reached_by(&lsn(1, 99)));
        assert!(!lsn(2, 100).is_reached_by(&lsn(1, 500)));
        assert!(!lsn(1, 100).is_reached_by(&lsn(2, 500)));
        assert!(lsn(1, 500).is_of_other_history(&lsn(2, 100)));
        let stranger = Position::Postgres(Lsn {
            system: 8,
            timeline: 1,
            byte: 500,
        });
        assert!(!lsn(1, 100).is_reached_by(&stranger));
        assert!(stranger.is_of_other_history(&lsn(1, 100)));
    }

    #[test]
    fn master_of_a_new_timeline_or_set_back_is_another_one() {
        assert!(lsn(1, 100).may_become(&lsn(1, 100)));
        assert!(!lsn(1, 100).may_become(&lsn(1, 99)));
        assert!(!lsn(1, 100).may_become(&lsn(2, 200)));
        assert!(mariadb(1, "0-1-5").may_become(&mariadb(1, "0-1-6")));
        assert!(!mariadb(1, "0-1-5").may_become(&mariadb(2, "0-1-6")));
        assert!(!mariadb(1, "0-1-5").may_become(&mariadb(1, "")));
        assert!(Position::Heartbeat(1).may_become(&Position::Heartbeat(2)));
        assert!(!Position::Heartbeat(2).may_become(&Position::Heartbeat(1)));
    }

    #[test]
    fn mariadb_slave_needs_every_domain_of_its_master() {
        let master = mariadb(1, "0-1-5,7-1-2");
        assert!(master.is_reached_by(&mariadb(9, "0-1-5,7-1-2")));
        assert!(master.is_reached_by(&mariadb(9, "7-1-3,0-1-5,8-4-4")));
        assert!(!master.is_reached_by(&mariadb(9, "0-1-5")));
        assert!(!master.is_reached_by(&mariadb(9, "0-1-4,7-1-2")));
        assert!(mariadb(1, "").is_reached_by(&mariadb(9, "")));
        assert!(
            !mariadb(1, "0-1-5").is_reached_by(&mariadb(1, "0-1-4")),
            "of the same server, as a token's position is"
        );
    }

    #[test]
    fn mariadb_slave_ahead_in_another_servers_history_has_not_reached_it() {
        // Server 2 was promoted at 0-1-100; a slave that still follows server 1 has come further.
        let promoted = mariadb(2, "0-2-101");
        assert!(!promoted.is_reached_by(&mariadb(9, "0-1-105")));
        assert!(!promoted.is_reached_by(&mariadb(9, "0-1-101")));
        assert!(promoted.is_reached_by(&mariadb(9, "0-2-101")));
        // Before its first own write, the promoted server reports what it inherited.
        let inherited = mariadb(2, "0-1-100");
        assert!(inherited.is_reached_by(&mariadb(9, "0-1-100")));
        assert!(inherited.is_reached_by(&mariadb(9, "0-2-101")));
        assert!(!inherited.is_reached_by(&mariadb(9, "0-3-101")));
    }
}
