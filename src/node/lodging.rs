use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use async_trait::async_trait;
use parking_lot::Mutex;
use sea_orm::{DatabaseConnection, DbErr};

#[cfg(feature = "testing")]
use super::Script;
use super::{Acquaintance, Bind, Lending, Node, Opener, Pooling, Renewal, Role, Server};
use crate::{
    credentials::Login,
    driver::Outfits,
    error::ConnectError,
    names::{BindName, NodeName},
};

/// A bind that has no servers of its own: it is another schema or database on those of its host, over the same pools.
#[derive(Clone, Debug)]
pub(crate) struct Lodging {
    pub(crate) name: BindName,
    pub(crate) host: BindName,
    /// The search path on PostgreSQL, the database on MySQL.
    pub(crate) place: Arc<str>,
    /// What opens pools of the place alone, for connections that are lent.
    pub(crate) openers: HashMap<NodeName, Arc<dyn Opener>>,
}

/// What opens pools for a node of a host, but that what it lends is of the lodger's place alone.
#[derive(Debug)]
struct Lodger {
    host: Arc<dyn Opener>,
    own: Option<Arc<dyn Opener>>,
}

/// What was lent of a node's places, to be closed with its pool.
#[derive(Debug, Default)]
pub(super) struct Lodgers(Mutex<Vec<Weak<Lending>>>);

impl Lodgers {
    fn add(&self, lending: &Arc<Lending>) {
        let mut lendings = self.0.lock();
        lendings.retain(|lending| lending.strong_count() > 0);
        lendings.push(Arc::downgrade(lending));
    }

    pub(super) fn all(&self) -> Vec<Arc<Lending>> {
        self.0.lock().iter().filter_map(Weak::upgrade).collect()
    }
}

impl Bind {
    /// The same servers and pools at another place; `before` is what there was of it on an earlier one.
    pub(super) fn lodged(self: &Arc<Self>, lodging: &Arc<Lodging>, before: Option<&Self>) -> Self {
        let lodged = |node: &Arc<Node>| {
            let mut nodes = before.into_iter().flat_map(Self::nodes);
            let before = nodes.find(|own| own.shares_pool_with(node));
            Arc::new(node.lodged(lodging, before))
        };
        let slaves = self.slaves.iter().map(lodged).collect();
        let bind = Self::new(lodged(&self.master), slaves, self.rotation.balance());
        Self {
            lodges: Some((lodging.clone(), self.clone())),
            ..bind
        }
    }

    /// Whether it lodges there as it is now.
    pub(super) fn is_lodged(&self, lodging: &Arc<Lodging>, host: &Arc<Self>) -> bool {
        let is_it = |(own, at): &(Arc<Lodging>, Arc<Self>)| {
            Arc::ptr_eq(own, lodging) && Arc::ptr_eq(at, host)
        };
        self.lodges.as_ref().is_some_and(is_it)
    }
}

impl Node {
    fn lodged(&self, lodging: &Lodging, before: Option<&Arc<Self>>) -> Self {
        let memory = &self.replication.memory;
        let lendings = match before {
            // Who was lent a connection of the same pool may still use it.
            Some(before) if before.lent_executors.is_of(memory) => (
                before.lent_executors.clone(),
                before.lent_connections.clone(),
            ),
            _ => (
                self.lent_executors.anew(memory),
                self.lent_connections.anew(memory),
            ),
        };
        self.lodgers.add(&lendings.0);
        self.lodgers.add(&lendings.1);
        let opener = Lodger {
            host: self.opener.clone(),
            own: lodging.openers.get(&self.name).cloned(),
        };
        let node = Self {
            bind: lodging.name.clone(),
            opener: Arc::new(opener),
            outfit: self.outfit.as_ref().map(|base| {
                let place = Some(lodging.place.clone());
                Arc::new(crate::driver::Outfit {
                    place,
                    values: base.values.clone(),
                })
            }),
            is_lodger: true,
            lent: std::sync::OnceLock::new(),
            lent_executors: lendings.0,
            lent_connections: lendings.1,
            ..self.clone()
        };
        match &self.callback {
            Some(callback) => node.with_callback(callback),
            None => node,
        }
    }
}

#[async_trait]
impl Opener for Lodger {
    async fn open(&self, role: Role) -> Result<DatabaseConnection, ConnectError> {
        self.host.open(role).await
    }

    async fn refusal(&self) -> Option<DbErr> {
        self.host.refusal().await
    }

    fn renewal(&self) -> Arc<Renewal> {
        self.host.renewal()
    }

    fn login(&self) -> Option<Arc<Login>> {
        self.host.login()
    }

    fn acquaintance(&self) -> Arc<Acquaintance> {
        self.host.acquaintance()
    }

    fn pooling(&self) -> Arc<Pooling> {
        self.host.pooling()
    }

    fn outfits(&self) -> Option<Arc<Outfits>> {
        self.host.outfits()
    }

    fn server(&self) -> Server {
        self.own.as_ref().unwrap_or(&self.host).server()
    }

    fn open_aside(&self, lending: &Arc<Lending>) -> Option<DatabaseConnection> {
        self.own.as_ref()?.open_aside(lending)
    }

    #[cfg(feature = "testing")]
    fn script(&self) -> Option<&dyn Script> {
        self.host.script()
    }

    fn opens_anew(&self) -> bool {
        self.host.opens_anew()
    }
}
