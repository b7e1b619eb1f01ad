use std::{fmt, sync::Arc, time::Duration};

use parking_lot::Mutex;
use sea_orm::{DatabaseConnection, DbErr};
use tokio::{
    sync,
    time::{Instant, sleep, timeout},
};
use tracing::warn;

use super::{Credentials, CredentialsProvider, NodeAddress};
use crate::{driver::may_open, error::RoutingError, events::NODE, observe::is_login_refused};

/// How long a provider may take: it asks over a network, and statements wait for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often a login that was refused is tried again: the server may have the new password before the provider, or the
/// other way round. With the pauses between that makes 1.3 s.
const MOST_REFUSALS: u32 = 7;

/// The pause after the second refusal; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// How long a login that was refused so often is not tried again like that: nobody changes a password so slowly.
const RESIGNED: Duration = Duration::from_secs(2);

/// How old what has no end may become: connections are also opened where nobody asks before.
const UNLIMITED: Duration = Duration::from_secs(30);

/// When a provider that failed is asked again, as long as what is known has not ended.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// What a node's connections log in with: asked for from a provider, and kept up to date in the node's pools.
pub(crate) struct Login {
    provider: Arc<dyn CredentialsProvider>,
    address: NodeAddress,
    known: Mutex<Option<Known>>,
    last: Mutex<Option<Answer>>,
    /// When the last series of refusals ended.
    resigned: Mutex<Option<Instant>>,
    /// One asks at a time.
    asking: sync::Mutex<()>,
}

#[derive(Clone)]
struct Known {
    credentials: Credentials,
    asked: Instant,
}

/// The provider's last answer, which may be a failure, and when it came.
#[derive(Clone)]
struct Answer {
    came: Instant,
    failure: Option<String>,
}

impl Login {
    pub(crate) fn new(provider: Arc<dyn CredentialsProvider>, address: NodeAddress) -> Self {
        Self {
            provider,
            address,
            known: Mutex::default(),
            last: Mutex::default(),
            resigned: Mutex::default(),
            asking: sync::Mutex::default(),
        }
    }

    /// What is known, unless it has ended.
    pub(crate) fn current(&self) -> Option<Credentials> {
        let known = self.known.lock().clone()?;
        let is_over = known.ends().is_some_and(|end| end <= Instant::now());
        (!is_over).then_some(known.credentials)
    }

    /// Has credentials ready for a connection that is about to be opened.
    ///
    /// Cancel safe: the provider goes on.
    ///
    /// # Errors
    /// [`RoutingError::NoCredentials`]: the provider fails, and nothing is known that has not ended.
    pub(crate) async fn prepare(self: &Arc<Self>) -> Result<Credentials, RoutingError> {
        let needed = Instant::now();
        if let Some(known) = self.current()
            && known.lifetime().is_some()
        {
            return Ok(known);
        }
        self.asked_since(needed).await
    }

    /// The same, if `connection`'s pool may open a connection for what runs next, and tells the pool.
    ///
    /// # Errors
    /// As [`prepare`](Self::prepare).
    pub(crate) async fn prepare_pool(
        self: &Arc<Self>,
        connection: &DatabaseConnection,
    ) -> Result<(), RoutingError> {
        if may_open(connection) {
            self.prepare().await?.tell(connection);
        }
        Ok(())
    }

    /// Whether to connect again after `error`: the login was refused, and not for the last time of these `refusals`.
    pub(crate) async fn renews(
        self: &Arc<Self>,
        connection: &DatabaseConnection,
        error: &DbErr,
        refusals: &mut u32,
    ) -> bool {
        is_login_refused(error) && self.renews_refused(connection, refusals).await
    }

    /// The same where it is known that the login was refused.
    pub(crate) async fn renews_refused(
        self: &Arc<Self>,
        connection: &DatabaseConnection,
        refusals: &mut u32,
    ) -> bool {
        match self.after_refusal(refusals).await {
            Some(credentials) => {
                credentials.tell(connection);
                true
            }
            None => false,
        }
    }

