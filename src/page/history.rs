use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Weak},
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{runtime::Handle, time::interval};

use super::change::Change;
use crate::{
    database::RoutingDatabase,
    names::{BindName, NodeName},
    status::{NodeStatus, Status},
};

/// How often it is looked how the nodes are.
pub(super) const STEP: Duration = Duration::from_secs(2);

/// How many looks are kept of each node: ten minutes.
const MOST_LOOKS: usize = 300;

/// How many changes are kept.
const MOST_CHANGES: usize = 50;

/// How the nodes were in the last minutes, and what has changed.
#[derive(Debug, Default)]
pub(super) struct History(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    last: Option<Status>,
    looks: HashMap<(BindName, NodeName), VecDeque<Look>>,
    changes: VecDeque<Change>,
}

/// What is drawn of one moment of a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    /// Reads until then.
    pub(super) reads: u64,
    /// Seconds that a slave was behind; NaN if it was not known.
    pub(super) lag: f32,
}

impl History {
    /// A history of the handle's nodes that goes on until it is dropped.
    pub(super) fn begin(db: &RoutingDatabase) -> Arc<Self> {
        let history = Arc::<Self>::default();
        history.note(db.status());
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(follow(Arc::downgrade(&history), db.clone()));
        }
        history
    }

    /// Notes how the nodes are now.
    fn note(&self, status: Status) {
        let mut kept = self.0.lock();
        kept.note_changes(&status);
        let Kept { looks, last, .. } = &mut *kept;
        looks.retain(|(bind, node), _| status.node(bind.as_str(), node.as_str()).is_some());
        for node in &status.nodes {
            let of_node = looks
                .entry((node.bind.clone(), node.node.clone()))
                .or_default();
            of_node.push_back(Look {
                reads: node.reads,
                lag: node.lag.map_or(f32::NAN, |lag| lag.as_secs_f32()),
            });
            if of_node.len() > MOST_LOOKS {
                of_node.pop_front();
            }
        }
        *last = Some(status);
    }

    /// The last changes, the latest first, up to how the nodes are now.
    pub(super) fn changes(&self, status: &Status) -> Vec<Change> {
        let mut kept = self.0.lock();
        kept.note_changes(status);
        kept.last = Some(status.clone());
        kept.changes.iter().rev().cloned().collect()
    }

    /// What a node was like at each look.
    pub(super) fn of_node(&self, node: &NodeStatus) -> Vec<Look> {
        let kept = self.0.lock();
        let looks = kept.looks.get(&(node.bind.clone(), node.node.clone()));
        looks.into_iter().flatten().copied().collect()
    }
}

impl Kept {
    fn note_changes(&mut self, status: &Status) {
        if let Some(before) = &self.last {
            self.changes.extend(Change::between(before, status));
        }
        while self.changes.len() > MOST_CHANGES {
            self.changes.pop_front();
        }
    }
}

async fn follow(history: Weak<History>, db: RoutingDatabase) {
    let mut step = interval(STEP);
    step.tick().await;
    loop {
        step.tick().await;
        let Some(history) = history.upgrade() else {
            return;
        };
        history.note(db.status());
    }
}
