use std::{collections::HashSet, time::Duration};

use sea_orm_routing::{
    BindsConfig, ConfigError, ConnectError, Role, RoutingDatabase, Status,
    status::{NodeState, NodeStatus},
};
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use super::{
    asked::{Asked, asked, key},
    binds_file::BindsFile,
    error::CommandError,
    format::Format,
    identity::{Identity, lacks_grants},
    output::{say, say_json},
    overheard::Overheard,
};
use crate::migration::read_only;

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
    file: &BindsFile,
    connects: Option<Duration>,
    format: Format,
) -> Result<bool, CommandError> {
    let mut report = Report {
        file: file.name(),
        ..Report::default()
    };
    match file.config() {
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

    /// Connects to every node, whether others answer or not.
    async fn ask(&mut self, config: &BindsConfig, patience: Duration) {
        let overheard = Overheard::begin();
        let builder = RoutingDatabase::builder().lazily(true);
        let db = match builder.from_config(config.clone()).await {
            Ok(db) => db,
            Err(ConnectError::Node { node, source, .. }) => {
                return self.note(node, source.to_string());
            }
            Err(error) => return self.note("", error.to_string()),
        };
        let deadline = Instant::now() + patience;
        // Who hangs leaves time for those that answered.
        let Asked { status, answered } = asked(&db, patience * 2 / 3).await;
        self.judge_nodes(&status, &answered);
        for bind in &config.binds {
            let judged = self.judge(&bind.name, &db, &status, &answered);
            if timeout_at(deadline, judged).await.is_err() {
                self.note(
                    &bind.name,
                    format!("not all was answered within {patience:?}"),
                );
            }
        }
        self.note_overheard(&overheard);
        self.table = status.to_string();
        self.nodes = Some(status.nodes);
        // What still hangs is not waited for.
        timeout_at(deadline, db.close()).await.ok();
    }

    /// What production would log, and nothing here has said.
    fn note_overheard(&mut self, overheard: &Overheard) {
        for line in overheard.lines() {
            let is_said = |problem: &Problem| {
                let of_node = problem.at == line.at;
                let cause = line.what.split_once(": ").map_or("", |(_, cause)| cause);
                of_node
                    && (problem.what == line.what
                        || !cause.is_empty() && problem.what.contains(cause))
            };
            // Those of a state are said by it.
            let is_of_state = [
                "the node is down",
                "the slave is too far behind",
                "several nodes take writes",
            ]
            .iter()
            .any(|begin| line.what.starts_with(begin));
            if !is_of_state && !self.problems.iter().any(is_said) {
                self.note(line.at, line.what);
            }
        }
    }

    async fn judge(
        &mut self,
        bind: &str,
        db: &RoutingDatabase,
        status: &Status,
        answered: &HashSet<String>,
    ) {
        let nodes: Vec<_> = status
            .nodes
            .iter()
            .filter(|node| node.bind == bind)
            .collect();
        // Another node may have become it.
        let Some(master) = nodes.iter().find(|node| node.role == Role::Master) else {
            return;
        };
        let key_of = |node: &NodeStatus| Some(key(node)).filter(|key| answered.contains(key));
        let Some(key) = key_of(master) else { return };
        let Ok(at_master) = db.bind(&key) else { return };
        match read_only(&at_master).await {
            Ok(None) => match lacks_grants(&at_master).await {
                Ok(true) => self.note(
                    &key,
                    "its user may write none of the tables: a grant is missing",
                ),
                Ok(false) => {}
                Err(error) => self.note(&key, error.to_string()),
            },
            Ok(Some(sign)) => self.note(&key, format!("it takes no writes: {sign}")),
            Err(error) => self.note(&key, error.to_string()),
        }
        let Ok(Some(identity)) = Identity::of(&at_master).await else {
            return;
        };
        for slave in nodes.iter().filter(|node| node.role == Role::Slave) {
            let Some(key) = key_of(slave) else { continue };
            let Ok(at_slave) = db.bind(&key) else {
                continue;
            };
            match Identity::of(&at_slave).await {
                Ok(Some(slave)) => {
                    if let Some(wrong) = identity.wrong_with(&slave) {
                        self.note(&key, wrong);
                    }
                }
                Ok(None) => {}
                Err(error) => self.note(&key, error.to_string()),
            }
        }
    }

    fn judge_nodes(&mut self, status: &Status, answered: &HashSet<String>) {
        for node in &status.nodes {
            let key = key(node);
            let unknown = match answered.contains(&key) {
                true => "it answers, and is not known to hold what its master wrote",
                false => "its server has not answered",
            };
            let why = node.last_error.as_deref().unwrap_or(unknown);
            match node.state {
                NodeState::Down => self.note(&key, format!("down: {why}")),
                NodeState::Unknown => {
                    self.note(&key, format!("how far it is can't be seen: {why}"))
                }
                NodeState::Lagging => self.note(&key, "it is further behind than `max_lag`"),
                NodeState::Contested => self.note(&key, why),
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
            // A problem is one line.
            let what = what.replace(char::is_control, " ");
            say(&format!("  {line}{at}: {what}"))?;
        }
        Ok(())
    }
}

fn number(count: usize, of: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {of}{plural}")
}
