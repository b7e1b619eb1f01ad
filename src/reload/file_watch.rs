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
    config::{BindsConfig, ConfigError, ConfigProblem, secret_bytes, secret_files},
    dispatch::Dispatcher,
    events::CONFIG,
};

/// An editor writes a file in several steps.
const SETTLE: Duration = Duration::from_millis(100);

/// Follows the changes of a binds.yaml.
pub(crate) struct FileWatch {
    path: PathBuf,
    changed: Arc<Notify>,
    /// What the file said when the watch began, before it was read for its binds.
    seen: Contents,
    /// Watches as long as it lives.
    watcher: RecommendedWatcher,
}

impl FileWatch {
    /// Watches the directory of the file: editors and Kubernetes put a new file in its place.
    pub(crate) fn new(path: &Path) -> Result<Self, ConfigError> {
        let changed = Arc::new(Notify::new());
        let heard = changed.clone();
        let hear = move |_| heard.notify_one();
        let watcher = notify::recommended_watcher(hear).and_then(|mut watcher| {
            watcher.watch(directory(path), RecursiveMode::NonRecursive)?;
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
        let mut watch = Self {
            seen: Contents::read(path),
            path: path.to_owned(),
            changed,
            watcher: watcher.map_err(unwatchable)?,
        };
        watch.watch_secrets();
        Ok(watch)
    }

    /// Makes each valid change of the file one of the topology, until the database is gone.
    pub(crate) async fn follow(mut self, settings: Arc<Settings>, dispatcher: Weak<Dispatcher>) {
        loop {
            self.changed.notified().await;
            sleep(SETTLE).await;
            let now = Contents::read(&self.path);
            if now == self.seen {
                continue;
            }
            self.seen = now;
            self.watch_secrets();
            let Some(dispatcher) = dispatcher.upgrade() else {
                return;
            };
            self.reload(&settings, &dispatcher).await;
        }
    }

    /// Watches the directories of the secrets, too. One that is not there can't be: its secret is then looked at when
    /// the file itself changes.
    fn watch_secrets(&mut self) {
        let text = self.seen.text.as_deref().unwrap_or_default();
        for secret in secret_files(text) {
            let watched = self
                .watcher
                .watch(directory(Path::new(secret)), RecursiveMode::NonRecursive);
            if let Err(error) = watched {
                warn!(target: CONFIG, file = secret, %error, "the directory of a secret can't be watched");
            }
        }
    }

    async fn reload(&self, settings: &Settings, dispatcher: &Dispatcher) {
        let environment = |name: &str| std::env::var(name).ok();
        let config = BindsConfig::load(&self.path, &environment, &settings.declared());
        let changed = match config {
            Ok(config) => {
                settings
                    .change(dispatcher, |old| Ok(config.in_place_of(old)))
                    .await
            }
            Err(error) => Err(error.into()),
        };
        match changed {
            Ok((_, gone)) => {
                tokio::spawn(async move {
                    if let Err(error) = drain(gone).await {
                        warn!(target: CONFIG, %error, "a pool that is no longer needed could not be closed");
                    }
                });
            }
            Err(error) => error!(
                target: CONFIG, file = %self.path.display(), %error,
                "the changed file is not used; everything goes on as it was"
            ),
        }
    }
}

/// What a file and the secrets that it names say: the file changes with them.
#[derive(PartialEq, Eq)]
struct Contents {
    text: Option<String>,
    secrets: Vec<Option<Vec<u8>>>,
}

impl Contents {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).ok();
        let named = secret_files(text.as_deref().unwrap_or_default());
        Self {
            secrets: named.into_iter().map(secret_bytes).collect(),
            text,
        }
    }
}

fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}
