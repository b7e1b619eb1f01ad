use sea_orm_routing::{
    RoutingDatabase,
    two_phase::{PreparedBranch, Recovery},
};
use serde::Serialize;

use super::{
    binds_file::BindsFile,
    error::CommandError,
    format::Format,
    output::{say, say_json},
};

/// What was done, or with `dry_run` would be.
#[derive(Serialize)]
struct Report {
    dry_run: bool,
    committed: Vec<Part>,
    rolled_back: Vec<Part>,
    left: Vec<Part>,
    foreign: Vec<Part>,
    unreachable: Vec<Unreachable>,
}

/// A part that a bind holds prepared.
#[derive(Serialize)]
struct Part {
    bind: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

#[derive(Serialize)]
struct Unreachable {
    bind: String,
    why: String,
}

pub(super) async fn recover(
    file: &BindsFile,
    dry_run: bool,
    format: Format,
) -> Result<bool, CommandError> {
    let db = file.open(RoutingDatabase::builder()).await?;
    let recovery = match dry_run {
        true => db.recovery_ahead().await,
        false => db.recover_prepared().await,
    };
    match format {
        Format::Json => say_json(&Report::of(&recovery, dry_run))?,
        Format::Text if dry_run => say(&ahead(&recovery))?,
        Format::Text => say(&recovery.to_string())?,
    }
    db.close().await.ok();
    Ok(recovery.is_complete())
}

/// The same in other words: nothing was done.
fn ahead(recovery: &Recovery) -> String {
    let done = recovery.to_string();
    let lines = done.lines().map(|line| {
        let would = ["committed ", "rolled back "]
            .iter()
            .any(|done| line.starts_with(done));
        match would {
            true => format!("would be {line}"),
            false => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

impl Report {
    fn of(recovery: &Recovery, dry_run: bool) -> Self {
        let parts = |branches: &[PreparedBranch]| {
            let parts = branches.iter().map(|branch| Part::of(branch, None));
            parts.collect()
        };
        let left = recovery.left.iter();
        let unreachable = recovery.unreachable.iter();
        Self {
            dry_run,
            committed: parts(&recovery.committed),
            rolled_back: parts(&recovery.rolled_back),
            left: left.map(|(part, why)| Part::of(part, Some(why))).collect(),
            foreign: parts(&recovery.foreign),
            unreachable: unreachable
                .map(|(bind, why)| Unreachable {
                    bind: bind.to_string(),
                    why: why.clone(),
                })
                .collect(),
        }
    }
}

impl Part {
    fn of(branch: &PreparedBranch, why: Option<&String>) -> Self {
        Self {
            bind: branch.bind.to_string(),
            name: branch.name.clone(),
            why: why.cloned(),
        }
    }
}
