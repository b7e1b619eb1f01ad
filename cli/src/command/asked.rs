use std::{
    collections::{BTreeMap, HashSet},
    io::{IsTerminal, stderr},
    sync::Arc,
    time::Duration,
};

use sea_orm_migration::sea_orm::{ConnectionTrait, Statement};
use sea_orm_routing::{
    Role, RoutingDatabase, Status,
    status::{NodeState, NodeStatus},
};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep, timeout_at},
};

use super::output::harmless;

/// How often it is looked whether it is known how the nodes are.
const LOOK: Duration = Duration::from_millis(100);

/// Nodes that are asked at once.
const AT_ONCE: usize = 16;

/// How the nodes are, after each was asked.
pub(super) struct Asked {
    pub(super) status: Status,
    /// The nodes that answered, as `bind.node`.
    pub(super) answered: HashSet<String>,
}

/// Asks every node, all of them together for no longer than `patience`, and waits as long until it is known how far the slaves are.
///
/// A node that gives no answer is down, whatever was known of it.
pub(super) async fn asked(db: &RoutingDatabase, patience: Duration) -> Asked {
    let deadline = Instant::now() + patience;
    let nodes: Vec<_> = db.status().nodes.iter().map(key).collect();
    let (turns, mut asking) = (Arc::new(Semaphore::new(AT_ONCE)), JoinSet::new());
    for key in nodes.iter().cloned() {
        let (db, turns) = (db.clone(), turns.clone());
        asking.spawn(async move {
            let asked = async {
                let _turn = turns.acquire().await;
                ask(&db, &key).await
            };
            let answer = timeout_at(deadline, asked).await;
            let answer = answer.unwrap_or_else(|_| Err(format!("no answer within {patience:?}")));
            (key, answer)
        });
    }
    let (mut answers, all) = (BTreeMap::new(), nodes.len());
    while let Some(answer) = asking.join_next().await {
        if let Ok((key, answer)) = answer {
            let told = answer
                .as_ref()
                .map_or_else(String::clone, |()| "answers".to_owned());
            progress(&format!("{} of {all}: {key}: {told}", answers.len() + 1));
            answers.insert(key, answer);
        }
    }
    let mut status = known(db, deadline, &answers).await;
    for node in &mut status.nodes {
        if let Some(Err(error)) = answers.get(&key(node)) {
            node.state = NodeState::Down;
            node.last_error = Some(match node.last_error.take() {
                Some(fault) if fault.contains(error.as_str()) => fault,
                Some(fault) => format!("{fault}: {error}"),
                None => error.clone(),
            });
        }
    }
    let answered = answers.into_iter().filter(|(_, answer)| answer.is_ok());
    Asked {
        status,
        answered: answered.map(|(key, _)| key).collect(),
    }
}

/// Its name with that of its bind.
pub(super) fn key(node: &NodeStatus) -> String {
    format!("{}.{}", node.bind, node.node)
}

/// Whether it does what its role asks for, or may soon.
pub(super) fn is_well(node: &NodeStatus) -> bool {
    matches!(
        node.state,
        NodeState::Serving | NodeState::Warming | NodeState::Slow
    )
}

async fn ask(db: &RoutingDatabase, key: &str) -> Result<(), String> {
    let node = db.bind(key).map_err(|error| error.to_string())?;
    let question = Statement::from_string(node.get_database_backend(), "SELECT 1");
    let answer = node.query_one_raw(question).await;
    answer.map(drop).map_err(|error| error.to_string())
}

/// How the nodes are as soon as that is known of all slaves that answered, or when the time is over.
async fn known(
    db: &RoutingDatabase,
    deadline: Instant,
    answers: &BTreeMap<String, Result<(), String>>,
) -> Status {
    loop {
        let status = db.status();
        let is_known = |node: &NodeStatus| {
            let is_silent = answers.get(&key(node)).is_some_and(Result::is_err);
            node.role == Role::Master || is_silent || is_well(node)
        };
        if status.nodes.iter().all(is_known) || Instant::now() > deadline {
            return status;
        }
        sleep(LOOK).await;
    }
}

/// A line for who waits at a terminal.
pub(super) fn progress(line: &str) {
    if stderr().is_terminal() {
        eprintln!("{}", harmless(line));
    }
}
