use std::{collections::HashMap, time::Duration};

use crate::{
    freshness::{Life, Moment, Position},
    names::NodeName,
};

/// A master with semi-synchronous replication may show a transaction later than its slaves do.
const PATIENCE: Duration = Duration::from_secs(1);

/// MariaDB's `server_id` where nobody has chosen one: positions of two such masters look alike.
const DEFAULT_ID: u32 = 1;

const STRANGE: &str =
    "holds what its master has not written: it follows another one, or the master was set back";

const UNPROVEN: &str = "follows a master with `server_id` 1, as others may have: it serves when it was seen to follow a \
                        write; give the master an id of its own";

const INDEPENDENT: &str = "is not in recovery: it follows nobody, whatever it was copied from";

/// Who says how far a slave is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speaker<'r> {
    pub(super) life: Option<&'r Life>,
    /// When the connection was opened on which it was heard.
    pub(super) opened: Moment,
    pub(super) is_writer: bool,
}

/// Which slaves are those of their master, as far as positions tell: one that holds what a master has not written follows
/// another one, however far it is.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    master: Option<Life>,
    slaves: HashMap<NodeName, Standing>,
}

#[derive(Debug, Default)]
struct Standing {
    life: Option<Life>,
    /// When the connection was opened on which it was heard: a server that is made anew ends it.
    opened: Moment,
    /// What it said, and when it had, until the master was asked again.
    told: Option<(Moment, Position)>,
    is_vouched_for: bool,
    is_strange: bool,
    is_independent: bool,
    /// Where master and slave once were alike.
    alike: Option<Position>,
    has_followed: bool,
    is_proven: bool,
}

impl Strangers {
    /// Forgets the nodes that are gone.
    pub(super) fn retain(&mut self, is_there: impl Fn(&NodeName) -> bool) {
        self.slaves.retain(|name, _| is_there(name));
    }

    /// Forgets what was proven of slaves: their master has another history than before.
    pub(super) fn begin_anew(&mut self) {
        self.slaves.clear();
    }

    /// Takes in how far a slave is, whose master last said that it had `written` so much; true if that may be believed.
    pub(super) fn heed(
        &mut self,
        slave: &NodeName,
        by: Speaker<'_>,
        applied: &Position,
        written: &Position,
    ) -> bool {
        let is_master = by.life.is_some() && self.master.as_ref() == by.life;
        let standing = self.slaves.entry(slave.clone()).or_default();
        if standing.life.as_ref() != by.life {
            *standing = Standing {
                life: by.life.cloned(),
                ..Standing::default()
            };
        }
        // What it has written itself is at the same places as what it lacks.
        standing.is_independent =
            by.is_writer && !is_master && matches!(applied, Position::Postgres(_));
        if standing.is_independent {
            return false;
        }
        if standing.opened != by.opened {
            standing.opened = by.opened;
            // What was proven of a strange one was of another history.
            standing.is_vouched_for &= !standing.is_strange;
            standing.is_strange = false;
        }
        if applied.is_beyond(written) {
            standing
                .told
                .get_or_insert((Moment::now(), applied.clone()));
        } else {
            standing.vouch();
            standing.compare(applied, written);
        }
        standing.is_proven = is_master || standing.has_followed || !has_default_id(written);
        standing.is_vouched_for && !standing.is_strange && standing.is_proven
    }

    /// Takes in what the master has written, asked at `asked`; names the slaves that turn out to be another one's.
    pub(super) fn judge(
        &mut self,
        life: Option<&Life>,
        asked: Moment,
        written: &Position,
    ) -> Vec<NodeName> {
        if self.master.as_ref() != life {
            // What they hold too much was compared with another one's.
            self.slaves.clear();
            self.master = life.cloned();
        }
        let mut strange = Vec::new();
        for (name, standing) in &mut self.slaves {
            let Some((told_at, told)) = &standing.told else {
                continue;
            };
            if *told_at > asked {
                continue;
            }
            if !told.is_beyond(written) {
                standing.vouch();
            } else if asked.since(*told_at) >= PATIENCE && !standing.is_strange {
                standing.is_strange = true;
                strange.push(name.clone());
            }
        }
        strange
    }

