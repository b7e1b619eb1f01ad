use super::{error::CommandError, output::say};

/// The dashboard for Grafana.
const DASHBOARD: &str = include_str!("../../schema/grafana.json");

pub(super) fn dashboard() -> Result<bool, CommandError> {
    say(DASHBOARD.trim_end())?;
    Ok(true)
}
