use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, OnceLock},
};

use sea_orm::DbBackend;

use super::{Callback, Lodging, Node, Quota, Replication, Role, Rotation};
use crate::{
    config::{Balance, DEFAULT_BIND, MASTER_NODE, key_meaning},
    error::RoutingError,
    freshness::Moment,
    names::{BindName, NodeName, some_of},
    session::DatabaseId,
    shard::group_of,
};

/// A bind as it runs: its master, its slaves and the split over them.
#[derive(Debug)]
pub(crate) struct Bind {
    pub(crate) name: BindName,
    pub(crate) master: Arc<Node>,
    pub(crate) slaves: Vec<Arc<Node>>,
    pub(crate) rotation: Rotation,
    pub(crate) replication: Arc<Replication>,
    /// Where it is at another place, if it has no servers of its own.
    pub(super) lodges: Option<(Arc<Lodging>, Arc<Bind>)>,
}

impl Bind {
    pub(crate) fn new(master: Arc<Node>, slaves: Vec<Arc<Node>>, balance: Balance) -> Self {
        Self {
            name: master.bind.clone(),
            rotation: Rotation::new(balance, &slaves),
            replication: master.replication.clone(),
            master,
            slaves,
            lodges: None,
        }
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Arc<Node>> {
        std::iter::once(&self.master).chain(&self.slaves)
    }

    /// Whether a read gets a connection of `node` at once, and passes nobody who waits for one at a lower `number`.
    #[inline]
    pub(crate) fn has_room(&self, node: &Node, number: u64) -> bool {
        node.has_room() && self.replication.queue.is_free_for(node, number)
    }

    /// Reads that its nodes have been sent.
    pub(crate) fn reads(&self) -> u64 {
        self.nodes().map(|node| node.counters.reads()).sum()
    }

    /// The same, with other nodes in the place of those of their names; the master is the one that has that role.
    pub(crate) fn with(&self, changed: &[Arc<Node>]) -> Self {
        let current = |node: &Arc<Node>| {
            let other = changed.iter().find(|other| other.name == node.name);
            other.unwrap_or(node).clone()
        };
        let nodes: Vec<_> = self.nodes().map(current).collect();
        let (masters, slaves): (Vec<_>, Vec<_>) = nodes
            .into_iter()
            .partition(|node| node.role == Role::Master);
        let master = masters.first().unwrap_or(&self.master).clone();
        Self::new(master, slaves, self.rotation.balance())
    }

    /// The same, and a callback for each statement.
    fn with_callback(&self, callback: &Callback) -> Self {
        let with_callback = |node: &Arc<Node>| Arc::new(node.with_callback(callback));
        let slaves = self.slaves.iter().map(with_callback).collect();
        Self::new(with_callback(&self.master), slaves, self.rotation.balance())
    }

    /// The last moment at which the master may have committed something: `now`, or when a dead one was last heard.
    pub(crate) fn last_alive(&self, now: Moment) -> Moment {
        if !self.master.health.is_down() {
            return now;
        }
        let samples = self.replication.samples();
        samples.latest().map_or(now, |(heard, _)| now.min(*heard))
    }

    /// `master` is whoever is the master now.
    pub(crate) fn node(&self, name: &NodeName) -> Result<&Arc<Node>, RoutingError> {
        if *name == MASTER_NODE {
            return Ok(&self.master);
        }
        self.nodes()
            .find(|node| node.name == *name)
            .ok_or_else(|| RoutingError::UnknownKey {
                key: format!("{}.{name}", self.name),
                known: self.nodes().map(|node| node.key()).collect(),
            })
    }
}

/// All binds at one moment; never changed, only replaced as a whole.
#[derive(Debug)]
pub(crate) struct Topology {
    /// Spares most statements the look-up.
    default: Option<Arc<Bind>>,
    binds: HashMap<BindName, Arc<Bind>>,
    /// Names as configured, for listings.
    order: Vec<BindName>,
    /// The shards of each group, as configured; made when somebody asks.
    shards: OnceLock<HashMap<String, Arc<[String]>>>,
    /// What the nodes speak, each once.
    backends: Vec<DbBackend>,
    /// The binds that have no servers of their own.
    lodgings: Arc<[Arc<Lodging>]>,
    /// For the statements of every node, also of those that come later.
    callback: Option<Callback>,
    /// Whose it is.
    owner: Option<Owner>,
}

/// A database, and what its pools may have.
#[derive(Clone, Debug)]
struct Owner {
    database: DatabaseId,
    quota: Arc<Quota>,
}

impl Owner {
    fn take(&self, bind: &Bind) {
        bind.replication.memory.belong_to(self.database);
        bind.nodes().for_each(|node| node.join(&self.quota));
    }
}

impl Topology {
    pub(crate) fn new(binds: Vec<Bind>) -> Self {
        let order: Vec<_> = binds.iter().map(|bind| bind.name.clone()).collect();
        let binds = binds
            .into_iter()
            .map(|bind| (bind.name.clone(), Arc::new(bind)));
        let binds: HashMap<_, _> = binds.collect();
        let mut backends = Vec::new();
        add_backends(&mut backends, binds.values());
        Self {
            default: binds.get(DEFAULT_BIND).cloned(),
            backends,
            binds,
            shards: OnceLock::new(),
            order,
            lodgings: Arc::default(),
            callback: None,
            owner: None,
        }
    }

