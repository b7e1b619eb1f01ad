use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use parking_lot::Mutex;
use tracing::warn;

use super::{Renewal, Replication, Role};
use crate::{
    events::NODE,
    freshness::{Freshness, Introduction, Life, Moment, Position, Source},
};

/// A server that is there again so soon after another one was has not come back: the address leads to both.
const IN_TURN: Duration = Duration::from_secs(60);

/// Returns within that time after which several servers are taken to be there: one may be a switch that was undone.
const ENOUGH: usize = 2;

/// Why nothing is known of such a node.
pub(crate) const SEVERAL: &str = "the address leads to several servers in turn";

/// What the connections to a node's address have said of the server behind it, so that nothing is believed of one
/// connection because of another that is older, or leads elsewhere.
///
/// The newest connection tells who the server is. What was opened before it and led to another one is not used any
/// more.
#[derive(Debug, Default)]
pub(crate) struct Acquaintance {
    /// The bind and node, for messages.
    key: String,
    met: Mutex<Met>,
    renewal: Arc<Renewal>,
}

#[derive(Debug, Default)]
struct Met {
    life: Option<Life>,
    /// How far the server is known to be.
    position: Option<Position>,
    /// Connections from before led to another server.
    since: Moment,
    /// When the last connection of the pool was heard, and how far the server was.
    arrival: Option<(Moment, Option<Position>)>,
    /// When another server took the place of these.
    former: Vec<(Life, Moment)>,
    returns: Vec<Moment>,
    /// What is known of the node's slave, and of the same one under other options.
    knowledge: Vec<Weak<Freshness>>,
    /// Where the node is the master: what is known of the bind's slaves is known by what it says.
    headed: Vec<Weak<Replication>>,
}

/// What is known before a new connection is asked.
#[derive(Debug)]
pub(crate) struct Glimpse {
    position: Option<Position>,
    pub(crate) source: Option<Source>,
}

/// What the monitor was told.
#[derive(Debug)]
pub(crate) struct Word<'w> {
    pub(crate) role: Role,
    /// When the connection was opened on which it was asked.
    pub(crate) opened: Moment,
    pub(crate) asked: Moment,
    pub(crate) life: Option<&'w Life>,
    /// A slave's.
    pub(crate) position: Option<&'w Position>,
}

/// What the monitor's news are worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Believed,
    /// A newer connection has told something else: ask again, on a new connection.
    Outdated,
    /// The address leads to several servers, so that nothing is known of a connection.
    Several,
}

impl Acquaintance {
    pub(crate) fn new(key: &str, renewal: Arc<Renewal>) -> Self {
        Self {
            key: key.to_owned(),
            renewal,
            met: Mutex::default(),
        }
    }

    /// Has a new connection take back what is known of the server; as a master, what is known of its slaves.
    pub(super) fn attach(
        &self,
        role: Role,
        freshness: &Arc<Freshness>,
        replication: &Arc<Replication>,
    ) {
        let mut met = self.met.lock();
        match role {
            Role::Master => add(&mut met.headed, replication),
            Role::Slave => {
                add(&mut met.knowledge, freshness);
                replication.add_slave(freshness);
            }
        }
    }

    /// What is known now, before a new connection of the pool is asked.
    pub(crate) fn glimpse(&self) -> Glimpse {
        let met = self.met.lock();
        Glimpse {
            position: met.position.clone(),
            source: met.source(),
        }
    }

    /// Takes in what the server says on a new connection of the pool, before that serves.
    pub(crate) fn greet(&self, role: Role, before: &Glimpse, said: Introduction) {
        if !before.source.is_none_or(Source::is_told) {
            return;
        }
        let Introduction { life, position } = said;
        let now = Moment::now();
        let mut met = self.met.lock();
        let is_another = met.is_another(life.as_ref());
        let is_behind = match (&before.position, &position) {
            (None, _) => false,
            _ if role == Role::Master => false,
            (Some(known), Some(position)) => !known.is_kept_by(position),
            (Some(_), None) => true,
        };
        met.arrival = Some((now, position.clone()));
        if is_another || is_behind {
            self.change(&mut met, role, life, now);
            met.position = position;
        } else if met.life.is_none() {
            met.life = life;
        }
    }

    /// Takes in what a server told the monitor; if it is believed, `note` does the rest with how far it is certain that a
    /// slave has come, before anybody else can know better.
    pub(crate) fn hear(&self, word: &Word<'_>, note: impl FnOnce(Option<&Position>)) -> Heard {
        let mut met = self.met.lock();
        if !met.source().is_none_or(Source::is_told) {
            // The address may lead to several.
            note(word.position);
            return Heard::Believed;
        }
        let now = Moment::now();
        let is_of_before = word.opened < met.since && met.life.as_ref() != word.life;
        let certain = met.certain(word);
        let (false, false, Some(position)) = (is_of_before, met.is_overtaken(word), certain) else {
            return Heard::Outdated;
        };
        if met.had_several(now) {
            // Connections to each of them are still there.
            met.returns.clear();
            self.renewal.outdate(now);
            met.set_back();
            return Heard::Outdated;
        }
        if met.is_another(word.life) {
            self.change(&mut met, word.role, word.life.cloned(), word.opened);
        } else if let (Some(known), Some(position)) = (&met.position, &position)
            && !known.is_kept_by(position)
        {
            met.set_back();
        }
        if word.life.is_some() {
            met.life = word.life.cloned();
        }
        let is_several = met.has_several(now);
        if !is_several {
            note(position.as_ref());
        }
        if position.is_some() {
            met.position = position;
        }
        match is_several {
            true => Heard::Several,
            false => Heard::Believed,
        }
    }

