use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use parking_lot::Mutex;
use sea_orm::{ConnAcquireErr, DbErr};
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep, sleep_until, timeout},
};

use super::fleet::READ;
use crate::{driver::Capacity, freshness::Moment};

/// A server behind a pool of so many connections; each of its answers takes a while.
#[derive(Debug)]
pub(super) struct Server {
    pool: Semaphore,
    patience: Duration,
    /// Microseconds.
    latency: AtomicU64,
    pub(super) answers: AtomicU64,
    /// It answers nothing before that.
    paused_until: Mutex<Option<Instant>>,
    /// How far it is behind its master.
    pub(super) lag: Duration,
    /// How long the answers took that had to wait for a connection.
    pub(super) waits: AtomicU64,
}

impl Server {
    pub(super) fn new(capacity: Capacity, latency: Duration, lag: Duration) -> Self {
        let server = Self {
            pool: Semaphore::new(capacity.connections as usize),
            patience: capacity.patience,
            latency: AtomicU64::new(0),
            answers: AtomicU64::new(0),
            paused_until: Mutex::default(),
            lag,
            waits: AtomicU64::new(0),
        };
        server.set_latency(latency);
        server
    }

    pub(super) fn set_latency(&self, latency: Duration) {
        let microseconds = u64::try_from(latency.as_micros()).unwrap();
        self.latency.store(microseconds, Ordering::Relaxed);
    }

    pub(super) fn pause(&self, pause: Duration) {
        *self.paused_until.lock() = Some(Instant::now() + pause);
    }

    pub(super) fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    /// Up to which moment it shows everything, as of the middle of its work.
    pub(super) async fn read(&self, sql: &str) -> Result<Moment, DbErr> {
        if self.pool.available_permits() == 0 {
            self.waits.fetch_add(1, Ordering::Relaxed);
        }
        let connection = timeout(self.patience, self.pool.acquire()).await;
        let Ok(Ok(_connection)) = connection else {
            return Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout));
        };
        let paused_until = *self.paused_until.lock();
        if let Some(until) = paused_until {
            sleep_until(until).await;
        }
        let latency = Duration::from_micros(self.latency.load(Ordering::Relaxed));
        let latency = match sql != READ {
            true => latency + Duration::from_millis(300),
            false => latency,
        };
        sleep(latency / 2).await;
        let state = Moment::now().minus(self.lag);
        sleep(latency / 2).await;
        self.answers.fetch_add(1, Ordering::Relaxed);
        Ok(state)
    }
}
