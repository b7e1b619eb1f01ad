use std::{error::Error, fmt, io, time::Duration};

use sea_orm_migration::sea_orm::DbErr;
use sea_orm_routing::{ConnectError, RoutingError};
use thiserror::Error;

use super::command::Command;

/// Why a run did not do all it was asked for.
#[derive(Debug, Error)]
pub(crate) enum RunError {
    /// Correct `--bind`, or add the bind to the list of migrators.
    #[error(
        "unknown bind `{bind}`; binds with migrations are {}",
        listed(known, '`')
    )]
    UnknownBind {
        bind: String,
        known: Vec<&'static str>,
    },
    /// Correct the file.
    #[error("{0}")]
    Environment(String),
    #[error("the runtime can't be started")]
    Runtime(#[source] io::Error),
    /// Correct the file, or see to the node that it names.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A bind that has migrations is not in the file: add it.
    #[error(transparent)]
    Routing(#[from] RoutingError),
    /// Correct `--group`, or add its shards to the file.
    #[error("`{group}` is no group with shards in the file")]
    NoShards { group: String },
    /// Mend what the sources say, and run the same command again: `up` passes over what is done.
    #[error("{failed}")]
    Shards {
        failed: FailedShards,
        done: Vec<&'static str>,
        left: Vec<&'static str>,
    },
    /// Correct the address of the bind's master, or promote the node.
    #[error(
        "bind `{bind}`: node `{node}` is a slave ({sign}), expected a master that takes writes; nothing was run"
    )]
    Slave {
        bind: String,
        node: String,
        sign: String,
    },
    /// See to the node.
    #[error("bind `{bind}`: node `{node}` did not say whether it is a master; nothing was run")]
    Unanswered {
        bind: String,
        node: String,
        source: DbErr,
    },
    /// Mend what the source says, and run the same command again: `up` passes over what is done.
    #[error("bind `{bind}`")]
    Stopped {
        bind: &'static str,
        done: Vec<&'static str>,
        left: Vec<&'static str>,
        source: Box<BindError>,
    },
}

/// What is not done of a group.
#[derive(Debug)]
pub(crate) struct FailedShards {
    pub(crate) group: &'static str,
    pub(crate) all: usize,
    pub(crate) shards: Vec<(String, ShardError)>,
}

impl fmt::Display for FailedShards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { group, all, shards } = self;
        write!(
            f,
            "group `{group}`: {} of {all} shards failed",
            shards.len()
        )?;
        for (shard, error) in shards {
            write!(f, "\n`{group}:{shard}`: {}", with_causes(error))?;
        }
        Ok(())
    }
}

/// What kept a shard from being migrated.
#[derive(Debug, Error)]
pub(crate) enum ShardError {
    /// It is no master, or does not say so; nothing was run on it.
    #[error(transparent)]
    Unfit(#[from] RunError),
    /// It was begun.
    #[error(transparent)]
    Bind(#[from] BindError),
}

/// What stopped a bind.
#[derive(Debug, Error)]
pub(crate) enum BindError {
    /// Mend the migration or the master; on PostgreSQL a failed migration has left nothing behind.
    #[error("`{command}` failed on the master")]
    Master { command: Command, source: DbErr },
    /// The history on the master can't be read, before or after a command that itself went well.
    #[error("the migration table can't be read on the master")]
    History(#[source] DbErr),
    #[error(transparent)]
    Routing(#[from] RoutingError),
    /// See to these slaves: the same command may be run again to wait for longer if it is `up` or `status`.
    #[error(
        "the master has the change; after {} s slaves still lack it: {}",
        patience.as_secs(),
        laggards.iter().map(Laggard::to_string).collect::<Vec<_>>().join(", ")
    )]
    Slaves {
        patience: Duration,
        laggards: Vec<Laggard>,
    },
}

/// A slave that did not show the change in time.
#[derive(Debug)]
pub(crate) struct Laggard {
    pub(crate) slave: String,
    /// What it said instead, if it did not simply show an older state.
    pub(crate) trouble: Option<String>,
}

impl fmt::Display for Laggard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.slave)?;
        match &self.trouble {
            Some(trouble) => write!(f, " ({trouble})"),
            None => Ok(()),
        }
    }
}

impl RunError {
    /// Whether other arguments would help.
    pub(crate) fn is_usage(&self) -> bool {
        matches!(self, Self::UnknownBind { .. })
    }

    /// Which binds are done and which were not begun, if there are others than the one that failed.
    pub(crate) fn progress(&self) -> Option<String> {
        let (Self::Stopped { done, left, .. } | Self::Shards { done, left, .. }) = self else {
            return None;
        };
        if done.is_empty() && left.is_empty() {
            return None;
        }
        let named = |binds: &[&str]| match binds {
            [] => "none".to_owned(),
            binds => listed(binds, '`'),
        };
        Some(format!(
            "done: {}; not started: {}",
            named(done),
            named(left)
        ))
    }
}

/// The names in quotation marks: those of Markdown in errors, SeaORM's in what is reported.
pub(crate) fn listed(names: &[&str], quote: char) -> String {
    let quoted = names.iter().map(|name| format!("{quote}{name}{quote}"));
    quoted.collect::<Vec<_>>().join(", ")
}

/// An error with its causes; SeaORM's errors repeat their source, which is then left out.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        let more = source.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = source.source();
    }
    text
}
