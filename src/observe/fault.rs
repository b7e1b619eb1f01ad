use std::fmt;

/// What is wrong with a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fault {
    /// Nobody listens there, or there is no way to the host.
    Refused,
    /// The server is stopping or starting.
    Unavailable,
    /// The server ended this session: because it stops, or because an administrator wanted only that.
    Ended,
    /// It takes no writes. That is a fault only of a node that is used as a master, and on PostgreSQL only
    /// where the application did not itself open the transaction as read-only: its error is the same.
    ReadOnly,
    /// The connection ended: by the network, a killed server, or for this session alone.
    Lost,
    /// The system gave up waiting for the network. A driver that waits for an answer has no such limit.
    Timeout,
    /// The host's name has no address. Connections that are open go on, so it is not certain.
    Unresolved,
    /// All connections that the server, or this user of it, may have are taken.
    TooManyConnections,
    /// Disk, memory or threads of the server are used up.
    Exhausted,
    /// The server can't read or write its files, or finds them damaged.
    Storage,
    /// The server is there, and does not let this user into this database.
    Rejected,
    /// What answers does not speak as the database should, also of TLS.
    Protocol,
}

impl Fault {
    /// Whether nobody said anything: connections that are open have no answer to expect either.
    pub(crate) fn is_silence(self) -> bool {
        matches!(self, Self::Refused | Self::Lost | Self::Timeout)
    }

    /// Whether only who wants in is turned away: what is open goes on.
    pub(crate) fn is_of_entry(self) -> bool {
        matches!(
            self,
            Self::TooManyConnections | Self::Rejected | Self::Unresolved | Self::Protocol
        )
    }

    /// Whether the server lacked what the statement took, which may be the statement's own doing.
    pub(crate) fn is_of_resources(self) -> bool {
        matches!(self, Self::Exhausted | Self::Storage)
    }

    /// Whether it may be of one session, while the server is well.
    pub(crate) fn is_of_session(self) -> bool {
        matches!(self, Self::Ended | Self::Lost)
    }

    /// Whether it may be of a restart: the server is not there, or not yet.
    pub(crate) fn may_be_a_restart(self) -> bool {
        matches!(self, Self::Refused | Self::Unavailable)
    }

    /// Whether it may be of a restart, whose connections end as well.
    pub(crate) fn ends_connections(self) -> bool {
        self.may_be_a_restart() || matches!(self, Self::Lost | Self::Timeout)
    }

    /// Whether the server may be another one afterwards, or know less.
    pub(crate) fn may_be_of_a_restart(self) -> bool {
        self.ends_connections() || matches!(self, Self::Ended | Self::Protocol)
    }

    /// Whether the node is down at once. Of the others it takes several: one statement or one connection
    /// may have had bad luck.
    pub(crate) fn is_certain(self) -> bool {
        matches!(self, Self::Refused | Self::Unavailable | Self::ReadOnly)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "connection refused",
            Self::Unavailable => "shutdown or start-up",
            Self::Ended => "session ended",
            Self::ReadOnly => "read-only server",
            Self::Lost => "connection lost",
            Self::Timeout => "connection timeout",
            Self::Unresolved => "unknown host",
            Self::TooManyConnections => "too many connections",
            Self::Exhausted => "disk or memory exhausted",
            Self::Storage => "storage error",
            Self::Rejected => "login rejected",
            Self::Protocol => "protocol error",
        })
    }
}
