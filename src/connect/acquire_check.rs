use std::{sync::Arc, time::Duration};

use sea_orm::sqlx::{Connection, Database, Error, pool::PoolOptions};

use super::node_opener::NodeOpener;
use crate::{closure::BoxFuture, node::Renewal};

/// What a slave's connection that was idle goes through before it serves again.
///
/// SeaORM's own check, of which a pool has one, only asks a connection that was idle for long whether it is alive.
#[derive(Clone, Debug)]
pub(super) struct AcquireCheck {
    ping_after_idle: Duration,
    renewal: Arc<Renewal>,
}

impl AcquireCheck {
    pub(super) fn new(opener: &NodeOpener) -> Self {
        Self {
            ping_after_idle: opener.pool.in_force().ping_after_idle,
            renewal: opener.renewal.clone(),
        }
    }

    pub(super) fn on<DB: Database>(&self, pool: PoolOptions<DB>) -> PoolOptions<DB> {
        let check = self.clone();
        pool.before_acquire(move |connection, about| {
            if check.renewal.outdates(about.age) {
                return Box::pin(async { Ok(false) });
            }
            match about.idle_for >= check.ping_after_idle {
                true => Box::pin(async move { connection.ping().await.map(|()| true) }),
                false => well(),
            }
        })
    }
}

fn well<'c>() -> BoxFuture<'c, Result<bool, Error>> {
    Box::pin(async { Ok(true) })
}