    /// Forgets what was known of the server: the newest connection, opened at `opened`, leads to another one, or to one
    /// that has lost something.
    fn change(&self, met: &mut Met, role: Role, life: Option<Life>, opened: Moment) {
        let now = Moment::now();
        let had_several = met.has_several(now);
        met.change(life, opened, now);
        met.set_back();
        if role == Role::Master {
            met.headed
                .iter()
                .filter_map(Weak::upgrade)
                .for_each(|headed| headed.begin_anew());
        }
        if !met.has_several(now) {
            self.renewal.outdate(opened);
            warn!(
                target: NODE, node = self.key,
                "the server is another one, was restarted, or holds less than before: it is judged anew"
            );
        } else if !had_several {
            warn!(
                target: NODE, node = self.key,
                "{SEVERAL}: list each by an address of its own"
            );
        }
    }
}

/// Adds it to those that are still there, once.
fn add<T>(all: &mut Vec<Weak<T>>, new: &Arc<T>) {
    let new = Arc::downgrade(new);
    all.retain(|other| other.strong_count() > 0 && !other.ptr_eq(&new));
    all.push(new);
}

impl Met {
    /// Whether it is certain that this is another server than the last one.
    fn is_another(&self, life: Option<&Life>) -> bool {
        matches!((&self.life, life), (Some(known), Some(life)) if known != life)
    }

    /// How far it is certain that the server has come, where a connection of the pool was heard after the question: not
    /// further than that has told, which may have been before the answer or after it. `None`: they contradict each other.
    fn certain(&self, word: &Word<'_>) -> Option<Option<Position>> {
        let told = word.position.cloned();
        let (Some(position), Some((at, heard))) = (word.position, &self.arrival) else {
            return Some(told);
        };
        match heard {
            _ if *at < word.asked => Some(told),
            Some(heard) if position.is_kept_by(heard) => Some(told),
            Some(heard) if heard.is_kept_by(position) => Some(Some(heard.clone())),
            Some(_) | None => None,
        }
    }

    /// Notes that the newest connection, opened at `opened`, leads to another server, or to one that has lost something.
    fn change(&mut self, life: Option<Life>, opened: Moment, now: Moment) {
        let is_recent = |at: &Moment| now.since(*at) < IN_TURN;
        self.former.retain(|(_, at)| is_recent(at));
        match self.is_alone() {
            // Where nothing rests on who is there, a balancer is one for good, and no pool is renewed again because of it.
            true => self.returns.truncate(ENOUGH),
            false => self.returns.retain(is_recent),
        }
        let former = self
            .life
            .take()
            .filter(|former| Some(former) != life.as_ref());
        if let Some(former) = former {
            if self
                .former
                .iter()
                .any(|(old, _)| Some(old) == life.as_ref())
            {
                self.returns.push(now);
            }
            self.former.retain(|(old, _)| *old != former);
            self.former.push((former, now));
        }
        self.life = life;
        self.since = self.since.max(opened);
    }

    /// How it is known what the node's slave holds, or the slaves that it heads; by servers' words, if there is any doubt: a
    /// change of the configuration may still fail.
    fn source(&self) -> Option<Source> {
        let known = self.knowledge.iter().filter_map(Weak::upgrade);
        let headed = self.headed.iter().filter_map(Weak::upgrade);
        let mut sources = known
            .map(|known| known.source())
            .chain(headed.map(|headed| headed.source));
        let first = sources.next()?;
        Some(sources.fold(first, |found, source| match found.is_told() {
            true => found,
            false => source,
        }))
    }

    /// Whether a connection of the pool that was opened after the one on which this was said leads to the known server.
    fn is_overtaken(&self, word: &Word<'_>) -> bool {
        let arrived = self.arrival.as_ref().map(|(at, _)| *at);
        self.is_another(word.life) && arrived.is_some_and(|arrived| arrived > word.opened)
    }

    /// Whether several servers were taken to be there, and are no more.
    fn had_several(&self, now: Moment) -> bool {
        self.returns.len() >= ENOUGH && !self.has_several(now)
    }

    fn has_several(&self, now: Moment) -> bool {
        let is_alone = self.is_alone();
        let recent = |at: &&Moment| is_alone || now.since(**at) < IN_TURN;
        self.returns.iter().filter(recent).count() >= ENOUGH
    }

    /// Whether it is a master that no slave follows.
    fn is_alone(&self) -> bool {
        let mut headed = self.headed.iter().filter_map(Weak::upgrade);
        self.knowledge.iter().all(|known| known.strong_count() == 0)
            && headed.all(|headed| !headed.has_slaves())
    }

