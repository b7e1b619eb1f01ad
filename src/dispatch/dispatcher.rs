use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use sea_orm::{DbBackend, EntityTrait};
use tokio::time::{Instant, interval};
use tracing::{debug, warn};

use super::{
    Decision, Governance, Judgements, Wording, background::Background, closer::close_idle_binds,
    judgement::Defines, logins::keep_logins,
};
#[cfg(feature = "metrics")]
use crate::telemetry::{PERIOD, Publisher};
use crate::{
    bind::{Registry, Target},
    catalogue::{Refresh, source_of},
    classify::Access,
    coordinator::Realms,
    error::RoutingError,
    events::NODE,
    freshness::{Moment, Position, Source},
    modification::Hub,
    monitor::{Desks, Monitor, position, refuses_writes},
    names::BindName,
    node::{Bind, Node, Quota, Random, Topology},
    rule::BindRule,
    session::DatabaseId,
    shard::ShardResolver,
};

/// How long connecting waits to know how far the slaves are: until then, the master serves the reads.
const FIRST_KNOWLEDGE: Duration = Duration::from_secs(1);

/// How often a slave that was given is asked what it is, until it answers.
const ASKING: Duration = Duration::from_secs(5);

/// What all handles of a database share: everything that a route depends on, and what keeps it true in the background.
pub(crate) struct Dispatcher {
    pub(crate) id: DatabaseId,
    pub(super) topology: Arc<ArcSwap<Topology>>,
    pub(super) judgements: Arc<Judgements>,
    background: Background,
    /// What the pools of all binds may have.
    quota: Arc<Quota>,
    /// Where the monitors of all binds ask.
    desks: Arc<Desks>,
    /// Whether binds that nobody uses are closed.
    closes_idle: AtomicBool,
    /// Made when catalogues begin to be read.
    refresh: OnceLock<Arc<Refresh>>,
    pub(super) random: Random,
    pub(super) echo: bool,
    /// The application's own.
    pub(super) rule: Option<Arc<dyn BindRule>>,
    /// By group.
    pub(crate) resolvers: HashMap<String, Arc<dyn ShardResolver>>,
    /// Whether there is more to ask than a statement's tables.
    pub(crate) governance: Arc<Governance>,
    pub(crate) modifications: Hub,
    #[cfg(feature = "metrics")]
    publisher: Arc<Publisher>,
    /// Where distributed transactions have been decided.
    pub(crate) realms: Realms,
}

impl fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.rule.as_ref().map(|rule| rule.name());
        f.debug_struct("Dispatcher")
            .field("topology", &self.topology)
            .field("rule", &rule)
            .finish_non_exhaustive()
    }
}

impl Dispatcher {
    pub(crate) fn new(
        topology: Topology,
        judgements: Judgements,
        random: Random,
        echo: bool,
        rule: Option<Arc<dyn BindRule>>,
    ) -> Self {
        let (id, quota) = (DatabaseId::new(), Arc::<Quota>::default());
        Self {
            id,
            topology: Arc::new(ArcSwap::from_pointee(topology.of_database(id, &quota))),
            judgements: Arc::new(judgements),
            background: Background::default(),
            quota,
            desks: Arc::default(),
            closes_idle: AtomicBool::new(false),
            refresh: OnceLock::new(),
            random,
            echo,
            governance: Governance::new(rule.is_some()),
            rule,
            resolvers: HashMap::new(),
            modifications: Hub::default(),
            #[cfg(feature = "metrics")]
            publisher: Arc::default(),
            realms: Realms::default(),
        }
    }

    /// The same, with what says which shards keys are on.
    pub(crate) fn with_resolvers(self, resolvers: HashMap<String, Arc<dyn ShardResolver>>) -> Self {
        let mut resolving = self;
        resolving.resolvers = resolvers;
        resolving
    }

    /// The same, as metrics call it.
    pub(crate) fn with_name(self, name: Option<String>) -> Self {
        let mut named = self;
        #[cfg(feature = "metrics")]
        {
            named.publisher = Arc::new(Publisher::named(name));
        }
        named
    }

    pub(crate) fn topology(&self) -> Arc<Topology> {
        self.topology.load_full()
    }

    /// So many connections may the pools of all binds have together; `None` for no limit.
    pub(crate) fn limit_connections(&self, most: Option<u32>) {
        self.quota.limit(most);
    }

    /// Replaces the topology; `change` may run more than once.
    pub(crate) fn publish(&self, change: impl Fn(&Topology) -> Topology) {
        self.topology.rcu(|topology| Arc::new(change(topology)));
    }

