use std::{collections::HashSet, sync::Arc, time::Duration};

use sea_orm::DbErr;
use tokio::time::timeout;

use crate::{
    freshness::Moment,
    node::{Node, Topology},
};

/// How often to look whether what drains is still well.
const LOOK: Duration = Duration::from_secs(1);

/// Waits until the nodes that are gone have no work, and closes their pools.
pub(crate) async fn drain(gone: Vec<Arc<Node>>) -> Result<(), DbErr> {
    for node in gone {
        while timeout(LOOK, node.counters.idle()).await.is_err() {
            // Nobody asks it any more: what waits at one that is down has nothing to expect.
            if node.health.is_down() {
                node.health.note_silence(Moment::now());
            }
        }
        node.close().await?;
    }
    Ok(())
}

/// The nodes of `before` whose pools nobody uses any more.
pub(super) fn gone(before: &Topology, now: &Topology) -> Vec<Arc<Node>> {
    let used: HashSet<_> = now.nodes().map(|node| node.pool_id()).collect();
    before
        .nodes()
        .filter(|node| !used.contains(&node.pool_id()))
        .cloned()
        .collect()
}
