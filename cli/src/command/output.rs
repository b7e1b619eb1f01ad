use std::io::{self, Write};

use serde::Serialize;

use super::error::CommandError;

/// Prints a line; who reads no further ends the command without a word.
pub(super) fn say(text: &str) -> Result<(), CommandError> {
    let mut output = io::stdout().lock();
    written(writeln!(output, "{text}").and_then(|()| output.flush()))
}

/// Prints one object.
pub(super) fn say_json(value: &impl Serialize) -> Result<(), CommandError> {
    let text = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
    say(&text)
}

fn written(answer: io::Result<()>) -> Result<(), CommandError> {
    match answer {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        answer => Ok(answer?),
    }
}
