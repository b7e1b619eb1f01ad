use std::fmt;

use super::{SessionCarrier, tokens::Brought};
use crate::{database::RoutingDatabase, error::RoutingError, freshness::Moment};

/// So many tokens are made one, also by a request that only reads.
const MANY: usize = 16;

/// The session of a request, which reads what the requests before it have written: see [`SessionCarrier::begin`].
#[derive(Clone)]
pub struct CarriedSession {
    carrier: SessionCarrier,
    brought: Vec<Brought>,
    begun: Moment,
    /// As it began, before a handle says where its statements go.
    own: RoutingDatabase,
    handle: RoutingDatabase,
}

impl CarriedSession {
    pub(super) fn new(
        carrier: SessionCarrier,
        db: &RoutingDatabase,
        brought: Vec<Brought>,
    ) -> Self {
        let tokens = brought.iter().map(|brought| &*brought.token);
        let own = db.session_from_all(tokens);
        Self {
            handle: own.as_surroundings(),
            begun: Moment::now(),
            carrier,
            brought,
            own,
        }
    }

    /// The same, whose statements go where another handle says: that of a tenant's bind, or with values for a
    /// [`rule`](crate::rule). `made` makes that handle of the session's own.
    ///
    /// With an error, a statement that has no bind of its own meets that error, and is not sent.
    ///
    /// ```
    /// # use sea_orm_routing::{RoutingDatabase, carrier::{CarriedSession, SessionCarrier}};
    /// # fn begin(db: &RoutingDatabase, carrier: &SessionCarrier, cookies: Vec<String>, tenant: &str) -> CarriedSession {
    /// carrier.begin(db, cookies).at(|db| db.bind(tenant))
    /// # }
    /// ```
    #[must_use]
    pub fn at(
        self,
        made: impl FnOnce(&RoutingDatabase) -> Result<RoutingDatabase, RoutingError>,
    ) -> Self {
        Self {
            handle: self.own.of_request(made(&self.own)),
            ..self
        }
    }

    /// A handle of the session, for what does not run inside [`scope`](Self::scope): a task that is spawned, or a body that is
    /// streamed. Put it among the request's own data.
    #[must_use]
    pub fn handle(&self) -> &RoutingDatabase {
        &self.handle
    }

    /// Serves the request: whatever uses a handle of the database inside belongs to the session.
    ///
    /// It is [`RoutingDatabase::apart`] for a request: the session around learns nothing of what is written inside, as one connection may bring the
    /// requests of many.
    pub async fn scope<F: Future>(&self, future: F) -> F::Output {
        self.handle.apart(future).await
    }

    /// The same for what is polled by hand, such as the body of a response.
    pub fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        self.handle.within(work)
    }

    /// The header lines that the response needs, as names and values: none if the request has written nothing. Add them to the response's; a name may come
    /// more than once.
    ///
    /// The call asks the master of each bind that the request wrote for its position, once. A response with such a line is nobody else's:
    /// shared caches must not keep it.
    pub async fn lines(&self) -> Vec<(String, String)> {
        // What it has only read is no news; but so many cookies may become too many for a server in between.
        if !self.handle.has_written(self.begun) && self.brought.len() <= MANY {
            return Vec::new();
        }
        let token = self.handle.token().await;
        let held = self.brought.iter();
        let held = held.filter(|brought| self.handle.understands(&brought.token));
        let lag = self.handle.longest_lag();
        self.carrier.lines(token, lag, held.cloned())
    }
}

impl fmt::Debug for CarriedSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CarriedSession")
            .field("carrier", &self.carrier)
            .finish_non_exhaustive()
    }
}
