use std::{fmt, time::Duration};

use sea_orm::DatabaseConnection;

use crate::{config::YEAR, driver::set_login};

/// What connections to a node log in with. Its `Debug` hides the password.
///
/// ```
/// use std::time::Duration;
///
/// use sea_orm_routing::credentials::Credentials;
///
/// let token = Credentials::new("s3cret").expires_in(Duration::from_secs(15 * 60));
/// assert!(!format!("{token:?}").contains("s3cret"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    user: Option<String>,
    password: String,
    lifetime: Option<Duration>,
}

impl Credentials {
    /// A password, or a token that is used as one.
    #[must_use]
    pub fn new(password: impl Into<String>) -> Self {
        Self {
            user: None,
            password: password.into(),
            lifetime: None,
        }
    }

    /// The user that logs in. Default: the user of the node's URL.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// How long connections can still be opened with these credentials. The provider is asked again when three quarters of that time are over.
    /// Default: not known, so the provider is asked whenever a connection is opened.
    #[must_use]
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime.min(YEAR));
        self
    }

    pub(crate) fn named_user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    pub(crate) fn password(&self) -> &str {
        &self.password
    }

    /// Has connections that the pool opens from now on log in so.
    pub(super) fn tell(&self, pool: &DatabaseConnection) {
        set_login(pool, self.named_user(), self.password());
    }

    pub(super) fn lifetime(&self) -> Option<Duration> {
        self.lifetime
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}
