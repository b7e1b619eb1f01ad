use std::time::Duration;

/// Who is the master of a bind, and what becomes of writes while nobody is. What is `None` comes from the next wider
/// level: bind, whole file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailoverConfig {
    /// Where the roles of a bind's nodes come from.
    pub roles: Option<Roles>,
    /// How long a write waits for a master while there is none.
    pub hold_writes: Option<Duration>,
}

/// Where the roles of a bind's nodes come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Roles {
    /// From the configuration (`fixed` in YAML).
    #[default]
    Fixed,
    /// From the servers themselves (`discover` in YAML): the master is the one that takes writes and follows no other.
    ///
    /// On MySQL that takes a privilege: `GRANT SELECT ON performance_schema.replication_connection_status`.
    Discover,
}

impl FailoverConfig {
    /// Options that override nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the roles come from. Default: [`Roles::Fixed`].
    #[must_use]
    pub fn roles(mut self, roles: Roles) -> Self {
        self.roles = Some(roles);
        self
    }

    /// How long a write waits for a master while there is none; only where roles are discovered. Default: 5 s.
    #[must_use]
    pub fn hold_writes(mut self, hold: Duration) -> Self {
        self.hold_writes = Some(hold);
        self
    }

    /// These options, and `wider` where they say nothing.
    pub(crate) fn or(&self, wider: &Self) -> Self {
        Self {
            roles: self.roles.or(wider.roles),
            hold_writes: self.hold_writes.or(wider.hold_writes),
        }
    }

    pub(crate) fn effective_hold_writes(&self) -> Duration {
        // A promotion by the usual tools takes some seconds.
        let hold = self.hold_writes.unwrap_or(Duration::from_secs(5));
        hold.min(Duration::from_secs(24 * 60 * 60))
    }
}
