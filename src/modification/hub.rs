use std::sync::Arc;

use arc_swap::ArcSwapOption;
use tokio::sync::broadcast::{self, Receiver, Sender};

use super::{Journal, Modification, Pending, Written, pending::Outlet};
use crate::names::BindName;

/// How many modifications a reader may be behind before it misses the oldest.
const CAPACITY: usize = 1024;

/// Where writers tell what they did. Nothing is told, and nothing kept, before somebody listens.
#[derive(Debug, Default)]
pub(crate) struct Hub(ArcSwapOption<Sender<Modification>>);

impl Hub {
    pub(crate) fn subscribe(&self) -> Receiver<Modification> {
        let (new, _) = broadcast::channel(CAPACITY);
        self.0.rcu(|sender| match sender {
            Some(sender) => Arc::clone(sender),
            None => Arc::new(new.clone()),
        });
        match &*self.0.load() {
            Some(sender) => sender.subscribe(),
            // Closed meanwhile: the reader's stream ends at once.
            None => new.subscribe(),
        }
    }

    /// Ends all readers' streams, behind what they have not read yet.
    pub(crate) fn close(&self) {
        self.0.store(None);
    }

    /// The modification that a statement is about to be; `None` if it is none, or nobody listens.
    pub(crate) fn expect(&self, statement: &Written<'_>) -> Option<Pending> {
        let sender = self.heard()?;
        let modification = Modification::of(statement)?;
        Some(Pending::new(modification, Outlet::Readers(sender)))
    }

    /// The same for a statement of a transaction, which tells it when it is committed.
    pub(crate) fn expect_in(&self, journal: &Journal, statement: &Written<'_>) -> Option<Pending> {
        self.heard()?;
        let modification = Modification::of(statement)?;
        let modification = Modification {
            in_transaction: true,
            ..modification
        };
        Some(Pending::new(
            modification,
            Outlet::Transaction(journal.clone()),
        ))
    }

    /// Statements of a transaction that are run elsewhere, and may change anything.
    pub(crate) fn expect_unseen(&self, journal: &Journal, bind: &BindName) {
        if self.heard().is_some() {
            journal.note(Modification::unseen(bind));
        }
    }

    /// Tells what a transaction has changed; `is_certain` unless nobody knows whether its COMMIT has happened.
    pub(crate) fn tell_all(&self, journal: &Journal, is_certain: bool) {
        let modifications = journal.take();
        let Some(sender) = self.heard().filter(|_| !modifications.is_empty()) else {
            return;
        };
        for modification in modifications {
            let confirmed = modification.confirmed && is_certain;
            // An error says that the last reader has gone.
            let _ = sender.send(Modification {
                confirmed,
                ..modification
            });
        }
    }

    fn heard(&self) -> Option<Sender<Modification>> {
        let sender = self.0.load();
        let sender = sender.as_ref()?;
        (sender.receiver_count() > 0).then(|| Sender::clone(sender))
    }
}