    /// The same with these binds on the servers of others, and none else.
    pub(crate) fn lodging(self, lodgings: Vec<Arc<Lodging>>) -> Self {
        let mut next = Self {
            lodgings: lodgings.into(),
            ..self
        };
        next.lodge();
        next
    }

    /// Puts each bind that has no servers of its own on those that its host has now.
    fn lodge(&mut self) {
        let lodges: HashSet<_> = self.lodgings.iter().map(|lodging| &lodging.name).collect();
        self.binds
            .retain(|name, bind| bind.lodges.is_none() || lodges.contains(name));
        self.order.retain(|name| self.binds.contains_key(name));
        for lodging in &*self.lodgings {
            let before = self.binds.get(&lodging.name);
            let Some(host) = self.binds.get(&lodging.host) else {
                continue;
            };
            if before.is_some_and(|before| before.is_lodged(lodging, host)) {
                continue;
            }
            let bind = host.lodged(lodging, before.map(Arc::as_ref));
            let bind = self.calling(&Arc::new(bind));
            if self.binds.insert(lodging.name.clone(), bind).is_none() {
                self.order.push(lodging.name.clone());
            }
        }
        self.default = self.binds.get(DEFAULT_BIND).cloned();
        self.shards = OnceLock::new();
    }

    /// A bind that has no servers of its own, as it was made.
    pub(crate) fn lodged(&self, name: &BindName) -> Option<&Arc<Lodging>> {
        self.lodgings.iter().find(|lodging| lodging.name == *name)
    }

    /// The same, of a database whose pools may have so many connections, and so is all that is made of it.
    pub(crate) fn of_database(self, database: DatabaseId, quota: &Arc<Quota>) -> Self {
        let owner = Owner {
            database,
            quota: quota.clone(),
        };
        self.binds.values().for_each(|bind| owner.take(bind));
        Self {
            owner: Some(owner),
            ..self
        }
    }

    /// The same, and a callback for each statement.
    pub(crate) fn with_callback(&self, callback: &Callback) -> Self {
        let before = Self {
            default: self.default.clone(),
            binds: self.binds.clone(),
            order: self.order.clone(),
            shards: self.shards.clone(),
            backends: self.backends.clone(),
            lodgings: self.lodgings.clone(),
            callback: Some(callback.clone()),
            owner: self.owner.clone(),
        };
        let binds: Vec<_> = self.binds().cloned().collect();
        before.with_all(&binds, &[])
    }

    /// The same, with `binds` in the place of those of their names, and without those that are `removed`.
    pub(crate) fn with_all(&self, binds: &[Arc<Bind>], removed: &[BindName]) -> Self {
        let mut next: HashMap<_, _> = self.binds.clone();
        let mut order = self.order.clone();
        let mut has_others = !removed.is_empty();
        for bind in binds {
            let bind = self.calling(bind);
            if let Some(owner) = &self.owner {
                owner.take(&bind);
            }
            let name = bind.name.clone();
            match next.insert(name, bind.clone()) {
                None => order.push(bind.name.clone()),
                Some(_) => has_others = true,
            }
        }
        if !removed.is_empty() {
            let removed: HashSet<_> = removed.iter().collect();
            next.retain(|name, _| !removed.contains(name));
            order.retain(|name| !removed.contains(name));
        }
        let mut backends = Vec::new();
        match has_others {
            true => add_backends(&mut backends, next.values()),
            false => {
                backends.clone_from(&self.backends);
                add_backends(&mut backends, binds.iter());
            }
        }
        let mut next = Self {
            default: next.get(DEFAULT_BIND).cloned(),
            backends,
            binds: next,
            shards: OnceLock::new(),
            order,
            lodgings: self.lodgings.clone(),
            callback: self.callback.clone(),
            owner: self.owner.clone(),
        };
        if !next.lodgings.is_empty() {
            next.lodge();
        }
        next
    }

