use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use sea_orm::DatabaseConnection;
use tokio::{
    sync::{Mutex as Line, Notify},
    time::{Instant, timeout_at},
};

use super::{Allowance, Seat, waiting::Waiting};
use crate::driver::close_one_idle;

/// How often who is first in line looks for a connection that no statement's end has told of: a transaction's, a stream's, one
/// that was on its way back.
const LOOK: Duration = Duration::from_millis(5);

/// Where there is no limit.
const UNLIMITED: u32 = u32::MAX;

/// The connections that all pools of a database may have open together.
///
/// Each pool has an [`Allowance`] of them, and no more work is let in there than it allows for. Where all are given away, one is
/// taken from the pool that was used longest ago among those that have some idle: it is closed before another one is opened.
/// Who finds none waits in one line for all pools, so that a busy one does not keep the others from theirs.
#[derive(Debug)]
pub(crate) struct Quota {
    most: AtomicU32,
    given: Mutex<Given>,
    line: Line<()>,
    waiting: AtomicU32,
    freed: Notify,
    uses: AtomicU64,
}

/// What has been given away.
#[derive(Debug, Default)]
struct Given {
    /// Those that have something; pools that nobody has any more close themselves.
    allowances: Vec<Weak<Allowance>>,
    /// Taken from one pool, and not yet another one's.
    on_their_way: u32,
}

/// What somebody who wants in meets.
enum Entry {
    In(Option<Seat>),
    /// All are given away.
    Full,
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            most: AtomicU32::new(UNLIMITED),
            given: Mutex::default(),
            line: Line::default(),
            waiting: AtomicU32::new(0),
            freed: Notify::new(),
            uses: AtomicU64::new(0),
        }
    }
}

impl Quota {
    /// So many from now on; `None` for no limit.
    pub(crate) fn limit(&self, most: Option<u32>) {
        self.most
            .store(most.unwrap_or(UNLIMITED), Ordering::Relaxed);
        self.freed.notify_one();
    }

    #[inline]
    pub(super) fn is_limited(&self) -> bool {
        self.most() != UNLIMITED
    }

    pub(super) fn most(&self) -> u32 {
        self.most.load(Ordering::Relaxed)
    }

    pub(super) fn next_use(&self) -> u64 {
        self.uses.fetch_add(1, Ordering::Relaxed)
    }

    /// Counts a pool that has connections although nobody has asked for a place in it.
    pub(super) fn count(&self, allowance: &Arc<Allowance>) {
        let mut given = self.given.lock();
        given.add(allowance);
    }

    /// Notes that there may be a connection for somebody.
    pub(super) fn note_freed(&self) {
        if self.waiting.load(Ordering::SeqCst) > 0 {
            self.freed.notify_one();
        }
    }

    /// A place for one piece of work, at the latest after `patience`; nothing to hold where the pool has all that it can have,
    /// and lets it wait itself. `None`: there was none in time.
    ///
    /// Cancel safe.
    pub(super) async fn enter(
        &self,
        allowance: &Arc<Allowance>,
        patience: Duration,
    ) -> Option<Option<Seat>> {
        if self.waiting.load(Ordering::SeqCst) == 0 {
            if let Some(seat) = allowance.spare(self) {
                return Some(Some(seat));
            }
            if let Entry::In(seat) = self.give(allowance) {
                return Some(seat);
            }
        }
        let deadline = Instant::now() + patience;
        let _waiting = Waiting::new(&self.waiting);
        let _first = timeout_at(deadline, self.line.lock()).await.ok()?;
        loop {
            let freed = self.freed.notified();
            if let Entry::In(seat) = self.give(allowance) {
                return Some(seat);
            }
            if self.take_back(allowance).await {
                continue;
            }
            let now = Instant::now();
            if now >= deadline {
                return None;
            }
            // That it was told, or looks without being told, makes no difference.
            let _ = timeout_at(deadline.min(now + LOOK), freed).await;
        }
    }

    /// One more for this pool, if there is one left.
    fn give(&self, allowance: &Arc<Allowance>) -> Entry {
        let mut given = self.given.lock();
        given.add(allowance);
        if allowance.is_whole() {
            return Entry::In(None);
        }
        if let Some(seat) = allowance.spare_of_pool(self) {
            return Entry::In(Some(seat));
        }
        match given.all() < self.most() {
            true => Entry::In(Some(allowance.grow(self))),
            false => Entry::Full,
        }
    }

    /// Takes one from the pool that was used longest ago and has one to spare; true if there may be one left now.
    async fn take_back(&self, wanted_by: &Arc<Allowance>) -> bool {
        let Some(way) = self.begin_taking(wanted_by) else {
            return false;
        };
        match &way.from {
            // It was allowed to open one, and has not.
            None => true,
            Some(from) => close_one_idle(from).await,
        }
    }

