use std::{mem, sync::Arc};

use parking_lot::Mutex;

use super::Modification;

/// What an open transaction or savepoint has changed, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal(Arc<Mutex<Vec<Modification>>>);

impl Journal {
    pub(super) fn note(&self, modification: Modification) {
        self.with(|modifications| modifications.push(modification));
    }

    /// Takes what a savepoint that has ended well has changed.
    pub(crate) fn take_over(&self, savepoint: &Self) {
        let of_savepoint = savepoint.take();
        if !of_savepoint.is_empty() {
            self.with(|modifications| modifications.extend(of_savepoint));
        }
    }

    pub(super) fn take(&self) -> Vec<Modification> {
        self.with(mem::take)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Vec<Modification>) -> T) -> T {
        act(&mut self.0.lock())
    }
}
