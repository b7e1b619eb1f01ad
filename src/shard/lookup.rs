use std::{
    fmt::{self, Display},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use quick_cache::sync::Cache;
use tokio::time::{Instant, timeout};

use super::{ShardFuture, ShardResolver};
use crate::closure::BoxFuture;

type Ask = dyn Fn(String) -> BoxFuture<'static, Result<Option<String>, String>> + Send + Sync;

/// Keys that are looked up somewhere, such as in a table of tenants, and remembered for a while.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use sea_orm_routing::{BindsConfig, config::BindConfig};
/// # let bind = |name: &str| BindConfig::new(name, "sqlite::memory:");
/// # let config = ["default", "reports", "tenants:eu"].map(bind).into_iter().fold(BindsConfig::new(), BindsConfig::bind);
/// use std::time::Duration;
///
/// use sea_orm_routing::{RoutingDatabase, shard::ShardLookup};
///
/// // Any database, HTTP service or file; a `RoutingDatabase` of its own, if it is one.
/// async fn shard_of(tenant: String) -> Result<Option<String>, std::io::Error> {
///     Ok((tenant == "acme").then(|| "eu".to_owned()))
/// }
///
/// let lookup = ShardLookup::new(shard_of).most(10_000).expires_after(Duration::from_secs(60));
/// let db = RoutingDatabase::builder().shards("tenants", lookup).from_config(config).await?;
/// assert_eq!(db.shard("tenants", "acme").await?.shard_of("tenants").as_deref(), Some("eu"));
/// assert!(db.shard("tenants", "nobody").await.is_err());
/// # Ok(())
/// # }
/// ```
pub struct ShardLookup {
    ask: Box<Ask>,
    known: Cache<String, Found>,
    /// Held while two answers are compared.
    learning: Mutex<()>,
    lifetime: Duration,
    patience: Duration,
}

#[derive(Clone)]
struct Found {
    shard: Arc<str>,
    since: Instant,
}

impl ShardLookup {
    /// Keys are looked up by `ask`: the shard, `None` for a key that there is not, or an error. Neither of the last two is
    /// remembered. Who asks for the same key meanwhile may ask, too.
    #[must_use]
    pub fn new<F, A, E>(ask: A) -> Self
    where
        A: Fn(String) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Option<String>, E>> + Send + 'static,
        E: Display,
    {
        let ask = move |key| -> BoxFuture<'static, Result<Option<String>, String>> {
            let asked = ask(key);
            Box::pin(async move { asked.await.map_err(|error| error.to_string()) })
        };
        Self {
            ask: Box::new(ask),
            known: Cache::new(10_000),
            learning: Mutex::default(),
            lifetime: Duration::from_secs(60),
            patience: Duration::from_secs(5),
        }
    }

    /// How many keys are remembered. Default: 10 000.
    #[must_use]
    pub fn most(mut self, most: usize) -> Self {
        self.known = Cache::new(most);
        self
    }

    /// How long a key is remembered. Default: 60 s.
    #[must_use]
    pub fn expires_after(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// How long a look-up may take, before it is an error. Default: 5 s.
    #[must_use]
    pub fn timeout(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    async fn find(&self, key: &str) -> Result<String, String> {
        // What was found is as old as the question.
        let since = Instant::now();
        let fresh = |found: &Found| since.duration_since(found.since) < self.lifetime;
        if let Some(found) = self.known.get(key).filter(fresh) {
            return Ok(found.shard.to_string());
        }
        let asked = timeout(self.patience, (self.ask)(key.to_owned())).await;
        let asked = asked.map_err(|_| format!("it was not found in {:?}", self.patience))?;
        let shard = asked?.ok_or("there is no such key")?;
        let found = Found {
            shard: shard.as_str().into(),
            since,
        };
        Ok(self.newest(key, found).shard.to_string())
    }

    /// What was found, or what somebody who has asked later knows by now.
    fn newest(&self, key: &str, found: Found) -> Found {
        let _one_at_a_time = self.learning.lock();
        match self.known.get(key) {
            Some(newer) if newer.since > found.since => newer,
            _ => {
                self.known.insert(key.to_owned(), found.clone());
                found
            }
        }
    }
}

impl ShardResolver for ShardLookup {
    fn shard<'r>(&'r self, key: &'r str, _: &'r [String]) -> ShardFuture<'r> {
        Box::pin(self.find(key))
    }
}

impl fmt::Debug for ShardLookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShardLookup")
            .field("known", &self.known.len())
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn counting() -> (ShardLookup, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = asked.clone();
        let lookup = ShardLookup::new(move |key: String| {
            let times = counter.fetch_add(1, Ordering::Relaxed);
            async move {
                match key.as_str() {
                    "slow" => std::future::pending().await,
                    "broken" => Err("the table is locked"),
                    "nobody" => Ok(None),
                    _ => Ok(Some(format!("shard-{times}"))),
                }
            }
        });
        (lookup, asked)
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_found_is_remembered_until_it_expires_and_errors_are_not() {
        let (lookup, asked) = counting();
        for _ in 0..3 {
            assert_eq!(lookup.find("acme").await.as_deref(), Ok("shard-0"));
        }
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(lookup.find("acme").await.as_deref(), Ok("shard-1"));
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        for _ in 0..2 {
            assert_eq!(
                lookup.find("broken").await,
                Err("the table is locked".to_owned())
            );
            assert_eq!(
                lookup.find("nobody").await,
                Err("there is no such key".to_owned())
            );
        }
        assert_eq!(asked.load(Ordering::Relaxed), 6);
        assert_eq!(
            lookup.find("slow").await,
            Err("it was not found in 5s".to_owned())
        );
        // A question that nobody waits for leaves nothing behind.
        drop(timeout(Duration::from_millis(1), lookup.find("slow")).await);
        assert_eq!(lookup.find("acme").await.as_deref(), Ok("shard-1"));
    }

    #[tokio::test(start_paused = true)]
    async fn answer_of_an_older_question_does_not_replace_a_newer_one() {
        let asked = AtomicUsize::new(0);
        let lookup = ShardLookup::new(move |_: String| {
            let (shard, takes) = match asked.fetch_add(1, Ordering::Relaxed) {
                0 => ("before", 3),
                _ => ("moved", 1),
            };
            async move {
                tokio::time::sleep(Duration::from_secs(takes)).await;
                Ok::<_, String>(Some(shard.to_owned()))
            }
        });
        let later = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            lookup.find("acme").await
        };
        let (first, second) = tokio::join!(lookup.find("acme"), later);
        assert_eq!(
            (first.as_deref(), second.as_deref()),
            (Ok("moved"), Ok("moved"))
        );
        assert_eq!(lookup.find("acme").await.as_deref(), Ok("moved"));
    }

    #[tokio::test]
    async fn no_more_keys_are_remembered_than_was_said() {
        let (lookup, _) = counting();
        let lookup = lookup.most(100);
        for key in 0..10_000 {
            lookup.find(&key.to_string()).await.unwrap();
        }
        assert!(lookup.known.len() <= 100, "{}", lookup.known.len());
    }
}
