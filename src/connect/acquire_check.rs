use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use sea_orm::sqlx::{Connection, Database, Error, pool::PoolOptions};
use tokio::time::timeout;

use super::node_opener::NodeOpener;
use crate::{
    closure::BoxFuture,
    node::{Arrival, Lending, Renewal},
};

/// How long a connection may take to answer after work on it was given up: one that lost its place never does.
const COMES_BACK: Duration = Duration::from_secs(1);

/// What a connection that was idle goes through before it serves again.
///
/// SeaORM's own check, of which a pool has one, only asks a connection that was idle for long whether it is alive.
#[derive(Clone, Debug)]
pub(super) struct AcquireCheck {
    ping_after_idle: Duration,
    renewal: Arc<Renewal>,
    lending: Option<Weak<Lending>>,
}

impl AcquireCheck {
    pub(super) fn new(opener: &NodeOpener) -> Self {
        Self {
            // Who borrows has no second try, and its statement is run by nobody else: as on a plain connection.
            ping_after_idle: match opener.lending {
                Some(_) => Duration::ZERO,
                None => opener.pool.in_force().ping_after_idle,
            },
            renewal: opener.renewal.clone(),
            lending: opener.lending.clone(),
        }
    }

    /// Notes that work gets its connection.
    pub(super) fn note_arrival(&self) {
        if let Some(lending) = self.lending.as_ref().and_then(Weak::upgrade) {
            lending.begin();
        }
        Arrival::note();
    }

    pub(super) fn on<DB: Database>(&self, pool: PoolOptions<DB>) -> PoolOptions<DB> {
        let check = self.clone();
        pool.before_acquire(move |connection, about| {
            if check.renewal.outdates(about.age) {
                return Box::pin(async { Ok(false) });
            }
            let is_old = about.idle_for >= check.ping_after_idle;
            match is_old || check.renewal.doubts(about.idle_for) {
                true => {
                    let check = check.clone();
                    Box::pin(async move {
                        let is_alive = connection.ping().await.is_ok();
                        if is_alive {
                            check.note_arrival();
                        }
                        Ok(is_alive)
                    })
                }
                false => {
                    check.note_arrival();
                    well()
                }
            }
        })
    }

    /// Has connections closed that do not answer after work was given up: the driver would wait for them for ever, and its
    /// pool would have one less.
    #[cfg_attr(
        not(feature = "sqlx-mysql"),
        allow(dead_code, reason = "only MySQL's driver loses its place")
    )]
    pub(super) fn on_release<DB: Database>(&self, pool: PoolOptions<DB>) -> PoolOptions<DB> {
        let renewal = self.renewal.clone();
        pool.after_release(move |connection, _| match renewal.is_suspect() {
            true => Box::pin(async move {
                let answer = timeout(COMES_BACK, connection.ping()).await;
                Ok(matches!(answer, Ok(Ok(()))))
            }),
            false => well(),
        })
    }
}

fn well<'c>() -> BoxFuture<'c, Result<bool, Error>> {
    Box::pin(async { Ok(true) })
}
