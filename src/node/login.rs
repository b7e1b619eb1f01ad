use sea_orm::DbErr;

use super::Node;
use crate::{error::RoutingError, observe::Fault};

impl Node {
    /// Has its credentials asked for because it is due, and tells its pools.
    pub(crate) async fn keep_login(&self) {
        if let Some(login) = &self.login {
            login.keep(&self.pools()).await;
        }
    }

    /// Has credentials ready, if the pool may have to open a connection for what runs next.
    ///
    /// # Errors
    /// [`RoutingError::NoCredentials`].
    pub(crate) async fn prepare_login(&self) -> Result<(), RoutingError> {
        match &self.login {
            Some(login) => login.prepare_pool(&self.connection).await,
            None => Ok(()),
        }
    }

    /// Whether to connect again after `error`, with credentials that were asked for since: then nothing was sent.
    pub(crate) async fn renews_login(&self, error: &DbErr, refusals: &mut u32) -> bool {
        match &self.login {
            Some(login) => login.renews(&self.connection, error, refusals).await,
            None => false,
        }
    }

    /// The same after a login of somebody else's connection was refused.
    pub(crate) async fn renews_refused_login(&self, refusals: &mut u32) -> bool {
        match &self.login {
            Some(login) => login.renews_refused(&self.connection, refusals).await,
            None => false,
        }
    }

    /// Runs `work` on the node's connection, again with new credentials where the login is refused.
    ///
    /// # Errors
    /// That of `work`, or [`RoutingError::NoCredentials`].
    pub(crate) async fn logged_in<T, A>(&self, work: impl Fn() -> A) -> Result<T, DbErr>
    where
        A: Future<Output = Result<T, DbErr>>,
    {
        let mut refusals = 0;
        loop {
            self.prepare_login().await?;
            match work().await {
                Err(error) if self.renews_login(&error, &mut refusals).await => {}
                answer => return answer,
            }
        }
    }

    /// What is behind the `error` of a pool that gave no connection in time; not of a server that is known to say nothing.
    ///
    /// Cancel safe.
    pub(crate) async fn why_none(&self, error: DbErr) -> DbErr {
        match self.health.fault().is_some_and(Fault::is_silence) {
            true => error,
            false => self.entry.explain(&*self.opener, error).await,
        }
    }
}
