use std::{collections::HashMap, sync::Arc, time::Duration};

use sea_orm::{DbBackend, DbErr};
use tokio::time::sleep;

use super::Server;
use crate::{
    bind::RegistryBuilder,
    catalogue::Known,
    closure::BoxFuture,
    config::{Balance, FunctionsConfig},
    dispatch::{
        Attempt, Decision, Dispatcher, Judgements, Router, Scope, Wording, Work,
        hedge::{First, hedged},
    },
    driver::Capacity,
    error::RoutingError,
    freshness::{Moment, Source},
    node::{Bind, Node, Policy, Random, Replication, Role, Topology, test_node_of, test_policy},
    session::{Consistency, SessionId},
};

/// A point read; what it is does not matter.
pub(super) const READ: &str = "SELECT name FROM cake WHERE id = $1";

/// One that takes long on every node.
pub(super) const SLOW_READ: &str = "SELECT count(*) FROM cake";

/// The monitor's, while somebody waits.
const BEAT: Duration = Duration::from_millis(100);

#[derive(Clone)]
pub(super) struct Setup {
    pub(super) slaves: usize,
    pub(super) balance: Balance,
    pub(super) policy: Policy,
    pub(super) connections: u32,
    pub(super) latency: Duration,
    pub(super) seed: u64,
}

impl Default for Setup {
    fn default() -> Self {
        let mut policy = test_policy();
        policy.reads.consistency = Consistency::Eventual;
        Self {
            slaves: 2,
            balance: Balance::Random,
            policy,
            connections: 5,
            latency: Duration::from_millis(1),
            seed: 7,
        }
    }
}

/// A master and its slaves, and what routes to them.
#[derive(Debug)]
pub(super) struct Fleet {
    pub(super) dispatcher: Arc<Dispatcher>,
    home: Arc<Node>,
    servers: HashMap<String, Server>,
}

impl Fleet {
    /// The slaves' positions are known at each beat from now on.
    pub(super) fn start(setup: Setup) -> Arc<Self> {
        let source = Source::Positions;
        let replication = Arc::new(Replication::new(setup.policy, source, false));
        let capacity = Capacity {
            connections: setup.connections,
            patience: Duration::from_secs(1),
        };
        let node = |name: &str, role| {
            Arc::new(test_node_of(
                name,
                role,
                replication.clone(),
                Some(capacity),
            ))
        };
        let master = node("master", Role::Master);
        let names = (1..=setup.slaves).map(|number| format!("slave-{number}"));
        let slaves: Vec<_> = names.map(|name| node(&name, Role::Slave)).collect();
        let lag = |role| match role {
            Role::Master => Duration::ZERO,
            Role::Slave => Duration::from_millis(3),
        };
        let servers = slaves.iter().chain([&master]).map(|node| {
            let server = Server::new(capacity, setup.latency, lag(node.role));
            (node.name.to_string(), server)
        });
        let fleet = Arc::new(Self {
            servers: servers.collect(),
            home: master.clone(),
            dispatcher: Arc::new(Dispatcher::new(
                Topology::new(vec![Bind::new(master, slaves, setup.balance)]),
                Judgements::new(
                    RegistryBuilder::new().build(),
                    Known::new(FunctionsConfig::default()),
                ),
                Random::seeded(setup.seed),
                false,
                None,
            )),
        });
        fleet.beat();
        let beating = fleet.clone();
        tokio::spawn(async move {
            loop {
                sleep(BEAT).await;
                beating.beat();
            }
        });
        fleet
    }

    fn beat(&self) {
        let now = Moment::now();
        for slave in &self.bind().slaves {
            let lag = self.server(slave.name.as_str()).lag;
            slave.freshness.reached(now.minus(lag), now);
        }
        self.bind().replication.pulse.note_progress();
    }

    pub(super) fn bind(&self) -> Arc<Bind> {
        let topology = self.dispatcher.topology();
        topology.binds().next().unwrap().clone()
    }

    /// Answers that the servers have given.
    pub(super) fn answers(&self) -> u64 {
        self.servers.values().map(Server::answers).sum()
    }

    pub(super) fn server(&self, name: &str) -> &Server {
        &self.servers[name]
    }

    /// Reads once in a session; what it was shown, and where.
    pub(super) async fn read(
        self: &Arc<Self>,
        session: SessionId,
    ) -> Result<(String, Moment), DbErr> {
        self.read_text(session, READ).await
    }

    pub(super) async fn read_text(
        self: &Arc<Self>,
        session: SessionId,
        sql: &'static str,
    ) -> Result<(String, Moment), DbErr> {
        let scope = Scope {
            bind: Some("b".into()),
            session: Some(session),
            ..Scope::default()
        };
        let router = Router::new(&self.dispatcher, &scope, &self.home);
        let reading = Reading {
            fleet: self.clone(),
            sql,
            second: None,
        };
        router.run(reading).await
    }
}

/// A read as it is sent.
struct Reading {
    fleet: Arc<Fleet>,
    sql: &'static str,
    second: Option<Box<Decision>>,
}

impl Work for Reading {
    type Answer = (String, Moment);
    type Attempt = Attempt;
    type Sent = Moment;

    fn decide(&mut self, router: Router<'_>) -> Result<Decision, RoutingError> {
        router.decide(Wording::text(DbBackend::Postgres, self.sql))
    }

    fn sql(&mut self, _: &Decision) -> &str {
        self.sql
    }

    fn start<'w>(
        &'w mut self,
        router: Router<'w>,
        decision: &'w Decision,
        _: bool,
    ) -> (
        Attempt,
        impl Future<Output = Result<Moment, DbErr>> + Send + 'w,
    ) {
        let mut attempt = Attempt::new(router, decision, self.sql);
        let (fleet, sql) = (self.fleet.clone(), self.sql);
        let send = move |node: &Arc<Node>| -> BoxFuture<'static, _> {
            let (fleet, node) = (fleet.clone(), node.clone());
            Box::pin(async move { fleet.server(node.name.as_str()).read(sql).await })
        };
        let answer: BoxFuture<'w, _> = match router.hedge(decision) {
            Some(after) => {
                let first = First::new(router, (decision, after), &mut attempt, false, send);
                Box::pin(hedged(first, &mut self.second))
            }
            None => send(&decision.node),
        };
        (attempt, decision.served(answer))
    }

    fn finish(
        &mut self,
        router: Router<'_>,
        decision: &Decision,
        mut attempt: Attempt,
        sent: Result<Moment, DbErr>,
    ) -> Result<Self::Answer, DbErr> {
        let second = self.second.take();
        let decision = attempt.answered_by(decision, second.as_deref());
        let answer = decision.answered(router, sent);
        if let Err(error) = &answer {
            attempt.note_failure(decision, error);
        }
        answer.map(|state| (decision.node.name.to_string(), state))
    }
}