    /// Replaces the topology unless it is no longer that of `before`.
    pub(crate) fn replace(&self, before: &Arc<Topology>, after: Topology) -> bool {
        let found = self.topology.compare_and_swap(before, Arc::new(after));
        Arc::ptr_eq(&found, before)
    }

    /// What a text does, wherever it runs.
    pub(crate) fn access(&self, backend: DbBackend, sql: &str) -> Access {
        match self
            .judgements
            .of(Wording::text(backend, sql))
            .class
            .is_read()
        {
            true => Access::Read,
            false => Access::Write,
        }
    }

    /// Replaces what is known of where tables are.
    pub(crate) fn set_registry(&self, registry: Registry) {
        self.judgements.set_registry(registry);
    }

    /// Reads the catalogues of all binds' databases, now and from time to time.
    pub(crate) async fn learn_catalogues(&self) {
        let refresh = self
            .refresh
            .get_or_init(|| Arc::new(Refresh::new(&self.topology)));
        let keep_fresh = self.judgements.learn_catalogues(refresh.clone()).await;
        self.background.spawn(keep_fresh);
    }

    /// Does so in the background, without which nobody could.
    pub(crate) fn learn_catalogues_soon(&self) {
        let refresh = Arc::new(Refresh::new(&self.topology));
        if tokio::runtime::Handle::try_current().is_err() || refresh.binds().is_empty() {
            return;
        }
        let refresh = self.refresh.get_or_init(|| refresh).clone();
        let judgements = self.judgements.clone();
        self.background
            .spawn(async move { judgements.learn_catalogues(refresh).await.await });
    }

    /// Has the catalogue read again after a definition: before anything else may rest on it, unless tables alone were
    /// defined.
    pub(super) async fn note_definition(&self, decision: &Decision) {
        self.judgements.forget_places();
        match decision.judgement.defines() {
            Defines::Nothing => {}
            Defines::Tables => self.judgements.want_catalogues(),
            Defines::Other => self.learn_again(&decision.node.bind).await,
        }
    }

    /// Has the catalogues read soon: something may have been defined where nobody sees it.
    pub(crate) fn expect_definition(&self) {
        self.judgements.forget_places();
        self.judgements.want_catalogues();
    }

    /// Has the catalogue of a bind read that has been added, if it is not one of a group that is known already.
    pub(crate) fn bind_was_added(&self, bind: &BindName) {
        if self.refresh.get().is_some() && self.judgements.expects(&source_of(bind)) {
            self.judgements.want_catalogues();
        }
    }

    /// Forgets the catalogues of binds that are gone, and has those of new ones read.
    pub(crate) fn topology_has_changed(&self) {
        if let Some(refresh) = self.refresh.get() {
            refresh.forget();
            self.judgements.keep_binds(&refresh.binds());
            self.judgements.want_catalogues();
        }
    }

    /// Reads the catalogue of a bind again, if catalogues are read: something was defined there.
    pub(crate) async fn learn_again(&self, bind: &BindName) {
        self.judgements.forget_places();
        if let Some(refresh) = self.refresh.get() {
            self.judgements.learn(refresh, bind).await;
        }
    }

    /// Has the credentials of nodes renewed before they end.
    pub(crate) fn keep_logins(&self) {
        self.background.spawn(keep_logins(self.topology.clone()));
    }

    /// Tells the recorder of metrics what was counted since it was last told.
    #[cfg(feature = "metrics")]
    pub(crate) fn publish_metrics(&self) {
        self.publisher
            .publish(&self.topology(), self.judgements.take_classified());
    }

    /// Does so for the last time.
    #[cfg(feature = "metrics")]
    pub(crate) fn end_metrics(&self) {
        self.publisher
            .end(&self.topology(), self.judgements.take_classified());
    }

    /// Does so in the background, from time to time.
    #[cfg(feature = "metrics")]
    pub(crate) fn publish_metrics_regularly(&self) {
        if tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        let (publisher, judgements) = (self.publisher.clone(), self.judgements.clone());
        let topology = self.topology.clone();
        self.background.spawn(async move {
            let mut beat = interval(PERIOD);
            loop {
                beat.tick().await;
                publisher.publish(&topology.load_full(), judgements.take_classified());
            }
        });
    }

    /// Has every bind watched whose slaves are compared with their master.
    ///
    /// Without a runtime it is done with the first read that needs it.
    pub(crate) fn watch_all(&self) {
        self.topology().binds().for_each(|bind| {
            // It is opened with its first statement.
            if !bind.may_be_unwatched() {
                self.watch(bind);
            }
            self.ask_given(bind);
        });
        self.close_idle_binds();
    }

