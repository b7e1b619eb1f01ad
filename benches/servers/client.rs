use std::time::Duration;

use sea_orm::{ConnectionTrait, TransactionTrait};
use tokio::time::{Instant, sleep};

use crate::workload::Workload;

/// Between an error and the next try: nothing else would keep a client from trying all the time.
const PAUSE: Duration = Duration::from_millis(1);

/// One of many that do the same until the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    pub(crate) workload: Workload,
    /// The number of its first operation.
    pub(crate) first: u64,
    pub(crate) end: Instant,
}

/// What a client has done.
#[derive(Debug, Default)]
pub(crate) struct Work {
    /// When each operation had its answer, and how long that took.
    pub(crate) done: Vec<(Instant, Duration)>,
    /// How many failed, and by what the first.
    pub(crate) failures: usize,
    pub(crate) error: Option<String>,
}

impl Client {
    pub(crate) async fn run<C>(self, db: &C) -> Work
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let mut work = Work::default();
        let mut now = Instant::now();
        for number in self.first.. {
            if now >= self.end {
                break;
            }
            let start = now;
            let answer = self.workload.operation(number).run(db).await;
            now = Instant::now();
            match answer {
                Ok(()) => work.done.push((now, now - start)),
                Err(error) => {
                    work.failures += 1;
                    work.error.get_or_insert(error.to_string());
                    sleep(PAUSE).await;
                    now = Instant::now();
                }
            }
        }
        work
    }
}
