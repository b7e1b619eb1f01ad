use std::{collections::HashMap, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use tokio::time::{Instant, sleep};
use tracing::debug;

use crate::{
    events::NODE,
    names::BindName,
    node::{Bind, Topology},
};

/// How often to look for binds that nobody uses, at most and at least: also for those that are added meanwhile.
const MOST_OFTEN: Duration = Duration::from_millis(10);
const SELDOM: Duration = Duration::from_secs(5);

/// So many looks within the time after which a bind is closed.
const LOOKS: u32 = 4;

/// What a bind had done when it was last looked at.
struct Look {
    done: u64,
    /// Since when it has done no more.
    since: Instant,
}

/// Closes the connections of binds that nobody uses, as long as it runs. Their pools stay: whoever comes meanwhile, or holds a
/// connection that was lent, finds them open.
pub(super) async fn close_idle_binds(topology: Arc<ArcSwap<Topology>>) {
    let mut looks = HashMap::new();
    loop {
        let current = topology.load_full();
        let mut shortest = None;
        looks.retain(|name, _| current.bind(name).is_some());
        for bind in current.binds() {
            let Some(limit) = limit(bind) else { continue };
            shortest = Some(shortest.map_or(limit, |shortest| limit.min(shortest)));
            if is_due(&mut looks, bind) {
                bind.close_idle().await;
                debug!(target: NODE, bind = %bind.name, "nobody uses the bind: its connections are closed");
            }
        }
        drop(current);
        let pause = shortest.map_or(SELDOM, |shortest| shortest / LOOKS);
        sleep(pause.clamp(MOST_OFTEN, SELDOM)).await;
    }
}

fn limit(bind: &Bind) -> Option<Duration> {
    bind.replication.policy.idle.close_idle
}

/// Whether nobody has used the bind for as long as its options say, and there is something to close.
fn is_due(looks: &mut HashMap<BindName, Look>, bind: &Bind) -> bool {
    let (now, done) = (Instant::now(), bind.done());
    let look = looks
        .entry(bind.name.clone())
        .or_insert(Look { done, since: now });
    if look.done != done || bind.is_in_use() {
        *look = Look { done, since: now };
        return false;
    }
    let is_over = limit(bind).is_some_and(|limit| now.duration_since(look.since) >= limit);
    if is_over {
        look.since = now;
    }
    is_over && bind.is_open()
}
