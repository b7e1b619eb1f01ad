use sea_orm_routing::config::JSON_SCHEMA;

use super::{error::CommandError, output::say};

pub(super) fn schema() -> Result<bool, CommandError> {
    say(JSON_SCHEMA.trim_end())?;
    Ok(true)
}
