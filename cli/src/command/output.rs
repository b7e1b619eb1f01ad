use std::io::{self, Write};

use serde::Serialize;

use super::error::CommandError;

/// Prints a line.
pub(super) fn say(text: &str) -> Result<(), CommandError> {
    let mut output = io::stdout().lock();
    writeln!(output, "{text}")?;
    Ok(output.flush()?)
}

/// Prints one object.
pub(super) fn say_json(value: &impl Serialize) -> Result<(), CommandError> {
    let text = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
    say(&text)
}