    fn set_back(&self) {
        for known in self.knowledge.iter().filter_map(Weak::upgrade) {
            known.set_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        freshness::{Gtid, Lsn},
        node::{Node, test_node_by},
    };

    fn mariadb(gtids: &str) -> Position {
        let gtids = Gtid::list(gtids).unwrap();
        Position::MariaDb { server: 12, gtids }
    }

    fn postgres(timeline: u32, byte: u64) -> Position {
        Position::Postgres(Lsn {
            system: 7,
            timeline,
            byte,
        })
    }

    fn slave() -> Node {
        test_node_by("slave", Role::Slave, 1, Source::Positions)
    }

    /// The monitor hears so much on a connection that was opened, and asked, at `asked`.
    fn hear(slave: &Node, position: &Position, asked: Moment) -> Heard {
        let word = Word {
            role: Role::Slave,
            opened: asked,
            asked,
            life: Some(&Life::new("one")),
            position: Some(position),
        };
        slave.acquaintance.hear(&word, |_| {})
    }

    fn greet(slave: &Node, position: &Position) {
        let before = slave.acquaintance.glimpse();
        let said = Introduction {
            life: Some(Life::new("one")),
            position: Some(position.clone()),
        };
        slave.acquaintance.greet(Role::Slave, &before, said);
    }

    #[tokio::test(start_paused = true)]
    async fn slave_is_set_back_when_it_lacks_what_it_had() {
        let cases = [
            (mariadb("0-11-100"), mariadb("0-11-101"), false),
            (mariadb("0-11-100"), mariadb("0-11-99"), true),
            // It follows the server 13 now, which continues the history of 11.
            (mariadb("0-11-100"), mariadb("0-13-101"), false),
            (mariadb("0-11-100"), mariadb("0-13-100"), true),
            (mariadb("0-11-100,3-11-5"), mariadb("0-13-101"), true),
            (postgres(1, 100), postgres(2, 120), false),
            (postgres(1, 100), postgres(2, 90), true),
            (postgres(2, 100), postgres(1, 120), true),
        ];
        for (known, now, is_set_back) in cases {
            let (heard, greeted) = (slave(), slave());
            for slave in [&heard, &greeted] {
                assert_eq!(hear(slave, &known, Moment::now()), Heard::Believed);
                tokio::time::advance(Duration::from_secs(1)).await;
            }
            hear(&heard, &now, Moment::now());
            greet(&greeted, &now);
            for slave in [&heard, &greeted] {
                let setbacks = slave.freshness.setbacks();
                assert_eq!(setbacks, u32::from(is_set_back), "{known:?}, {now:?}");
            }
        }
    }

    /// A writer address may lead to any of several equal servers: the pool is not renewed for ever because of that.
    #[tokio::test(start_paused = true)]
    async fn balancer_before_a_master_without_slaves_is_known_for_good() {
        let master = test_node_by("master", Role::Master, 1, Source::Positions);
        let greet = |life: &str| {
            let before = master.acquaintance.glimpse();
            let said = Introduction {
                life: Some(Life::new(life)),
                position: None,
            };
            master.acquaintance.greet(Role::Master, &before, said);
        };
        for life in ["a", "b", "a", "b", "a", "b"] {
            greet(life);
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        tokio::time::advance(Duration::from_secs(600)).await;
        let opened = Moment::now();
        for life in ["a", "b", "a", "b"] {
            tokio::time::advance(Duration::from_secs(100)).await;
            greet(life);
            let age = Moment::now().since(opened);
            assert!(!master.acquaintance.renewal.outdates(age), "{life}");
        }
    }

    /// Of three answers that cross, none tells of a loss.
    #[tokio::test(start_paused = true)]
    async fn answer_that_is_overtaken_by_a_new_connection_is_no_contradiction() {
        let slave = slave();
        let known = mariadb("0-11-100");
        assert_eq!(hear(&slave, &known, Moment::now()), Heard::Believed);
        let asked = Moment::now();
        tokio::time::advance(Duration::from_millis(1)).await;
        greet(&slave, &mariadb("0-13-102"));
        assert_eq!(hear(&slave, &known, asked), Heard::Believed);
        assert_eq!(slave.freshness.setbacks(), 0);
    }

    /// A pool opens connections all the time, and the slave goes on: what the monitor hears counts nevertheless.
    #[tokio::test(start_paused = true)]
    async fn slave_is_known_to_be_as_far_as_it_was_on_a_connection_that_was_heard_meanwhile() {
        let slave = slave();
        let asked = Moment::now();
        tokio::time::advance(Duration::from_millis(1)).await;
        greet(&slave, &mariadb("0-11-95"));
        let told = mariadb("0-11-100");
        let word = Word {
            role: Role::Slave,
            opened: asked,
            asked,
            life: Some(&Life::new("one")),
            position: Some(&told),
        };
        let mut noted = None;
        let note = |position: Option<&Position>| noted = position.cloned();
        assert_eq!(slave.acquaintance.hear(&word, note), Heard::Believed);
        assert_eq!(noted, Some(mariadb("0-11-95")));
        assert_eq!(slave.freshness.setbacks(), 0);
    }
}
