use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::node::{Node, Topology};

/// How often to look which credentials end soon: also those of nodes that are added meanwhile.
const LOOK: Duration = Duration::from_millis(500);

/// Has the credentials of all nodes renewed in time, as long as it runs: pools open connections also by themselves.
pub(super) async fn keep_logins(topology: Arc<ArcSwap<Topology>>) {
    loop {
        let now = Instant::now();
        let nodes: Vec<_> = topology.load().nodes().cloned().collect();
        let due = nodes.into_iter().filter(|node| is_due(node, now));
        let mut renewing: JoinSet<_> = due.map(renewed).collect();
        while renewing.join_next().await.is_some() {}
        sleep(LOOK).await;
    }
}

fn is_due(node: &Node, now: Instant) -> bool {
    let login = node.login.as_ref();
    login
        .and_then(|login| login.due())
        .is_some_and(|due| due <= now)
}

async fn renewed(node: Arc<Node>) {
    node.keep_login().await;
}