    /// Has binds closed that nobody uses, where their options say so.
    pub(crate) fn close_idle_binds(&self) {
        let is_asked_for = |bind: &Arc<Bind>| bind.replication.policy.idle.close_idle.is_some();
        if tokio::runtime::Handle::try_current().is_err()
            || self.closes_idle.load(Ordering::Relaxed)
            || !self.topology().binds().any(is_asked_for)
        {
            return;
        }
        if !self.closes_idle.swap(true, Ordering::Relaxed) {
            self.background
                .spawn(close_idle_binds(self.topology.clone()));
        }
    }

    /// Asks the slaves of `bind` that were given, once each, whether their sessions refuse writes.
    fn ask_given(&self, bind: &Bind) {
        if tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        // Those of poolers are asked by the monitor, again and again: others may stand behind them tomorrow.
        let given =
            |slave: &&Arc<Node>| !slave.opener.opens_anew() && slave.refuses_writes().is_none();
        for slave in bind.slaves.iter().filter(given).cloned() {
            self.background.spawn(async move {
                let mut asking = interval(ASKING);
                loop {
                    asking.tick().await;
                    match refuses_writes(&slave.connection).await {
                        Ok(Some(refuses)) => return slave.note_protection(refuses),
                        Ok(None) => return,
                        Err(error) => debug!(target: NODE, node = slave.key(), %error, "the slave does not say whether it takes writes"),
                    }
                }
            });
        }
    }

    /// Has `bind` watched, if its slaves are compared with their master and nobody does so yet.
    pub(crate) fn watch(&self, bind: &Bind) {
        if bind.replication.is_watched() || tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        if !bind.replication.is_watchable() || bind.slaves.is_empty() {
            return;
        }
        if let Some(watched) = bind.replication.watch() {
            let monitor = Monitor::new(bind, self.topology.clone(), self.desks.clone());
            self.background.spawn(monitor.run(watched));
        }
    }

    /// How far the master of `bind` has come, asked for now on a connection of its pool.
    pub(crate) async fn position(&self, bind: &Bind) -> Option<Position> {
        if matches!(bind.replication.source, Source::Window(_) | Source::Shared) {
            // Nobody compares it.
            return None;
        }
        if bind.master.health.is_down() {
            return None;
        }
        let known = bind
            .replication
            .samples()
            .latest()
            .map(|(_, position)| position.clone());
        let position = position(&bind.master, bind.replication.source, known).await;
        position
            .inspect_err(
                |error| warn!(target: NODE, bind = %bind.name, error, "the master's position can't be read"),
            )
            .ok()
    }

    /// Waits until it is known how far the slaves are, if that can be had soon.
    pub(crate) async fn first_knowledge(&self) {
        let deadline = Instant::now() + FIRST_KNOWLEDGE;
        for bind in self.topology().binds() {
            let known = || {
                bind.slaves
                    .iter()
                    .all(|slave| slave.freshness.at(Moment::now()).is_some())
            };
            if bind.replication.is_watched() {
                bind.replication.pulse.until(deadline, known).await;
            }
        }
    }

    #[cfg(feature = "watch")]
    pub(crate) fn run_in_background(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.background.spawn(task);
    }

    /// Ends what runs in the background.
    pub(crate) fn stop(&self) {
        self.background.stop();
        self.modifications.close();
    }

    /// Whether it is no bind, but a group of them.
    pub(crate) fn is_group(&self, bind: &BindName) -> bool {
        self.judgements.is_group(bind)
    }

    /// The groups that there are.
    pub(crate) fn groups(&self) -> Vec<String> {
        self.judgements.groups()
    }

    /// Whether the application has a rule of its own.
    pub(crate) fn has_rule(&self) -> bool {
        self.rule.is_some()
    }

    /// Whether it was stopped: what is opened now would never be closed.
    pub(crate) fn is_stopped(&self) -> bool {
        self.background.is_stopped()
    }

    /// The bind, and perhaps node, of an entity.
    pub(crate) fn entity<E: EntityTrait>(
        &self,
        backend: Option<DbBackend>,
    ) -> Result<Target, RoutingError> {
        self.judgements.target_of::<E>(backend)
    }
}

/// Who drops the last handle need not have closed it.
#[cfg(feature = "metrics")]
impl Drop for Dispatcher {
    fn drop(&mut self) {
        self.end_metrics();
    }
}
