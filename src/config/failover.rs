use std::time::Duration;

use super::options::{options, words};

options! {
    /// Who is the master (*primary*) of a bind, and what becomes of writes while nobody is. An option that is `None` comes from the next wider
    /// level: bind, whole file.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use sea_orm_routing::config::{FailoverConfig, Roles};
    ///
    /// let failover = FailoverConfig::new().roles(Roles::Discover).hold_writes(Duration::from_secs(10));
    /// assert_eq!(failover.roles, Some(Roles::Discover));
    /// ```
    pub struct FailoverConfig, in force Failover, at File | Bind;

    /// Where the roles of a bind's nodes come from: the file, or the servers themselves.
    roles: Roles, default "fixed";
    /// How long a write waits while there is no master. Where roles are fixed, a write waits only for a master that went down at
    /// most this long ago, and may be restarting.
    // A promotion by the usual tools takes some seconds.
    hold_writes: Duration, check day, default "5s";
}

/// Where the roles of a bind's nodes come from.
#[doc(alias = "failover")]
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

words! { Roles { Fixed = "fixed", Discover = "discover" } }
