use std::time::Duration;

/// How long a connection may be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lifetime {
    /// So long; then it is closed.
    Limited(Duration),
    /// As long as nothing else closes it: `none` in binds.yaml.
    Unlimited,
}

impl Lifetime {
    pub(crate) fn limit(self) -> Option<Duration> {
        match self {
            Self::Limited(time) => Some(time),
            Self::Unlimited => None,
        }
    }
}

impl From<Duration> for Lifetime {
    fn from(time: Duration) -> Self {
        Self::Limited(time)
    }
}

/// As of SeaORM's and sqlx's setters: `None` is unlimited.
impl From<Option<Duration>> for Lifetime {
    fn from(time: Option<Duration>) -> Self {
        time.map_or(Self::Unlimited, Self::Limited)
    }
}
