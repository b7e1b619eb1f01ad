use std::sync::Arc;

use sea_orm::{DatabaseConnection, metric};

use super::{Lending, Node};
use crate::driver::closed_like;

impl Node {
    /// A connection to it, which calls `note` after each statement, and then the node's own callback.
    pub(crate) fn lend(
        &self,
        note: impl Fn(&metric::Info<'_>) + Send + Sync + 'static,
    ) -> DatabaseConnection {
        self.lend_of(&self.lent_connections, note)
    }

    /// As [`lend`](Self::lend), once for all who ask: the first one's `note` is called.
    pub(crate) fn lent(
        &self,
        note: impl Fn(&metric::Info<'_>) + Send + Sync + 'static,
    ) -> &DatabaseConnection {
        self.lent
            .get_or_init(|| self.lend_of(&self.lent_executors, note))
    }

    /// Whether both have the same pools.
    pub(crate) fn lends_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.lent_executors, &other.lent_executors)
    }

    fn lend_of(
        &self,
        lending: &Arc<Lending>,
        note: impl Fn(&metric::Info<'_>) + Send + Sync + 'static,
    ) -> DatabaseConnection {
        let is_shared = self.outfit.is_some();
        let aside = match is_shared || self.replication.is_delayed() {
            true => lending.pool(|| self.opener.open_aside(lending)),
            false => None,
        };
        // Whoever has a connection of a pool that serves several binds may find or leave anything there.
        let otherwise = match is_shared {
            true => closed_like(&self.connection),
            false => &self.connection,
        };
        let mut connection = aside.unwrap_or(otherwise).clone();
        let (callback, key) = (self.callback.clone(), self.key());
        connection.set_metric_callback(move |info| {
            note(info);
            if let Some(callback) = &callback {
                callback.call(&key, info);
            }
        });
        connection
    }
}
