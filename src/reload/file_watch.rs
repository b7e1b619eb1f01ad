use std::{
    path::{Path, PathBuf},
    sync::{Arc, Weak},
    time::Duration,
};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::{sync::Notify, time::sleep};
use tracing::{error, warn};

use super::{Settings, drain};
use crate::{
    config::{BindsConfig, ConfigError, ConfigProblem},
    dispatch::Dispatcher,
};

/// An editor writes a file in several steps.
const SETTLE: Duration = Duration::from_millis(100);

/// Follows the changes of a binds.yaml.
pub(crate) struct FileWatch {
    path: PathBuf,
    changed: Arc<Notify>,
    /// What the file said when the watch began, before it was read for its binds.
    seen: Option<String>,
    /// Watches as long as it lives.
    _watcher: RecommendedWatcher,
}

impl FileWatch {
    /// Watches the directory of the file: editors and Kubernetes put a new file in its place.
    pub(crate) fn new(path: &Path) -> Result<Self, ConfigError> {
        let changed = Arc::new(Notify::new());
        let heard = changed.clone();
        let hear = move |_| heard.notify_one();
        let directory = match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let watcher = notify::recommended_watcher(hear).and_then(|mut watcher| {
            watcher.watch(directory, RecursiveMode::NonRecursive)?;
            Ok(watcher)
        });
        let unwatchable = |error: notify::Error| {
            let problem = ConfigProblem {
                line: None,
                key: String::new(),
                found: format!("a directory that can't be watched ({error})"),
                expected: "a file whose changes can be followed".to_owned(),
            };
            ConfigError::new(path.display().to_string(), vec![problem])
        };
        Ok(Self {
            seen: text(path),
            path: path.to_owned(),
            changed,
            _watcher: watcher.map_err(unwatchable)?,
        })
    }

    /// Makes each valid change of the file one of the topology, until the database is gone.
    pub(crate) async fn follow(self, settings: Arc<Settings>, dispatcher: Weak<Dispatcher>) {
        let mut seen = self.seen.clone();
        loop {
            self.changed.notified().await;
            sleep(SETTLE).await;
            let now = text(&self.path);
            if now == seen {
                continue;
            }
            seen = now;
            let Some(dispatcher) = dispatcher.upgrade() else {
                return;
            };
            self.reload(&settings, &dispatcher).await;
        }
    }

    async fn reload(&self, settings: &Settings, dispatcher: &Dispatcher) {
        let environment = |name: &str| std::env::var(name).ok();
        let config = BindsConfig::load(&self.path, &environment, &settings.declared());
        let changed = match config {
            Ok(config) => settings.change(dispatcher, |_| Ok(config)).await,
            Err(error) => Err(error.into()),
        };
        match changed {
            Ok((_, gone)) => {
                tokio::spawn(async move {
                    if let Err(error) = drain(gone).await {
                        warn!(%error, "a pool that is no longer needed could not be closed");
                    }
                });
            }
            Err(error) => error!(
                file = %self.path.display(), %error,
                "the changed file is not used; everything goes on as it was"
            ),
        }
    }
}

fn text(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}