    fn begin_taking(&self, wanted_by: &Arc<Allowance>) -> Option<OnItsWay<'_>> {
        let mut given = self.given.lock();
        given.forget_empty();
        let mut others: Vec<_> = given.there().collect();
        others.retain(|other| !Arc::ptr_eq(other, wanted_by));
        others.sort_by_key(|other| other.last_use());
        let from = others.iter().find_map(|other| other.take_one())?;
        given.on_their_way += 1;
        Some(OnItsWay { quota: self, from })
    }
}

impl Given {
    fn add(&mut self, allowance: &Arc<Allowance>) {
        if !allowance.is_counted() {
            self.allowances.push(Arc::downgrade(allowance));
        }
    }

    /// All that is given away, and all that somebody has opened without asking.
    fn all(&self) -> u32 {
        let claims = self.there().map(|allowance| allowance.claim());
        claims.fold(self.on_their_way, u32::saturating_add)
    }

    fn forget_empty(&mut self) {
        let is_kept = |allowance: &Weak<Allowance>| {
            let allowance = allowance.upgrade();
            allowance.is_some_and(|allowance| !allowance.forget())
        };
        self.allowances.retain(is_kept);
    }

    fn there(&self) -> impl Iterator<Item = Arc<Allowance>> {
        self.allowances.iter().filter_map(Weak::upgrade)
    }
}

/// One that is taken from a pool, and nobody's until that has closed it.
struct OnItsWay<'q> {
    quota: &'q Quota,
    /// Where it has to be closed.
    from: Option<DatabaseConnection>,
}

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        self.quota.given.lock().on_their_way -= 1;
    }
}

#[cfg(all(test, feature = "sqlx-sqlite"))]
mod tests {
    use sea_orm::{
        SqlxSqliteConnector,
        sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions},
    };

    use super::*;

    /// A pool that may open so many connections, and opens none here.
    fn pool(quota: &Arc<Quota>, most: u32) -> Arc<Allowance> {
        let pool = SqlitePoolOptions::new().max_connections(most);
        let pool = pool.connect_lazy_with(SqliteConnectOptions::new().filename("nowhere.db"));
        let connection = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool);
        Allowance::new(quota, &connection, most)
    }

    const PATIENCE: Duration = Duration::from_secs(3);

    async fn enter(quota: &Quota, pool: &Arc<Allowance>) -> Option<Option<Seat>> {
        quota.enter(pool, PATIENCE).await
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_work_is_let_in_than_there_may_be_connections() {
        let quota = Arc::<Quota>::default();
        quota.limit(Some(3));
        let (a, b) = (pool(&quota, 5), pool(&quota, 5));
        let one = enter(&quota, &a).await.unwrap();
        let _two = enter(&quota, &a).await.unwrap();
        let _three = enter(&quota, &b).await.unwrap();
        let began = Instant::now();
        assert!(enter(&quota, &a).await.is_none());
        assert!(enter(&quota, &b).await.is_none());
        let waited = began.elapsed();
        assert!(
            (PATIENCE * 2..PATIENCE * 2 + LOOK * 4).contains(&waited),
            "{waited:?}"
        );
        // What one pool was let in for and did not use, the other one gets.
        drop(one);
        let _four = enter(&quota, &b).await.unwrap();
        assert!(enter(&quota, &b).await.is_none());
        quota.limit(None);
        assert!(enter(&quota, &b).await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn pool_that_has_all_of_its_own_lets_wait_itself() {
        let quota = Arc::<Quota>::default();
        quota.limit(Some(3));
        let a = pool(&quota, 1);
        let one = enter(&quota, &a).await.unwrap();
        assert!(one.is_some());
        assert!(
            enter(&quota, &a).await.unwrap().is_none(),
            "there is room for others"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn who_came_first_is_let_in_first_whatever_pool_it_waits_for() {
        let quota = Arc::<Quota>::default();
        quota.limit(Some(1));
        let (busy, other) = (pool(&quota, 2), pool(&quota, 2));
        let held = enter(&quota, &busy).await.unwrap();
        let order = Mutex::new(Vec::new());
        let come = |name: &'static str, pool: Arc<Allowance>| {
            let (quota, order) = (quota.clone(), &order);
            async move {
                let seat = enter(&quota, &pool).await.unwrap();
                order.lock().push(name);
                tokio::time::sleep(LOOK).await;
                drop(seat);
            }
        };
        let end = async {
            tokio::time::sleep(LOOK * 3).await;
            drop(held);
        };
        let waits = || (come("other", other.clone()), come("busy", busy.clone()));
        let (first, second) = waits();
        tokio::join!(first, second, end);
        assert_eq!(*order.lock(), ["other", "busy"]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_leaves_its_place_in_line() {
        let quota = Arc::<Quota>::default();
        quota.limit(Some(1));
        let (a, b) = (pool(&quota, 2), pool(&quota, 2));
        let held = enter(&quota, &a).await.unwrap();
        for _ in 0..3 {
            let given_up = tokio::time::timeout(LOOK * 2, enter(&quota, &b)).await;
            assert!(given_up.is_err());
        }
        assert_eq!(quota.waiting.load(Ordering::SeqCst), 0);
        drop(held);
        assert!(enter(&quota, &b).await.unwrap().is_some());
    }
}