    /// Why a slave is not believed.
    pub(super) fn objection(&self, slave: &NodeName) -> Option<&'static str> {
        let standing = self.slaves.get(slave)?;
        match standing {
            Standing {
                is_independent: true,
                ..
            } => Some(INDEPENDENT),
            Standing {
                is_strange: true, ..
            } => Some(STRANGE),
            Standing {
                is_proven: false, ..
            } => Some(UNPROVEN),
            _ => None,
        }
    }
}

impl Standing {
    fn vouch(&mut self) {
        // One that was strange once stays so: its master's numbers may come to be alike.
        self.told = None;
        self.is_vouched_for = true;
    }

    /// Two servers that are alike twice, with a write between, are master and slave.
    fn compare(&mut self, applied: &Position, written: &Position) {
        if self.has_followed || !has_default_id(written) || !written.is_reached_by(applied) {
            return;
        }
        match &self.alike {
            Some(before) => self.has_followed = before != written,
            None => self.alike = Some(written.clone()),
        }
    }
}

fn has_default_id(master: &Position) -> bool {
    matches!(master, Position::MariaDb { server, .. } if *server == DEFAULT_ID)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::freshness::{Gtid, GtidSet, Lsn, ServerUuid};

    fn lsn(byte: u64) -> Position {
        Position::Postgres(Lsn {
            system: 7,
            timeline: 1,
            byte,
        })
    }

    fn mariadb(server: u32, gtids: &str) -> Position {
        let gtids = Gtid::list(gtids).unwrap();
        Position::MariaDb { server, gtids }
    }

    fn mysql(server: &str, executed: &str) -> Position {
        Position::MySql {
            server: ServerUuid::parse(server).unwrap(),
            executed: GtidSet::parse(executed).unwrap(),
        }
    }

    /// On the first connection.
    fn on(life: &Life) -> Speaker<'_> {
        Speaker {
            life: Some(life),
            opened: Moment::FIRST,
            is_writer: false,
        }
    }

    fn life(name: &str) -> Life {
        Life::new(name)
    }

    #[tokio::test(start_paused = true)]
    async fn slave_that_is_ahead_of_its_master_is_another_ones() {
        const A: &str = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
        const B: &str = "9a511b7b-7059-11e2-9a24-08002762b8af";
        let set = |text: &str| format!("{A}:{text}");
        let cases = [
            (lsn(100), lsn(150)),
            (mariadb(7, "0-7-5"), mariadb(9, "0-7-6")),
            (mariadb(7, ""), mariadb(9, "0-7-6")),
            (mysql(A, &set("1-5")), mysql(B, &set("1-6"))),
            (Position::Heartbeat(5), Position::Heartbeat(6)),
        ];
        for (written, applied) in cases {
            let (mut strangers, slave) = (Strangers::default(), NodeName::from("slave"));
            let life = life("a");
            assert!(!strangers.heed(&slave, on(&life), &applied, &written));
            assert_eq!(strangers.objection(&slave), None, "perhaps it is only new");
            tokio::time::advance(PATIENCE * 2).await;
            let strange = strangers.judge(None, Moment::now(), &written);
            assert_eq!(strange, std::slice::from_ref(&slave), "{applied:?}");
            assert_eq!(strangers.objection(&slave), Some(STRANGE));
            assert!(strangers.judge(None, Moment::now(), &written).is_empty());
            // The master has come as far as that: not with what the other one has written.
            assert!(strangers.judge(None, Moment::now(), &applied).is_empty());
            assert!(!strangers.heed(&slave, on(&life), &applied, &applied));
            assert_eq!(strangers.objection(&slave), Some(STRANGE));
            // Made anew, it may be another one's.
            let anew = Speaker {
                opened: Moment::now(),
                ..on(&life)
            };
            assert!(strangers.heed(&slave, anew, &applied, &applied));
            assert_eq!(strangers.objection(&slave), None);
        }
    }

    /// A master whose log was reset, or that was restored, and shows it by nothing else.
    #[tokio::test(start_paused = true)]
    async fn slave_of_a_history_that_is_over_is_believed_at_no_moment() {
        const A: &str = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
        let all = mysql(A, &format!("{A}:1-1000"));
        let (mut strangers, slave) = (Strangers::default(), NodeName::from("slave"));
        let life = life("a");
        assert!(strangers.heed(&slave, on(&life), &all, &all));
        strangers.begin_anew();
        let written = |last| mysql(A, &format!("{A}:1-{last}"));
        for (last, opened) in (1..40).zip(0..) {
            strangers.judge(None, Moment::now(), &written(last));
            // Now and then the monitor has a new connection.
            let opened = Moment::FIRST.plus(Duration::from_secs(opened / 10));
            let by = Speaker {
                opened,
                ..on(&life)
            };
            let heard = strangers.heed(&slave, by, &all, &written(last));
            assert!(!heard, "{last}");
            tokio::time::advance(Duration::from_millis(200)).await;
        }
        assert_eq!(strangers.objection(&slave), Some(STRANGE));
    }

    #[tokio::test(start_paused = true)]
    async fn slave_that_is_asked_after_its_master_may_be_ahead_for_a_moment() {
        let (mut strangers, slave) = (Strangers::default(), NodeName::from("slave"));
        let life = life("a");
        assert!(!strangers.heed(&slave, on(&life), &lsn(120), &lsn(100)));
        tokio::time::advance(PATIENCE * 2).await;
        assert!(strangers.judge(None, Moment::now(), &lsn(130)).is_empty());
        assert!(strangers.heed(&slave, on(&life), &lsn(140), &lsn(130)));
        // Another server at its place has to show itself.
        let other = Life::new("b");
        assert!(!strangers.heed(&slave, on(&other), &lsn(140), &lsn(130)));
    }

    #[tokio::test(start_paused = true)]
    async fn server_that_takes_writes_at_a_slaves_address_follows_nobody() {
        let (mut strangers, slave) = (Strangers::default(), NodeName::from("slave"));
        let (own, master) = (life("own"), life("master"));
        strangers.judge(Some(&master), Moment::now(), &lsn(100));
        let writes = |life| Speaker {
            is_writer: true,
            ..on(life)
        };
        assert!(!strangers.heed(&slave, writes(&own), &lsn(100), &lsn(100)));
        assert_eq!(strangers.objection(&slave), Some(INDEPENDENT));
        assert!(strangers.heed(&slave, on(&own), &lsn(100), &lsn(100)));
        assert_eq!(strangers.objection(&slave), None);
        assert!(strangers.heed(&slave, writes(&master), &lsn(100), &lsn(100)));
        // Slaves of MariaDB and MySQL say themselves whom they follow.
        let gtid = mariadb(7, "0-7-5");
        assert!(strangers.heed(&slave, writes(&own), &gtid, &gtid));
    }

    #[tokio::test(start_paused = true)]
    async fn slave_of_a_server_with_the_default_id_has_to_follow_a_write() {
        let (mut strangers, slave) = (Strangers::default(), NodeName::from("slave"));
        let (own, master) = (life("own"), life("master"));
        let (before, after) = (mariadb(1, "0-1-5"), mariadb(1, "0-1-6"));
        strangers.judge(Some(&master), Moment::now(), &before);
        let at = |text| mariadb(2, text);
        assert!(!strangers.heed(&slave, on(&own), &at("0-1-5"), &before));
        assert!(!strangers.heed(&slave, on(&own), &at("0-1-5"), &before));
        assert_eq!(strangers.objection(&slave), Some(UNPROVEN));
        assert!(!strangers.heed(&slave, on(&own), &at("0-1-5"), &after));
        assert!(strangers.heed(&slave, on(&own), &at("0-1-6"), &after));
        assert_eq!(strangers.objection(&slave), None);
        let itself = NodeName::from("spared");
        assert!(strangers.heed(&itself, on(&master), &before, &before));
    }
}
