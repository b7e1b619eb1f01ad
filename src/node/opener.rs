use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;
use sea_orm::{DatabaseConnection, DbErr};

#[cfg(feature = "testing")]
use super::Script;
use super::{Acquaintance, Address, Lending, Pooling, Renewal, Role, Server};
use crate::{credentials::Login, driver::Outfits, error::ConnectError};

/// Opens a pool for a node again, when its role has changed or its connections hang.
#[async_trait]
pub(crate) trait Opener: Debug + Send + Sync {
    /// A pool for that role; no connection is made yet where the driver can do without.
    async fn open(&self, role: Role) -> Result<DatabaseConnection, ConnectError>;

    /// Why a connection can't be opened, by opening one, if that is told soon.
    async fn refusal(&self) -> Option<DbErr> {
        None
    }

    /// Since when connections of the pools that it opens are used.
    fn renewal(&self) -> Arc<Renewal> {
        Arc::default()
    }

    /// What its connections log in with, if a provider says it.
    fn login(&self) -> Option<Arc<Login>> {
        None
    }

    /// What the connections of the pools that it opens say of their server.
    fn acquaintance(&self) -> Arc<Acquaintance> {
        Arc::default()
    }

    /// Whose the sessions of the pools are that it opens.
    fn pooling(&self) -> Arc<Pooling> {
        Arc::default()
    }

    /// What the connections of the pools that it opens have set, where that is not the same for all that is sent there.
    fn outfits(&self) -> Option<Arc<Outfits>> {
        None
    }

    /// Where its server is, as far as it is known.
    fn server(&self) -> Server {
        Server::default()
    }

    /// By what its server is reached, if it has one.
    fn address(&self) -> Option<Address> {
        None
    }

    /// Another pool for the same server as a master, for work of which nothing else is seen, which calls
    /// [`Lending::begin`] before it gives a connection away.
    fn open_aside(&self, _: &Arc<Lending>) -> Option<DatabaseConnection> {
        None
    }

    /// What says how far its server is, if that is only played.
    #[cfg(feature = "testing")]
    fn script(&self) -> Option<&dyn Script> {
        None
    }

    /// Whether that is another pool than the node has.
    fn opens_anew(&self) -> bool {
        true
    }
}

/// What was not opened here can't be opened again.
#[derive(Debug)]
pub(crate) struct Given(pub(crate) DatabaseConnection);

#[async_trait]
impl Opener for Given {
    async fn open(&self, _: Role) -> Result<DatabaseConnection, ConnectError> {
        Ok(self.0.clone())
    }

    fn opens_anew(&self) -> bool {
        false
    }
}
