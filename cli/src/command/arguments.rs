use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{
    ArgGroup, Args, CommandFactory, Parser, Subcommand, ValueEnum, error::ErrorKind, value_parser,
};
use clap_complete::Shell;

use super::{binds_file::STANDARD_INPUT, format::Format};

/// The databases of a sea-orm-routing application: what binds.yaml says, where statements go, how the nodes are.
#[derive(Debug, Parser)]
#[command(
    name = "sea-orm-routing",
    version,
    after_help = "Exit codes: 0 all is well, 1 it is not, 2 wrong usage. Variables may also stand in a file `.env`. NO_COLOR is heeded. \
                  Where `-` is read in place of binds.yaml, relative paths in it start from the working directory, as they do in a file."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

impl Arguments {
    /// Those of the process. It ends here where they can't be understood, or help is asked for.
    pub(super) fn checked() -> Self {
        let arguments = Self::parse();
        if arguments.command.reads_twice() {
            let wrong = "standard input can be the statements or binds.yaml, not both";
            Self::command()
                .error(ErrorKind::ArgumentConflict, wrong)
                .exit();
        }
        arguments
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say everything that is wrong with binds.yaml
    ///
    /// With --connect its nodes are asked, too: whether each is there, whether masters take writes and their users may write, whether
    /// slaves refuse them, follow their master and are no further behind than `max_lag`, and whatever an application would warn of
    /// when it starts. Heartbeats are counted, and have no clock: what does not arrive is a lag.
    Check {
        #[command(flatten)]
        file: NamedFile,
        /// Connect to every node
        #[arg(long)]
        connect: bool,
        /// How long to wait for all nodes together, in seconds
        #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = value_parser!(u32).range(1..))]
        patience: u32,
        #[command(flatten)]
        output: Output,
    },
    /// Say what a statement is and where it would go, without any server
    ///
    /// Bind keys of entities are in the application's code, so that only `tables:` of binds.yaml counts here. Slaves are taken to hold what
    /// was written before, and functions of the databases that binds.yaml does not list to be unknown. Variables need not be set.
    #[command(group(ArgGroup::new("text").required(true).args(["sql", "statements"])))]
    Explain {
        /// The text; without it, --file
        #[arg(allow_hyphen_values = true, value_parser = text)]
        sql: Option<String>,
        /// A file of statements, cut as the server's client cuts it; `-` is the standard input
        #[arg(long = "file", value_name = "PATH")]
        statements: Option<PathBuf>,
        /// The server's dialect, unless binds.yaml says it
        #[arg(long)]
        dialect: Option<Dialect>,
        #[command(flatten)]
        file: File,
        #[command(flatten)]
        output: Output,
    },
    /// Show how the nodes are: those of binds.yaml as seen from here, or those of an application's status page
    Status {
        /// binds.yaml (`-` is the standard input), or the address of a status page: `http://app:3000/databases`
        #[arg(env = "BINDS_YAML", default_value = "binds.yaml")]
        of: String,
        /// Show it again and again, each two seconds
        #[arg(long)]
        watch: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Print the JSON schema of binds.yaml, for editors
    Schema,
    /// Print the dashboard of the metrics, to import into Grafana
    Dashboard,
    /// Run an application's migrations: `cargo run` in its package `migration`, with the arguments that follow
    #[command(disable_help_flag = true)]
    Migrate {
        /// The package
        #[arg(
            long = "migration-dir",
            value_name = "PATH",
            env = "MIGRATION_DIR",
            default_value = "./migration"
        )]
        directory: PathBuf,
        /// What the runner is told: `--all up`, `--help`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// End what crashed processes have left prepared of transactions in two phases
    ///
    /// A transaction of a living process that is just between its two phases is rolled back, too, and its commit says so: run it when
    /// none is under way, or take that in. What was decided is kept. --dry-run says what there is, and changes nothing: what is
    /// listed there twice, some seconds apart, is of no living process.
    Recover {
        #[command(flatten)]
        file: NamedFile,
        /// Only say what would be committed and rolled back
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Print what completes this command in a shell
    Completions {
        /// Whose
        shell: Shell,
    },
}

impl Command {
    /// Whether two things are to be read from standard input.
    fn reads_twice(&self) -> bool {
        let is_standard_input = |path: &Path| path == Path::new(STANDARD_INPUT);
        match self {
            Self::Explain {
                statements: Some(statements),
                file,
                ..
            } => is_standard_input(statements) && is_standard_input(&file.path),
            _ => false,
        }
    }

    /// Whether it reads what may be in the environment.
    pub(super) fn wants_environment(&self) -> bool {
        !matches!(
            self,
            Self::Schema | Self::Dashboard | Self::Completions { .. }
        )
    }
}

#[derive(Debug, Args)]
pub(super) struct File {
    /// The file with the binds' addresses; `-` is the standard input
    #[arg(
        long = "config",
        value_name = "PATH",
        env = "BINDS_YAML",
        default_value = "binds.yaml"
    )]
    pub(super) path: PathBuf,
}

/// The same, where nothing else is named.
#[derive(Debug, Args)]
pub(super) struct NamedFile {
    /// The same file, without --config; `-` is the standard input
    #[arg(value_name = "PATH")]
    named: Option<PathBuf>,
    #[command(flatten)]
    file: File,
}

impl NamedFile {
    pub(super) fn path(self) -> PathBuf {
        self.named.unwrap_or(self.file.path)
    }
}

#[derive(Debug, Args)]
pub(super) struct Output {
    /// How to say it
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Dialect {
    Postgres,
    Mysql,
    Sqlite,
}

/// A text of SQL, which may begin with a comment.
fn text(text: &str) -> Result<String, &'static str> {
    // Whatever else begins so is an option with a wrong name.
    match text.starts_with('-') && !text.contains('\n') {
        true => Err("no such option, and as SQL a comment alone"),
        false => Ok(text.to_owned()),
    }
}

/// How long `status` waits between two looks.
pub(super) const BETWEEN: Duration = Duration::from_secs(2);
