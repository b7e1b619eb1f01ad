use std::{path::PathBuf, time::Duration};

use clap::{Parser, value_parser};

use super::command::Command;

/// Runs the migrations of each bind on its own master.
///
/// Without a command, applies what is pending. Every selected bind's master is asked first whether it takes writes:
/// if one is a slave, nothing is run on any. The first bind that fails ends the run.
#[derive(Debug, Parser)]
#[command(
    name = "migration",
    version,
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage. Variables may also stand in a file `.env`."
)]
pub(crate) struct Arguments {
    /// The bind to migrate; without this and --all it is `default`, as for a handle without a bind
    #[arg(long, value_name = "KEY", global = true, conflicts_with = "all")]
    pub(crate) bind: Option<String>,

    /// Every bind that has migrations, one after the other
    #[arg(long, global = true)]
    pub(crate) all: bool,

    /// The group of binds to migrate: all of its shards, those that fail as well as the others
    #[arg(long, value_name = "GROUP", global = true, conflicts_with_all = ["all", "bind"])]
    pub(crate) group: Option<String>,

    /// How many shards of a group are migrated at once
    #[arg(
        long,
        value_name = "SHARDS",
        global = true,
        default_value_t = 4,
        value_parser = value_parser!(u16).range(1..)
    )]
    pub(crate) limit: u16,

    /// The file with the binds' addresses
    #[arg(
        long,
        value_name = "PATH",
        global = true,
        env = "BINDS_YAML",
        default_value = "binds.yaml"
    )]
    pub(crate) config: PathBuf,

    /// After each bind, wait until all its slaves show the change; fails after so many seconds (60 if not given)
    #[arg(
        long,
        value_name = "SECONDS",
        global = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "60",
        value_parser = value_parser!(u32).range(1..)
    )]
    pub(crate) wait_for_slaves: Option<u32>,

    /// Show debug messages
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

impl Arguments {
    /// The bind or group that is asked for, if one is.
    pub(crate) fn named(&self) -> Option<&str> {
        self.bind.as_deref().or(self.group.as_deref())
    }

    pub(crate) fn command(&self) -> Command {
        self.command.unwrap_or_default()
    }

    /// How long slaves are waited for, if at all.
    pub(crate) fn patience(&self) -> Option<Duration> {
        let seconds = self.wait_for_slaves?;
        Some(Duration::from_secs(seconds.into()))
    }
}
