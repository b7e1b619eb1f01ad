use std::time::Duration;

use sea_orm::sqlx::{Database, Pool, pool::PoolConnection};
use tokio::time::{Instant, sleep, timeout_at};

/// How long the monitor waits for a connection of a busy pool, beside what it took to be refused one of its own.
const PATIENCE: Duration = Duration::from_millis(300);

/// How often it looks for one meanwhile.
const LOOK: Duration = Duration::from_millis(10);

/// A connection of a node's pool, on which the monitor asks where it is let in on none of its own: sessions that are open go
/// on when a server is full, or when it takes a password or a certificate no more.
pub(super) struct Borrowed<DB: Database> {
    pub(super) connection: PoolConnection<DB>,
    has_answered: bool,
}

impl<DB: Database> Borrowed<DB> {
    /// One that is open.
    ///
    /// Cancel safe.
    pub(super) async fn of(pool: &Pool<DB>) -> Option<Self> {
        let deadline = Instant::now() + PATIENCE;
        // None will come back to a pool that has none.
        while pool.size() > 0 && Instant::now() < deadline {
            if let Some(connection) = pool.try_acquire() {
                return Some(Self::new(connection));
            }
            // It opens no more then, and others wait there, too.
            if pool.size() >= pool.options().get_max_connections() {
                let acquired = timeout_at(deadline, pool.acquire()).await;
                return acquired.ok()?.ok().map(Self::new);
            }
            sleep(LOOK).await;
        }
        None
    }

    fn new(connection: PoolConnection<DB>) -> Self {
        Self {
            connection,
            has_answered: false,
        }
    }

    /// Notes that nothing more is to come there.
    pub(super) fn note_answer(&mut self) {
        self.has_answered = true;
    }
}

impl<DB: Database> Drop for Borrowed<DB> {
    fn drop(&mut self) {
        if !self.has_answered {
            self.connection.close_on_drop();
        }
    }
}