    /// The bind with the callback on all of its nodes.
    fn calling(&self, bind: &Arc<Bind>) -> Arc<Bind> {
        match &self.callback {
            Some(callback) if !bind.nodes().all(|node| node.calls(callback)) => {
                Arc::new(bind.with_callback(callback))
            }
            _ => bind.clone(),
        }
    }

    #[inline(always)]
    pub(crate) fn bind(&self, name: &BindName) -> Option<&Arc<Bind>> {
        match *name == DEFAULT_BIND {
            true => self.default.as_ref(),
            false => self.keyed(name),
        }
    }

    /// Apart, so that the look-up of the default bind is a comparison and no more.
    #[inline(never)]
    fn keyed(&self, name: &BindName) -> Option<&Arc<Bind>> {
        self.binds.get(name)
    }

    /// The bind or node that a bind key names.
    pub(crate) fn key(&self, key: &str) -> Result<(BindName, Option<NodeName>), RoutingError> {
        // What most keys are, for one look.
        if let Some((name, _)) = self.binds.get_key_value(key) {
            return Ok((name.clone(), None));
        }
        let has_node = |bind: &str, node: &str| {
            self.binds
                .get(bind)
                .is_some_and(|bind| bind.nodes().any(|other| other.name == node))
        };
        let (bind, node) = key_meaning(key, |bind| self.binds.contains_key(bind), has_node)
            .ok_or_else(|| self.unknown(key.to_owned()))?;
        Ok((bind.into(), node.map(NodeName::from)))
    }

    #[inline(always)]
    pub(crate) fn require(&self, name: &BindName) -> Result<&Arc<Bind>, RoutingError> {
        self.bind(name).ok_or_else(|| self.unknown_bind(name))
    }

    /// The shards of a group; `None` if it has none.
    pub(crate) fn shards(&self, group: &str) -> Option<&Arc<[String]>> {
        let shards = self.shards.get_or_init(|| shards_of(&self.order));
        shards.get(group)
    }

    /// What the nodes speak, each once.
    #[cfg(feature = "stream")]
    pub(crate) fn backends(&self) -> &[DbBackend] {
        &self.backends
    }

    /// Master of a bind, by default of the default one.
    pub(crate) fn home(&self, name: Option<&BindName>) -> Option<&Arc<Node>> {
        let bind = match name {
            Some(name) => self.bind(name),
            None => self.default.as_ref(),
        };
        bind.map(|bind| &bind.master)
    }

    #[cold]
    fn unknown_bind(&self, name: &BindName) -> RoutingError {
        self.unknown(name.to_string())
    }

    fn unknown(&self, key: String) -> RoutingError {
        RoutingError::UnknownKey {
            key,
            known: self.known().map(BindName::to_string).collect(),
        }
    }

    /// Some binds for who has named one that there is not.
    pub(crate) fn known(&self) -> impl Iterator<Item = &BindName> {
        some_of(&self.order)
    }

    /// The binds that have servers of their own.
    pub(crate) fn binds(&self) -> impl Iterator<Item = &Arc<Bind>> {
        self.all_binds().filter(|bind| bind.lodges.is_none())
    }

    /// And those that are on the servers of others.
    pub(crate) fn all_binds(&self) -> impl Iterator<Item = &Arc<Bind>> {
        self.order.iter().filter_map(|name| self.binds.get(name))
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Arc<Node>> {
        self.binds().flat_map(|bind| bind.nodes())
    }

    /// The only bind, when there is no other that a statement could belong to.
    pub(crate) fn only(&self) -> Option<&Arc<Bind>> {
        match self.order.as_slice() {
            [name] => self.binds.get(name),
            _ => None,
        }
    }
}

fn add_backends<'b>(backends: &mut Vec<DbBackend>, binds: impl Iterator<Item = &'b Arc<Bind>>) {
    for backend in binds.filter_map(|bind| bind.master.backend) {
        if !backends.contains(&backend) {
            backends.push(backend);
        }
    }
}

fn shards_of(order: &[BindName]) -> HashMap<String, Arc<[String]>> {
    let mut shards: HashMap<String, Vec<String>> = HashMap::new();
    for (group, shard) in order.iter().filter_map(|bind| group_of(bind.as_str())) {
        let shards = shards.entry(group.to_owned()).or_default();
        shards.push(shard.to_owned());
    }
    let shards = shards.into_iter();
    shards
        .map(|(group, shards)| (group, shards.into()))
        .collect()
}
