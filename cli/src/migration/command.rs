use std::fmt;

use clap::Subcommand;

/// The commands of `sea-orm-cli migrate` that speak to a database, with its names, options and words.
#[derive(Clone, Copy, Debug, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// Drop all tables from the database, then reapply all migrations
    Fresh,
    /// Rollback all applied migrations, then reapply all migrations
    Refresh,
    /// Rollback all applied migrations
    Reset,
    /// Check the status of all migrations
    Status,
    /// Apply pending migrations
    Up {
        /// Number of pending migrations to apply
        #[arg(short, long)]
        num: Option<u32>,
    },
    /// Rollback applied migrations
    Down {
        /// Number of applied migrations to be rolled back
        #[arg(short, long, default_value_t = 1)]
        num: u32,
    },
}

impl Command {
    /// Whether it takes back migrations and applies the same ones again.
    pub(crate) fn repeats(self) -> bool {
        matches!(self, Self::Fresh | Self::Refresh)
    }
}

/// As SeaORM's: no command applies what is pending.
impl Default for Command {
    fn default() -> Self {
        Self::Up { num: None }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fresh => "fresh",
            Self::Refresh => "refresh",
            Self::Reset => "reset",
            Self::Status => "status",
            Self::Up { .. } => "up",
            Self::Down { .. } => "down",
        })
    }
}
