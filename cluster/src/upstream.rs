use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{ClusterError, Network, Proxy};

/// Where a slave's replication comes from, and what slows it down on the way: the delay that MariaDB and MySQL
/// have counts whole seconds of the master's clock, too coarse for a test.
#[derive(Debug, Default)]
pub(crate) struct Upstream {
    source: Mutex<Source>,
}

#[derive(Debug, Clone, Default)]
struct Source {
    master_port: u16,
    delay: Duration,
    link: Option<Arc<Proxy>>,
}

impl Upstream {
    fn source<T>(&self, act: impl FnOnce(&mut Source) -> T) -> T {
        act(&mut self.source.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes a master that is replicated from directly; gives the delay that was asked for before.
    pub(crate) fn set_master(&self, port: u16) -> Duration {
        self.source(|source| {
            source.master_port = port;
            source.link = None;
            source.delay
        })
    }

    /// Notes that there is no master.
    pub(crate) fn clear(&self) {
        self.source(|source| *source = Source::default());
    }

    /// Holds up what the slave receives; `replicate` points it at another port.
    ///
    /// What is late is not in the slave's relay log yet, and lost by a promotion.
    pub(crate) async fn delay<F>(
        &self,
        delay: Duration,
        replicate: impl FnOnce(u16) -> F,
    ) -> Result<(), ClusterError>
    where
        F: Future<Output = Result<(), ClusterError>>,
    {
        let source = self.source(|source| {
            source.delay = delay;
            source.clone()
        });
        if let (true, None) = (delay.is_zero(), &source.link) {
            return Ok(());
        }
        let link = match source.link {
            Some(link) => link,
            None => {
                let link = Arc::new(Proxy::start(source.master_port)?);
                self.source(|source| source.link = Some(Arc::clone(&link)));
                // Before it is slow: connecting takes a dozen round trips.
                replicate(link.port()).await?;
                link
            }
        };
        match delay.is_zero() {
            true => link.set(Network::Forward).await,
            false => link.set(Network::Delay(delay)).await,
        }
        Ok(())
    }
}
