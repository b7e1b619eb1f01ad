use std::{collections::HashSet, sync::Arc};

use parking_lot::Mutex;

use super::{Node, Role};
use crate::{
    freshness::Moment,
    session::{Effect, ReadFrom, SessionId, TableKey},
};

/// Work in flight on a node. What it means for its session is noted when it ends, however it ends: a statement that
/// failed or was dropped may have been run.
#[derive(Debug)]
pub(crate) struct Ticket {
    node: Arc<Node>,
    consequence: Consequence,
    /// Whether the master serves it in place of the slaves.
    is_stand_in: bool,
    reader: Reader,
}

/// Who sees what a read of a slave finds.
#[derive(Clone, Copy, Debug)]
enum Reader {
    /// Nobody to whom time must not run backwards.
    Anybody,
    /// Some session; nobody wanted to know which when it began.
    Unknown,
    /// A session, and whose place the node is.
    Session(SessionId, ReadFrom),
}

/// What the work means for later reads.
#[derive(Debug)]
enum Consequence {
    /// Nothing: it ran on a slave, or no slave can lag.
    None,
    /// Its session has seen the master's state.
    Seen(SessionId),
    /// Its session has changed this.
    Changed(SessionId, Effect),
}

impl Ticket {
    /// A ticket of `session`; `effect` is what the work changes, if it may change anything.
    #[inline(always)]
    pub(crate) fn new(node: Arc<Node>, session: Option<SessionId>, effect: Option<Effect>) -> Self {
        let consequence = match node.role == Role::Master && node.replication.is_delayed() {
            false => Consequence::None,
            true => {
                let session = session.unwrap_or_else(|| node.replication.memory.current());
                effect.map_or(Consequence::Seen(session), |effect| {
                    Consequence::Changed(session, effect)
                })
            }
        };
        node.counters.begin_work();
        Self {
            node,
            consequence,
            is_stand_in: false,
            reader: Reader::Anybody,
        }
    }

    /// The same of a read whose session must not see anything older next.
    #[inline(always)]
    pub(crate) fn of_session(mut self, session: Option<SessionId>, from: ReadFrom) -> Self {
        let replication = &self.node.replication;
        self.reader = match replication.sightings.is_open() {
            true => Reader::Session(
                session.unwrap_or_else(|| replication.memory.current()),
                from,
            ),
            false => Reader::Unknown,
        };
        self
    }

    /// Notes that its session sees something now, although the work goes on: rows of a stream, answers in a transaction.
    #[inline]
    pub(crate) fn note_seen(&self) {
        if self.is_noted() {
            self.note_sighting();
        }
    }

    /// Whether it matters who has read: somebody may read elsewhere next, or this session has.
    #[inline(always)]
    fn is_noted(&self) -> bool {
        self.node.replication.sightings.is_open()
            || matches!(
                self.reader,
                Reader::Session(_, ReadFrom::OtherSlave | ReadFrom::Master)
            )
    }

    #[cold]
    fn note_sighting(&self) {
        let sightings = &self.node.replication.sightings;
        // It may have been closed while a long one went on.
        if !sightings.is_open() {
            sightings.open(Moment::now());
        }
        match self.reader {
            Reader::Anybody => {}
            Reader::Unknown => sightings.note_somebody(Moment::now()),
            Reader::Session(session, from) => {
                sightings.note(session, self.node.place(), from, Moment::now());
            }
        }
    }

    /// The bind key of its node.
    #[cfg(feature = "stream")]
    pub(crate) fn key(&self) -> String {
        self.node.key()
    }

    /// Notes that the work failed before anybody saw anything of its node's state: what it changes may be there.
    pub(crate) fn note_failure(&mut self) {
        self.reader = Reader::Anybody;
        if matches!(self.consequence, Consequence::Seen(_)) {
            self.consequence = Consequence::None;
        }
    }

    /// Notes that nobody sees what it finds.
    pub(crate) fn note_unseen(&mut self) {
        self.reader = Reader::Anybody;
        self.note_failure();
    }

    /// Counts it among the reads that the master serves in place of its slaves.
    pub(crate) fn stand_in(mut self) -> Self {
        self.node.replication.begin_stand_in();
        self.is_stand_in = true;
        self
    }
}

impl Drop for Ticket {
    #[inline(always)]
    fn drop(&mut self) {
        self.node.counters.end_work();
        let replication = &self.node.replication;
        if self.is_stand_in {
            replication.end_stand_in();
        }
        replication.queue.note_end(|| self.node.place());
        if self.is_noted() {
            self.note_sighting();
        }
        if !matches!(self.consequence, Consequence::None) {
            self.note();
        }
    }
}

