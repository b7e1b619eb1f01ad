use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

/// What was done on each shard of a group: made by [`RoutingDatabase::each_shard`](crate::RoutingDatabase::each_shard).
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "shards may have failed"]
pub struct EachShard<T, E> {
    /// Each shard with what came of it, in the order of the shards.
    pub results: Vec<(String, Result<T, E>)>,
}

/// How far the work on the shards of a group is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShardProgress<'p> {
    /// The shard that has just ended.
    pub shard: &'p str,
    /// Whether it has failed.
    pub has_failed: bool,
    /// How many have ended, this one included.
    pub ended: usize,
    /// How many of them have failed.
    pub failed: usize,
    /// How many there are.
    pub all: usize,
}

impl<T, E> EachShard<T, E> {
    /// The shards that have failed, with their errors.
    pub fn failed(&self) -> impl Iterator<Item = (&str, &E)> {
        let results = self.results.iter();
        results.filter_map(|(shard, result)| Some((shard.as_str(), result.as_ref().err()?)))
    }

    /// What all shards gave, in their order.
    ///
    /// # Errors
    /// The first shard that failed, and its error.
    pub fn into_all(self) -> Result<Vec<(String, T)>, (String, E)> {
        let all = self
            .results
            .into_iter()
            .map(|(shard, result)| match result {
                Ok(value) => Ok((shard, value)),
                Err(error) => Err((shard, error)),
            });
        all.collect()
    }
}

/// The work on one shard.
pub(crate) type Job<'j, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'j>>;

/// Runs the work on each shard, on so many at once; each is made when it begins. Dropped, it drops all of it.
pub(crate) async fn each<'j, T, E>(
    jobs: impl ExactSizeIterator<Item = (String, Job<'j, T, E>)>,
    limit: usize,
    mut progress: impl FnMut(ShardProgress<'_>),
) -> EachShard<T, E> {
    let all = jobs.len();
    let mut waiting = jobs.enumerate();
    let mut is_over = false;
    let mut running = Vec::new();
    let mut ended: Vec<(usize, String, Result<T, E>)> = Vec::with_capacity(all);
    let mut failed = 0;
    poll_fn(|context: &mut Context<'_>| {
        loop {
            while running.len() < limit.max(1) && !is_over {
                match waiting.next() {
                    Some(next) => running.push(next),
                    None => is_over = true,
                }
            }
            let mut has_ended = false;
            let mut at = 0;
            while at < running.len() {
                let (_, (_, job)): &mut (usize, (String, Job<'j, T, E>)) = &mut running[at];
                let Poll::Ready(result) = job.as_mut().poll(context) else {
                    at += 1;
                    continue;
                };
                let (number, (shard, _)) = running.remove(at);
                has_ended = true;
                failed += usize::from(result.is_err());
                progress(ShardProgress {
                    shard: &shard,
                    has_failed: result.is_err(),
                    ended: ended.len() + 1,
                    failed,
                    all,
                });
                ended.push((number, shard, result));
            }
            match (running.is_empty() && is_over, has_ended) {
                (true, _) => return Poll::Ready(()),
                // Others may begin in their place, and have to be polled.
                (false, true) => {}
                (false, false) => return Poll::Pending,
            }
        }
    })
    .await;
    ended.sort_by_key(|(number, ..)| *number);
    let results = ended.into_iter().map(|(_, shard, result)| (shard, result));
    EachShard {
        results: results.collect(),
    }
}
