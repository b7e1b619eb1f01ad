use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use parking_lot::Mutex;
use sea_orm::DatabaseConnection;

use super::{Quota, Seat};
use crate::driver::{has_closable, in_use, size};

/// What a pool may have of the connections that there are for all: it never has more open than it was granted, as no more work
/// is let in.
#[derive(Debug)]
pub(crate) struct Allowance {
    quota: Arc<Quota>,
    connection: DatabaseConnection,
    /// Most that the pool opens at all.
    most: u32,
    share: Mutex<Share>,
    last_use: AtomicU64,
    is_counted: AtomicBool,
}

#[derive(Debug, Default)]
struct Share {
    granted: u32,
    /// Work that is let in and has no connection yet.
    entering: u32,
}

impl Allowance {
    pub(super) fn new(quota: &Arc<Quota>, connection: &DatabaseConnection, most: u32) -> Arc<Self> {
        let allowance = Arc::new(Self {
            quota: quota.clone(),
            connection: connection.clone(),
            most,
            share: Mutex::default(),
            last_use: AtomicU64::new(0),
            is_counted: AtomicBool::new(false),
        });
        if size(connection) > 0 {
            quota.count(&allowance);
        }
        allowance
    }

    pub(super) fn quota(&self) -> &Quota {
        &self.quota
    }

    pub(super) fn last_use(&self) -> u64 {
        self.last_use.load(Ordering::Relaxed)
    }

    /// Whether it is among those that count, as it is from now on.
    pub(super) fn is_counted(&self) -> bool {
        self.is_counted.swap(true, Ordering::Relaxed)
    }

    /// Counts it no more, if it has nothing.
    pub(super) fn forget(&self) -> bool {
        let share = self.share.lock();
        let is_empty = share.granted == 0 && share.entering == 0 && size(&self.connection) == 0;
        if is_empty {
            self.is_counted.store(false, Ordering::Relaxed);
        }
        is_empty
    }

    /// What must be taken for open there.
    pub(super) fn claim(&self) -> u32 {
        self.share.lock().granted.max(size(&self.connection))
    }

    /// A place that the pool has already.
    pub(super) fn spare(self: &Arc<Self>, quota: &Quota) -> Option<Seat> {
        let mut share = self.share.lock();
        // A connection counts as used before the work that gets it is no longer entering.
        let taken = in_use(&self.connection) + share.entering;
        (taken < share.granted).then(|| self.seat(&mut share, quota))
    }

    /// The same of what somebody has opened there without asking.
    pub(super) fn spare_of_pool(self: &Arc<Self>, quota: &Quota) -> Option<Seat> {
        let mut share = self.share.lock();
        share.granted = share.granted.max(size(&self.connection));
        let taken = in_use(&self.connection) + share.entering;
        (taken < share.granted).then(|| self.seat(&mut share, quota))
    }

    /// Whether it has all that the pool may ever open: then that has a line of its own.
    pub(super) fn is_whole(&self) -> bool {
        let share = self.share.lock();
        let taken = in_use(&self.connection) + share.entering;
        share.granted >= self.most && taken >= share.granted
    }

    pub(super) fn grow(self: &Arc<Self>, quota: &Quota) -> Seat {
        let mut share = self.share.lock();
        share.granted += 1;
        self.seat(&mut share, quota)
    }

    fn seat(self: &Arc<Self>, share: &mut Share, quota: &Quota) -> Seat {
        share.entering += 1;
        self.last_use.store(quota.next_use(), Ordering::Relaxed);
        Seat::new(self.clone())
    }

    /// Takes one back that nobody uses; where it has to be closed first, if it is open.
    pub(super) fn take_one(&self) -> Option<Option<DatabaseConnection>> {
        let mut share = self.share.lock();
        let open = size(&self.connection);
        let taken = in_use(&self.connection) + share.entering;
        if taken >= share.granted.max(open) {
            return None;
        }
        if share.granted > open {
            share.granted -= 1;
            return Some(None);
        }
        if !has_closable(&self.connection) {
            return None;
        }
        share.granted = open - 1;
        Some(Some(self.connection.clone()))
    }

    /// Notes that work has its connection, or needs none any more.
    pub(super) fn note_entered(&self) {
        self.share.lock().entering -= 1;
    }
}