impl Ticket {
    /// Notes for its session what the work meant.
    #[inline(never)]
    fn note(&self) {
        let memory = &self.node.replication.memory;
        match &self.consequence {
            Consequence::None => {}
            Consequence::Seen(session) => memory.note_master_read(*session, Moment::now()),
            Consequence::Changed(session, effect) => {
                let (now, tables) = (Moment::now(), &effect.tables);
                if effect.on_schema {
                    memory.note_definition(now);
                }
                memory.note_write(*session, tables, now);
                // Whoever writes with a session's handle may read with another handle next.
                let current = memory.current();
                if current != *session {
                    memory.note_write(current, tables, now);
                }
            }
        }
    }
}

/// A transaction in flight: what it changed matters when it ends, as its statements' own ends tell nothing yet.
///
/// One that rolls back counts too: what a server commits implicitly stays.
#[derive(Debug)]
pub(crate) struct TransactionTicket {
    ticket: Ticket,
    changes: Mutex<Option<Changes>>,
}

#[derive(Debug, Default)]
struct Changes {
    tables: HashSet<TableKey>,
    unknown: bool,
    on_schema: bool,
}

impl TransactionTicket {
    /// `from` tells from where a session's read-only transaction reads.
    pub(crate) fn new(node: Arc<Node>, session: Option<SessionId>, from: Option<ReadFrom>) -> Self {
        let ticket = Ticket::new(node, session, None);
        Self {
            ticket: match from {
                Some(from) => ticket.of_session(session, from),
                None => ticket,
            },
            changes: Mutex::default(),
        }
    }

    /// As [`Ticket::note_seen`].
    pub(crate) fn note_seen(&self) {
        self.ticket.note_seen();
    }

    /// Notes that it did not begin.
    pub(crate) fn note_failure(&mut self) {
        self.ticket.note_failure();
    }

    /// Notes what a statement may have changed.
    pub(crate) fn note_change(&self, effect: &Effect) {
        let mut changes = self.changes.lock();
        let changes = changes.get_or_insert_default();
        changes.unknown |= effect.tables.is_empty();
        changes.on_schema |= effect.on_schema;
        changes.tables.extend(effect.tables.iter());
    }
}

impl Drop for TransactionTicket {
    fn drop(&mut self) {
        let changes = self.changes.get_mut().take();
        if let (Some(changes), Consequence::Seen(session)) = (changes, &self.ticket.consequence) {
            let tables = match changes.unknown {
                true => Arc::default(),
                false => changes.tables.into_iter().collect(),
            };
            let effect = Effect {
                tables,
                on_schema: changes.on_schema,
            };
            self.ticket.consequence = Consequence::Changed(*session, effect);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{freshness::Source, node::test_node_by};

    fn slave() -> Arc<Node> {
        Arc::new(test_node_by("slave-1", Role::Slave, 1, Source::Positions))
    }

    fn ticket(node: &Arc<Node>, session: SessionId) -> Ticket {
        Ticket::new(node.clone(), Some(session), None)
            .of_session(Some(session), ReadFrom::OtherSlave)
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_stream_or_transaction_shows_is_seen_before_it_ends() {
        let (node, session) = (slave(), SessionId::new());
        let sightings = &node.replication.sightings;
        sightings.open(Moment::now());
        let going_on = ticket(&node, session);
        assert_eq!(sightings.of(session).place, None);
        tokio::time::advance(Duration::from_secs(1)).await;
        going_on.note_seen();
        let seen = sightings.of(session);
        assert_eq!(seen.place, Some(node.place()));
        assert_eq!(seen.elsewhere, Moment::now());
        drop(going_on);
    }

    #[tokio::test(start_paused = true)]
    async fn what_goes_on_for_longer_than_the_book_is_open_is_noted_all_the_same() {
        let (node, session) = (slave(), SessionId::new());
        let sightings = &node.replication.sightings;
        sightings.open(Moment::now());
        let going_on = ticket(&node, session);
        tokio::time::advance(Duration::from_secs(60)).await;
        sightings.close_if_over(Moment::now());
        assert!(!sightings.is_open());
        drop(going_on);
        assert!(sightings.is_open());
        assert_eq!(sightings.of(session).place, Some(node.place()));
    }

    #[test]
    fn no_two_nodes_have_one_place() {
        let first = slave().place();
        let second = slave().place();
        assert_ne!(first, second, "also when the first one is gone");
    }
}
