use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::{arguments::Arguments, error::CommandError, output::say};

pub(super) fn completions(shell: Shell) -> Result<bool, CommandError> {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    let mut text = Vec::new();
    generate(shell, &mut command, name, &mut text);
    say(String::from_utf8_lossy(&text).trim_end())?;
    Ok(true)
}
