use std::{fs, path::PathBuf, process::Stdio};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use tempfile::TempDir;
use tokio::process::Command;

/// The sample application's binds.yaml in a working directory of its own.
pub(crate) struct Sample {
    pub(crate) directory: TempDir,
}

/// What a run left on the terminal.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) errors: String,
}

impl Ended {
    /// Nothing but this, and success.
    #[track_caller]
    pub(crate) fn said(&self, lines: &[&str]) {
        let output: Vec<&str> = self.output.lines().collect();
        assert_eq!(
            (output, self.errors.as_str(), self.code),
            (lines.to_vec(), "", Some(0))
        );
    }

    /// No complaint, and this among what it said.
    #[track_caller]
    pub(crate) fn passed(&self, said: &[&str]) {
        self.failed(0, &[]);
        for said in said {
            assert!(self.output.contains(said), "{said}: {}", self.output);
        }
    }

    /// Nothing but this as its complaint, and that exit code.
    #[track_caller]
    pub(crate) fn failed(&self, code: i32, lines: &[&str]) {
        let errors: Vec<&str> = self.errors.lines().collect();
        assert_eq!(
            (errors, self.code),
            (lines.to_vec(), Some(code)),
            "{}",
            self.output
        );
    }
}

impl Sample {
    /// Binds `default` and `reports` at the given masters, with slaves.
    pub(crate) fn new(default: &[String], reports: &[String]) -> Self {
        let sample = Self {
            directory: tempfile::tempdir().unwrap(),
        };
        let bind = |name: &str, urls: &[String]| {
            let slaves: String = urls[1..]
                .iter()
                .map(|url| format!("      - {url}\n"))
                .collect();
            let slaves = if slaves.is_empty() {
                slaves
            } else {
                format!("    slaves:\n{slaves}")
            };
            format!("  {name}:\n    master: {}\n{slaves}", urls[0])
        };
        let yaml = format!(
            "binds:\n{}{}",
            bind("default", default),
            bind("reports", reports)
        );
        fs::write(sample.path("binds.yaml"), yaml).unwrap();
        sample
    }

    /// A master and a slave on one file for each bind; relative paths begin in the working directory.
    pub(crate) fn sqlite() -> Self {
        Self::new(&file("app"), &file("reports"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_migration"));
        command
            .args(arguments)
            .current_dir(self.directory.path())
            .env_remove("BINDS_YAML")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Ended {
        ended(self.command(arguments)).await
    }

    /// A connection to a SQLite file that the runner knows nothing of.
    pub(crate) async fn open(&self, name: &str) -> DatabaseConnection {
        let path = self.path(name);
        Database::connect(format!("sqlite://{}.db?mode=rwc", path.display()))
            .await
            .unwrap()
    }

    /// The tables of a SQLite file, in the order of their names.
    pub(crate) async fn tables(&self, name: &str) -> Vec<String> {
        let text = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY 1";
        texts(&self.open(name).await, text).await
    }
}

pub(crate) async fn ended(mut command: Command) -> Ended {
    let output = command.output().await.unwrap();
    Ended {
        code: output.status.code(),
        output: String::from_utf8(output.stdout).unwrap(),
        errors: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) fn file(name: &str) -> Vec<String> {
    ["rwc", "ro"]
        .map(|mode| format!("sqlite://{name}.db?mode={mode}"))
        .to_vec()
}

/// The first column.
pub(crate) async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await.unwrap();
    rows.iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect()
}
