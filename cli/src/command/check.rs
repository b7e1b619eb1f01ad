use std::{path::Path, time::Duration};

use sea_orm_routing::{
    BindsConfig, ConfigError, ConnectError, DEFAULT_BIND, MASTER_NODE, Role, RoutingDatabase,
    Status,
    config::{BindConfig, FailoverConfig, NodeConfig, Roles},
    status::{NodeState, NodeStatus},
};
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::{
    error::CommandError,
    format::Format,
    output::{say, say_json},
};
use crate::migration::read_only;

/// How often it is looked whether it is known how the nodes are.
const LOOK: Duration = Duration::from_millis(100);

/// What was found.
#[derive(Default, Serialize)]
struct Report {
    file: String,
    problems: Vec<Problem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nodes: Option<Vec<NodeStatus>>,
    #[serde(skip)]
    table: String,
    /// Whether the file was read, and named.
    #[serde(skip)]
    is_read: bool,
}

#[derive(Serialize)]
struct Problem {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    /// The key in the file, or the node.
    at: String,
    what: String,
}

pub(super) async fn check(
    path: &Path,
    connects: Option<Duration>,
    format: Format,
) -> Result<bool, CommandError> {
    let mut report = Report {
        file: path.display().to_string(),
        ..Report::default()
    };
    match BindsConfig::from_path(path) {
        Err(error) => report.note_config(&error),
        Ok(config) => {
            let nodes: usize = config.binds.iter().map(|bind| 1 + bind.slaves.len()).sum();
            let binds = config.binds.len();
            let counted = format!(
                "{}: {}, {}",
                report.file,
                number(binds, "bind"),
                number(nodes, "node")
            );
            report.is_read = true;
            if let Some(patience) = connects {
                report.ask(&config, patience).await;
            }
            if format == Format::Text {
                say(&counted)?;
            }
        }
    }
    match format {
        Format::Json => say_json(&report)?,
        Format::Text => report.print()?,
    }
    Ok(report.problems.is_empty())
}

impl Report {
    fn note(&mut self, at: impl ToString, what: impl Into<String>) {
        self.problems.push(Problem {
            line: None,
            at: at.to_string(),
            what: what.into(),
        });
    }

    fn note_config(&mut self, error: &ConfigError) {
        self.problems
            .extend(error.problems().iter().map(|problem| Problem {
                line: problem.line,
                at: problem.key.clone(),
                what: format!("found {}, expected {}", problem.found, problem.expected),
            }));
    }

    /// Connects to every node. The first that can't be connected ends that, so then each is tried alone.
    async fn ask(&mut self, config: &BindsConfig, patience: Duration) {
        match RoutingDatabase::from_config(config.clone()).await {
            Ok(db) => {
                let status = known(&db, patience).await;
                self.judge_nodes(&status);
                // That one is down is said already.
                let is_up = |bind: &&BindConfig| {
                    let mut nodes = status.nodes.iter();
                    let is_down = |node: &NodeStatus| {
                        node.role == Role::Master && node.state == NodeState::Down
                    };
                    !nodes.any(|node| node.bind == bind.name.as_str() && is_down(node))
                };
                for bind in config.binds.iter().filter(is_up) {
                    match db.bind(&bind.name) {
                        Ok(db) => self.judge(&bind.name, &db).await,
                        Err(error) => self.note(&bind.name, error.to_string()),
                    }
                }
                self.table = status.to_string();
                self.nodes = Some(status.nodes);
                db.close().await.ok();
            }
            Err(ConnectError::Node { node, source, .. }) => {
                for bind in &config.binds {
                    for each in std::iter::once(&bind.master).chain(&bind.slaves) {
                        self.try_alone(config, bind, each).await;
                    }
                }
                if self.problems.is_empty() {
                    // Alone it was there, a moment later.
                    self.note(node, source.to_string());
                }
            }
            Err(error) => self.note("", error.to_string()),
        }
    }

    async fn try_alone(&mut self, config: &BindsConfig, bind: &BindConfig, node: &NodeConfig) {
        let mut only = bind.clone();
        only.name = DEFAULT_BIND.to_owned();
        only.slaves.clear();
        // Else a master that is down is waited for in the background.
        only.failover = FailoverConfig::new().roles(Roles::Fixed);
        only.master = node.clone();
        only.master.name = MASTER_NODE.to_owned();
        let mut alone = config.clone();
        alone.binds = vec![only];
        let key = format!("{}.{}", bind.name, node.name);
        match RoutingDatabase::from_config(alone).await {
            Err(ConnectError::Node { source, .. }) => self.note(key, source.to_string()),
            Err(error) => self.note(key, error.to_string()),
            Ok(db) => {
                db.close().await.ok();
            }
        }
    }

    async fn judge(&mut self, bind: &str, db: &RoutingDatabase) {
        let status = db.status();
        // Another node may have become it.
        let master = status.nodes.iter().find(|node| node.role == Role::Master);
        let key = master.map_or_else(|| bind.to_owned(), |node| format!("{bind}.{}", node.node));
        match read_only(&db.master()).await {
            Ok(None) => {}
            Ok(Some(sign)) => self.note(key, format!("it takes no writes: {sign}")),
            Err(error) => self.note(key, error.to_string()),
        }
    }

    fn judge_nodes(&mut self, status: &Status) {
        for node in &status.nodes {
            let key = format!("{}.{}", node.bind, node.node);
            let why = node
                .last_error
                .as_deref()
                .unwrap_or("its server has not answered yet");
            match node.state {
                NodeState::Down => self.note(&key, format!("down: {why}")),
                NodeState::Unknown => {
                    self.note(&key, format!("how far it is can't be seen: {why}"))
                }
                NodeState::Lagging => self.note(&key, "it is further behind than `max_lag`"),
                _ => {}
            }
            if node.refuses_writes == Some(false) {
                self.note(&key, "its sessions take writes");
            }
        }
    }

    fn print(&self) -> Result<(), CommandError> {
        if !self.table.is_empty() {
            say(&self.table)?;
        }
        let file = match self.is_read {
            true => String::new(),
            false => format!("{}: ", self.file),
        };
        match self.problems.len() {
            0 => say("no problem")?,
            count => say(&format!("{file}{}", number(count, "problem")))?,
        }
        for Problem { line, at, what } in &self.problems {
            let line = line.map_or_else(String::new, |line| format!("line {line}, "));
            let at = if at.is_empty() { "the file" } else { at };
            say(&format!("  {line}{at}: {what}"))?;
        }
        Ok(())
    }
}

/// How the nodes are as soon as that is known of all slaves, or when the time is over.
async fn known(db: &RoutingDatabase, patience: Duration) -> Status {
    let deadline = Instant::now() + patience;
    loop {
        let status = db.status();
        let is_known = |node: &NodeStatus| {
            node.role == Role::Master
                || matches!(node.state, NodeState::Serving | NodeState::Warming)
        };
        if status.nodes.iter().all(is_known) || Instant::now() > deadline {
            return status;
        }
        sleep(LOOK).await;
    }
}

fn number(count: usize, of: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {of}{plural}")
}
