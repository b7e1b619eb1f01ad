use super::{error::CommandError, output::say};

pub(super) fn schema() -> Result<bool, CommandError> {
    say(include_str!("../../schema/binds.schema.json").trim_end())?;
    Ok(true)
}
