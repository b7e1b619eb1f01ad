use std::io::{self, Write};

use serde::Serialize;

use super::error::CommandError;

/// Prints a line, or several.
pub(super) fn say(text: &str) -> Result<(), CommandError> {
    let mut output = io::stdout().lock();
    writeln!(output, "{}", harmless(text))?;
    Ok(output.flush()?)
}

/// What servers and files say is no word to the terminal.
pub(super) fn harmless(text: &str) -> String {
    text.replace(
        |symbol: char| symbol.is_control() && !matches!(symbol, '\n' | '\t'),
        " ",
    )
}

/// Prints one value.
pub(super) fn say_json(value: &impl Serialize) -> Result<(), CommandError> {
    let text = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
    say(&text)
}
