use std::time::Duration;

use sea_orm_routing::RoutingDatabase;
use tracing::info;

use super::{
    arguments::Arguments,
    command::Command,
    error::{BindError, RunError, listed},
    history::History,
    master::require_master,
    migrate::Migrate,
    selection::{Migrators, Selection},
    slaves::{Slaves, let_second_pass},
};

/// One bind, ready to be migrated.
struct BindRun {
    bind: &'static str,
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
    let runs = prepare(&db, selection.chosen).await?;
    migrate_all(&runs, arguments).await?;
    if !selection.unmentioned.is_empty() {
        let others = listed(&selection.unmentioned, '\'');
        info!("Other binds with migrations: {others} (--bind KEY or --all)");
    }
    // What is done is done; a pool that does not close politely is closed with the process.
    db.close().await.ok();
    Ok(())
}

/// Before anything is run on any bind.
async fn prepare(
    db: &RoutingDatabase,
    chosen: Vec<(&'static str, &'static dyn Migrate)>,
) -> Result<Vec<BindRun>, RunError> {
    let mut runs = Vec::new();
    for (bind, migrator) in chosen {
        let db = db.bind(bind)?;
        require_master(bind, &db).await?;
        runs.push(BindRun { bind, migrator, db });
    }
    Ok(runs)
}

async fn migrate_all(runs: &[BindRun], arguments: &Arguments) -> Result<(), RunError> {
    let names = |runs: &[BindRun]| runs.iter().map(|run| run.bind).collect();
    for (position, run) in runs.iter().enumerate() {
        run.migrate(arguments.command(), arguments.patience())
            .await
            .map_err(|source| RunError::Stopped {
                bind: run.bind,
                done: names(&runs[..position]),
                left: names(&runs[position + 1..]),
                source: Box::new(source),
            })?;
    }
    Ok(())
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
        Slaves::of(self.bind, &self.db)?
            .wait_for(self.history().await?, self.migrator.table(), patience)
            .await
    }

    async fn history(&self) -> Result<History, BindError> {
        History::read(&self.db.master(), self.migrator.table())
            .await
            .map_err(BindError::History)
    }
}
