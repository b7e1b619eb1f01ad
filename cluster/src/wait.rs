use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::ClusterError;

/// Short against the 100 ms in which a monitor ticks, long against the cost of one query.
const INTERVAL: Duration = Duration::from_millis(10);

/// Repeats `probe` until it gives a value; an error of the probe ends the wait.
pub async fn until<T, F>(
    what: &str,
    deadline: Duration,
    mut probe: impl FnMut() -> F,
) -> Result<T, ClusterError>
where
    F: Future<Output = Result<Option<T>, ClusterError>>,
{
    let end = Instant::now() + deadline;
    loop {
        if let Some(value) = probe().await? {
            return Ok(value);
        }
        if Instant::now() >= end {
            return Err(ClusterError::Deadline {
                what: what.to_owned(),
                deadline,
            });
        }
        sleep(INTERVAL).await;
    }
}
