use std::{future::poll_fn, pin::pin, sync::Arc, task::Poll};

use parking_lot::Mutex;
use sea_orm::DbErr;

use super::{Outfit, outfits::Lease};

tokio::task_local! {
    /// Of the work that is polled.
    static ERRAND: Arc<Errand>;
}

/// Work that needs a connection in a certain outfit. Whichever way it comes to one of a pool, the pool asks what it needs;
/// who says nothing gets what a session of the pool begins with.
#[derive(Debug)]
pub(crate) struct Errand {
    pub(super) outfit: Arc<Outfit>,
    /// Whether it leaves the outfit as it was when it has succeeded.
    keeps: bool,
    /// Whether it is run again if a statement that was prepared for others can't be used.
    pub(super) is_short: bool,
    lease: Mutex<Option<Lease>>,
    /// Why it can't have what it needs, whichever connection it gets.
    refusal: Mutex<Option<DbErr>>,
}

impl Errand {
    /// Work of which nobody knows what it leaves behind.
    pub(crate) fn new(outfit: Arc<Outfit>) -> Arc<Self> {
        Self::of(outfit, false, false)
    }

    pub(super) fn of(outfit: Arc<Outfit>, keeps: bool, is_short: bool) -> Arc<Self> {
        Arc::new(Self {
            outfit,
            keeps,
            is_short,
            lease: Mutex::new(None),
            refusal: Mutex::new(None),
        })
    }

    /// Runs `work`, whose connection has the outfit.
    ///
    /// # Errors
    /// Those of the work; the server's, if there is no such place: the pool would open one connection after the other for it.
    pub(crate) fn run<T, W>(
        self: &Arc<Self>,
        work: W,
    ) -> impl Future<Output = Result<T, DbErr>> + use<T, W>
    where
        W: Future<Output = Result<T, DbErr>>,
    {
        let errand = self.clone();
        async move {
            let mut work = pin!(ERRAND.scope(errand.clone(), work));
            poll_fn(|context| match work.as_mut().poll(context) {
                Poll::Pending => match errand.refusal.lock().take() {
                    Some(refusal) => Poll::Ready(Err(refusal)),
                    None => Poll::Pending,
                },
                done => done,
            })
            .await
        }
    }

    /// Notes that no connection of the pool can have what it needs.
    pub(super) fn refuse(&self, refusal: DbErr) {
        *self.refusal.lock() = Some(refusal);
    }

    /// That of the work which is polled now.
    pub(super) fn current() -> Option<Arc<Self>> {
        ERRAND.try_with(Arc::clone).ok()
    }

    /// Notes what it got.
    pub(super) fn note(&self, lease: Lease) {
        *self.lease.lock() = Some(lease);
    }

    /// Notes that its work has succeeded, before its connection goes back.
    pub(super) fn succeed(&self) {
        if let Some(lease) = self.lease.lock().take()
            && self.keeps
        {
            lease.end();
        }
    }
}
