use std::{
    io,
    sync::{Arc, Weak},
    time::Duration,
};

use sea_orm::sqlx::{Connection, Database, Error, pool::PoolOptions};
use tokio::time::timeout;

use super::node_opener::NodeOpener;
use crate::{
    closure::BoxFuture,
    driver::{Dressed, Outfits},
    node::{Arrival, Lending, Pooling, Renewal, Seat},
};

/// How long a connection may take to answer after work on it was given up: one that lost its place never does.
const COMES_BACK: Duration = Duration::from_secs(1);

/// How long a connection may take to answer that was idle. Firewalls and address translation forget connections without a
/// reset, and one that is closed for nothing, as its server pauses, costs only that another one is opened.
const ANSWERS: Duration = Duration::from_secs(1);

/// By how much less others have that may have been forgotten with one that was: a server that is only busy must not lose all of them.
const OTHERS: u32 = 2;

/// What a connection that was idle goes through before it serves again.
///
/// SeaORM's own check, of which a pool has one, only asks a connection that was idle for long whether it is alive.
#[derive(Clone, Debug)]
pub(super) struct AcquireCheck {
    key: Arc<str>,
    ping_after_idle: Duration,
    /// Less than the pool's own limit, within which another connection has to be opened.
    answers: Duration,
    renewal: Arc<Renewal>,
    lending: Option<Weak<Lending>>,
    outfits: Option<Arc<Outfits>>,
    pooling: Arc<Pooling>,
}

impl AcquireCheck {
    pub(super) fn new(opener: &NodeOpener) -> Self {
        Self {
            key: opener.key.as_str().into(),
            answers: ANSWERS.min(opener.patience() / 2),
            // Who borrows has no second try, and its statement is run by nobody else: as on a plain connection.
            ping_after_idle: match opener.lending {
                Some(_) => Duration::ZERO,
                None => opener.pool.in_force().ping_after_idle,
            },
            renewal: opener.renewal.clone(),
            lending: opener.lending.clone(),
            outfits: opener.outfits.clone(),
            pooling: opener.pooling.clone(),
        }
    }

    /// Notes that work gets its connection.
    pub(super) fn note_arrival(&self) {
        if let Some(lending) = self.lending.as_ref().and_then(Weak::upgrade) {
            lending.begin();
        }
        Arrival::note();
        Seat::note_arrival();
    }

    /// Gives a connection what the work needs that is about to get it, if sessions are the pool's own: others set it in a
    /// transaction.
    ///
    /// # Errors
    /// The driver's; the connection must be closed.
    pub(super) async fn dress<C: Dressed>(
        &self,
        connection: &mut C,
        is_new: bool,
    ) -> Result<(), Error> {
        match &self.outfits {
            Some(outfits) if !self.pooling.is_shared() => outfits.dress(connection, is_new).await,
            _ => Ok(()),
        }
    }

    pub(super) fn on<DB: Database<Connection: Dressed>>(
        &self,
        pool: PoolOptions<DB>,
    ) -> PoolOptions<DB> {
        let check = self.clone();
        pool.before_acquire(move |connection, about| {
            if check.renewal.outdates(about.age) {
                return Box::pin(async { Ok(false) });
            }
            let is_old = about.idle_for >= check.ping_after_idle;
            let is_doubted = is_old || check.renewal.doubts(about.idle_for);
            match is_doubted || check.outfits.is_some() {
                true => {
                    let check = check.clone();
                    Box::pin(async move {
                        let is_alive = !is_doubted || check.hears(connection).await?;
                        if is_alive {
                            check.dress(connection, false).await?;
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

    /// Whether the connection answers.
    ///
    /// # Errors
    /// It is silent: what is said to it in order to close it would wait as well.
    async fn hears(&self, connection: &mut impl Connection) -> Result<bool, Error> {
        if self.renewal.is_down() {
            // Its server may be paused. The connection answers as soon as that goes on, and a new one would not be sooner.
            return Ok(connection.ping().await.is_ok());
        }
        let is_one_of_several = self.renewal.fell_silent();
        let limit = match is_one_of_several {
            true => self.answers / OTHERS,
            false => self.answers,
        };
        if let Ok(answer) = timeout(limit, connection.ping()).await {
            return Ok(answer.is_ok());
        }
        if !is_one_of_several {
            self.renewal.note_silence();
        }
        let key = &self.key;
        let text = format!("a connection to `{key}` that was idle does not answer: it is closed");
        Err(Error::Io(io::Error::new(io::ErrorKind::TimedOut, text)))
    }

    /// Has connections closed that do not answer after work was given up: the driver would wait for them for ever, and its
    /// pool would have one less.
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