    /// Credentials that were asked for after a login was refused with `error`.
    pub(crate) async fn renewed(
        self: &Arc<Self>,
        error: &DbErr,
        refusals: &mut u32,
    ) -> Option<Credentials> {
        match is_login_refused(error) {
            true => self.after_refusal(refusals).await,
            false => None,
        }
    }

    async fn after_refusal(self: &Arc<Self>, refusals: &mut u32) -> Option<Credentials> {
        let resigned = *self.resigned.lock();
        if resigned.is_some_and(|resigned| resigned.elapsed() < RESIGNED) {
            return None;
        }
        if *refusals >= MOST_REFUSALS {
            *self.resigned.lock() = Some(Instant::now());
            return None;
        }
        if let Some(more) = refusals.checked_sub(1) {
            sleep(FIRST_PAUSE * (1 << more)).await;
        }
        *refusals += 1;
        self.asked_since(Instant::now()).await.ok()
    }

    /// When to ask without need, so that even connections that a pool opens by itself find credentials that are valid.
    pub(crate) fn due(&self) -> Option<Instant> {
        let known = self.known.lock().clone()?;
        let lifetime = known.credentials.lifetime();
        let due = known.asked + lifetime.map_or(UNLIMITED, |lifetime| lifetime * 3 / 4);
        let last = self.last.lock().clone();
        let failed = last.filter(|last| last.failure.is_some());
        Some(failed.map_or(due, |failed| due.max(failed.came + AFTER_FAILURE)))
    }

    /// Asks because it is due, and tells the pools.
    pub(crate) async fn keep(self: &Arc<Self>, pools: &[DatabaseConnection]) {
        if let Ok(credentials) = self.asked_since(Instant::now()).await {
            pools.iter().for_each(|pool| credentials.tell(pool));
        }
    }

    /// What the provider answers now, or has answered since `needed`; if it fails, what is known as long as it is valid.
    async fn asked_since(self: &Arc<Self>, needed: Instant) -> Result<Credentials, RoutingError> {
        let asking = self.clone();
        // On its own: who waits may give up, and others wait for the same answer.
        let asked = tokio::spawn(async move { asking.ask(needed).await });
        let failure = match asked.await {
            Ok(failure) => failure,
            Err(error) => Some(error.to_string()),
        };
        let reason = failure.unwrap_or_else(|| "what the provider gave has ended".to_owned());
        self.current().ok_or_else(|| RoutingError::NoCredentials {
            node: self.key(),
            reason,
        })
    }

    /// Asks, and says what went wrong.
    async fn ask(self: Arc<Self>, needed: Instant) -> Option<String> {
        let _turn = self.asking.lock().await;
        let last = self.last.lock().clone();
        if let Some(last) = last.filter(|last| last.came > needed || self.can_do_without(last)) {
            return last.failure;
        }
        let asked = Instant::now();
        let (provider, address) = (self.provider.clone(), self.address.clone());
        // A panic ends this task alone.
        let mut answering = tokio::spawn(async move {
            let answer = provider.credentials(&address).await;
            answer.map_err(|error| error.to_string())
        });
        let answer = match timeout(PATIENCE, &mut answering).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err("the provider panicked".to_owned()),
            Err(_) => {
                answering.abort();
                let patience = PATIENCE.as_secs();
                Err(format!("the provider did not answer within {patience} s"))
            }
        };
        let failure = match answer {
            Ok(credentials) => {
                *self.known.lock() = Some(Known { credentials, asked });
                None
            }
            Err(failure) => {
                warn!(
                    target: NODE, node = self.key(),
                    reason = failure,
                    "the provider gives no credentials"
                );
                Some(failure)
            }
        };
        let came = Instant::now();
        *self.last.lock() = Some(Answer {
            came,
            failure: failure.clone(),
        });
        failure
    }

    /// Whether the provider has failed just now, and need not be waited for again: what is known may do.
    fn can_do_without(&self, last: &Answer) -> bool {
        last.failure.is_some() && last.came.elapsed() < AFTER_FAILURE && self.current().is_some()
    }

    fn key(&self) -> String {
        format!("{}.{}", self.address.bind, self.address.node)
    }
}

impl Known {
    fn ends(&self) -> Option<Instant> {
        Some(self.asked + self.credentials.lifetime()?)
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
