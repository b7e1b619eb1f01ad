use std::time::Duration;

use sea_orm::sqlx::Error;
use tokio::{task::JoinSet, time::Instant};

/// How long an attempt may take. What the network lost of a longer one it sends again after so long a pause that a new attempt is faster.
const LONGEST: Duration = Duration::from_secs(5);

/// An attempt to connect that goes on while nobody waits for it.
///
/// One that is given up half-way begins at nothing the next time, so that a server that is far away is never reached; and it is
/// an error to a server that stands still: MariaDB and MySQL lock a host out after a hundred of them
/// (<https://dev.mysql.com/doc/refman/8.4/en/host-cache.html>).
#[derive(Debug)]
pub(super) struct Connecting<C> {
    begun: Instant,
    attempt: JoinSet<Result<C, Error>>,
}

impl<C> Default for Connecting<C> {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            attempt: JoinSet::new(),
        }
    }
}

impl<C: Send + 'static> Connecting<C> {
    /// What the attempt comes to that goes on, or else a new one.
    ///
    /// Cancel safe: the next call waits for the same attempt.
    pub(super) async fn open<F>(&mut self, open: impl FnOnce() -> F) -> Result<C, Error>
    where
        F: Future<Output = Result<C, Error>> + Send + 'static,
    {
        if self.begun.elapsed() > LONGEST {
            self.attempt = JoinSet::new();
        }
        // What it met while nobody listened may be over.
        if let Some(Ok(Ok(connection))) = self.attempt.try_join_next() {
            return Ok(connection);
        }
        if self.attempt.is_empty() {
            self.begun = Instant::now();
            self.attempt.spawn(open());
        }
        match self.attempt.join_next().await {
            Some(Ok(answer)) => answer,
            _ => Err(Error::WorkerCrashed),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use tokio::time::{sleep, timeout};

    use super::*;

    /// An attempt that takes so many milliseconds.
    async fn attempt(counter: Arc<AtomicU32>, takes: u64) -> Result<u32, Error> {
        let number = counter.fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(takes)).await;
        Ok(number)
    }

    #[tokio::test(start_paused = true)]
    async fn server_that_is_far_away_is_reached_by_the_attempt_that_was_begun_first() {
        let counter = Arc::new(AtomicU32::new(0));
        let mut connecting = Connecting::default();
        let patience = Duration::from_millis(800);
        let mut looks = 1;
        let reached = loop {
            let open = connecting.open(|| attempt(counter.clone(), 3_000));
            match timeout(patience, open).await {
                Ok(reached) => break reached,
                Err(_) => looks += 1,
            }
        };
        assert_eq!((reached.unwrap(), looks), (0, 4));
    }

    #[tokio::test(start_paused = true)]
    async fn attempt_that_takes_too_long_is_begun_anew() {
        let counter = Arc::new(AtomicU32::new(0));
        let mut connecting = Connecting::<u32>::default();
        for _ in 0..70 {
            let open = connecting.open(|| attempt(counter.clone(), u64::MAX));
            let opened = timeout(Duration::from_millis(1_000), open).await;
            assert!(opened.is_err());
        }
        let attempts = counter.load(Ordering::Relaxed);
        assert!((10..=14).contains(&attempts), "{attempts}");
    }
}
