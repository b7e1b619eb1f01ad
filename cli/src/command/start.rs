use std::{error::Error, io::ErrorKind, process::ExitCode, time::Duration};

use tokio::runtime;

use super::{
    arguments::{Arguments, Command},
    binds_file::BindsFile,
    check::check,
    completions::completions,
    dashboard::dashboard,
    error::CommandError,
    explain::{Question, explain},
    migrate::migrate,
    output::harmless,
    recover::recover,
    schema::schema,
    status::status,
};
use crate::migration::{load_environment, with_causes};

/// The command, by the arguments of the process. Exit codes: 0 if all is well, 1 if not, 2 for arguments that can't be understood.
pub fn main() -> ExitCode {
    match run() {
        Ok(code) => ExitCode::from(code),
        // Who reads no further ends it without a word.
        Err(CommandError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}", harmless(&with_causes(&error as &dyn Error)));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<u8, CommandError> {
    let code = |is_well: bool| u8::from(!is_well);
    // First: the arguments may come from it, and no other thread may be there yet.
    let environment = load_environment();
    // Help is there without it.
    let command = Arguments::checked().command;
    if command.wants_environment() {
        environment.map_err(CommandError::Environment)?;
    }
    let is_well = match command {
        Command::Check {
            file,
            connect,
            patience,
            output,
        } => {
            let patience = Duration::from_secs(patience.into());
            let file = BindsFile::of(&file.path())?;
            waited(check(&file, connect.then_some(patience), output.format))
        }
        Command::Explain {
            sql,
            statements,
            dialect,
            file,
            output,
        } => explain(&Question {
            sql: sql.as_deref(),
            file: statements.as_deref(),
            dialect,
            binds: &file.path,
            format: output.format,
        }),
        Command::Status { of, watch, output } => waited(status(&of, watch, output.format)),
        Command::Schema => schema(),
        Command::Migrate {
            directory,
            arguments,
        } => return migrate(directory, &arguments),
        Command::Dashboard => dashboard(),
        Command::Recover {
            file,
            dry_run,
            output,
        } => {
            let file = BindsFile::of(&file.path())?;
            waited(recover(&file, dry_run, output.format))
        }
        Command::Completions { shell } => completions(shell),
    };
    is_well.map(code)
}

fn waited(answer: impl Future<Output = Result<bool, CommandError>>) -> Result<bool, CommandError> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(CommandError::Runtime)?.block_on(answer)
}
