use std::time::Duration;

use sea_orm_routing::{RoutingDatabase, shard::ShardProgress};
use tracing::info;

use super::{
    arguments::Arguments,
    command::Command,
    error::{BindError, FailedShards, RunError, ShardError, listed},
    history::History,
    master::require_master,
    migrate::Migrate,
    selection::{Migrators, Selection},
    slaves::{Slaves, let_second_pass},
};

/// One bind, or a shard of a group, to be migrated.
struct BindRun {
    bind: String,
    migrator: &'static dyn Migrate,
    /// Handle of the bind.
    db: RoutingDatabase,
}

/// The whole run, top to bottom.
pub(crate) async fn run(
    arguments: &Arguments,
    migrators: &'static Migrators,
) -> Result<(), RunError> {
    let selection = Selection::new(arguments, migrators)?;
    let db = RoutingDatabase::connect(&arguments.config).await?;
    if let Some(group) = arguments
        .group
        .as_ref()
        .filter(|group| db.shards(group).is_empty())
    {
        let group = group.clone();
        return Err(RunError::NoShards { group });
    }
    let steps = prepare(&db, selection.chosen).await?;
    migrate_all(&db, &steps, arguments).await?;
    if !selection.unmentioned.is_empty() {
        let others = listed(&selection.unmentioned, '\'');
        info!("Other binds with migrations: {others} (--bind KEY or --all)");
    }
    // What is done is done; a pool that does not close politely is closed with the process.
    db.close().await.ok();
    Ok(())
}

/// What is migrated in one go.
enum Step {
    Bind(&'static str, BindRun),
    Group(&'static str, &'static dyn Migrate),
}

impl Step {
    fn name(&self) -> &'static str {
        match self {
            Self::Bind(name, _) | Self::Group(name, _) => name,
        }
    }
}

/// Before anything is run on any bind. Shards of groups are asked one by one: one that is down keeps none from being migrated.
async fn prepare(
    db: &RoutingDatabase,
    chosen: Vec<(&'static str, &'static dyn Migrate)>,
) -> Result<Vec<Step>, RunError> {
    let (mut steps, groups) = (Vec::new(), db.groups());
    for (name, migrator) in chosen {
        if groups.iter().any(|group| group == name) {
            steps.push(Step::Group(name, migrator));
            continue;
        }
        let db = db.bind(name)?;
        require_master(name, &db).await?;
        let bind = name.to_owned();
        steps.push(Step::Bind(name, BindRun { bind, migrator, db }));
    }
    Ok(steps)
}

async fn migrate_all(
    db: &RoutingDatabase,
    steps: &[Step],
    arguments: &Arguments,
) -> Result<(), RunError> {
    let names = |steps: &[Step]| steps.iter().map(Step::name).collect();
    for (position, step) in steps.iter().enumerate() {
        match step {
            Step::Bind(bind, run) => run
                .migrate(arguments.command(), arguments.patience())
                .await
                .map_err(|source| RunError::Stopped {
                    bind,
                    done: names(&steps[..position]),
                    left: names(&steps[position + 1..]),
                    source: Box::new(source),
                })?,
            Step::Group(group, migrator) => {
                let failed = migrate_group(db, group, *migrator, arguments).await?;
                if !failed.shards.is_empty() {
                    return Err(RunError::Shards {
                        failed,
                        done: names(&steps[..position]),
                        left: names(&steps[position + 1..]),
                    });
                }
            }
        }
    }
    Ok(())
}

/// All shards of a group, some at once; those that have failed. A group without shards has nothing to migrate.
async fn migrate_group(
    db: &RoutingDatabase,
    group: &'static str,
    migrator: &'static dyn Migrate,
    arguments: &Arguments,
) -> Result<FailedShards, RunError> {
    let (command, patience) = (arguments.command(), arguments.patience());
    let work = async |shard: RoutingDatabase| -> Result<(), ShardError> {
        let bind = format!("{group}:{}", shard.shard_of(group).unwrap_or_default());
        require_master(&bind, &shard).await?;
        let run = BindRun {
            bind,
            migrator,
            db: shard,
        };
        Ok(run.migrate(command, patience).await?)
    };
    let told = |progress: ShardProgress<'_>| {
        let end = match progress.has_failed {
            true => "failed",
            false => "done",
        };
        let (shard, ended, all) = (progress.shard, progress.ended, progress.all);
        info!("Bind '{group}:{shard}': {command} {end} ({ended} of {all})");
    };
    let limit = arguments.limit.into();
    let migrated = db.each_shard_telling(group, limit, work, told).await?;
    let all = migrated.results.len();
    if all == 0 {
        info!("Group '{group}' has no shards in the file");
    }
    let failed = migrated.results.into_iter();
    let shards = failed
        .filter_map(|(shard, result)| Some((shard, result.err()?)))
        .collect();
    Ok(FailedShards { group, all, shards })
}

impl BindRun {
    async fn migrate(&self, command: Command, patience: Option<Duration>) -> Result<(), BindError> {
        info!("Bind '{}': {command}", self.bind);
        if patience.is_some() && command.repeats() {
            let_second_pass(&self.history().await?).await;
        }
        self.migrator
            .run(&self.db, command)
            .await
            .map_err(|source| BindError::Master { command, source })?;
        let Some(patience) = patience else {
            return Ok(());
        };
        Slaves::of(&self.bind, &self.db)?
            .wait_for(self.history().await?, self.migrator.table(), patience)
            .await
    }

    async fn history(&self) -> Result<History, BindError> {
        History::read(&self.db.master(), self.migrator.table())
            .await
            .map_err(BindError::History)
    }
}
