use crate::{
    freshness::{Life, Moment, Position},
    node::Role,
    observe::Fault,
};

/// What a server said of itself.
#[derive(Clone, Debug)]
pub(super) struct Report {
    /// When the connection was opened on which it was said.
    pub(super) opened: Moment,
    /// Who said it.
    pub(super) life: Option<Life>,
    /// Whether it takes writes.
    pub(super) is_writer: bool,
    /// Whether it replicates from another server all the same, so that it is nobody's master, or why that can't be
    /// seen: only where a slave can be writable.
    pub(super) follows: Result<bool, String>,
    /// How far it has come, or why that is not known.
    pub(super) position: Result<Position, String>,
    /// What it holds, to be compared with other servers that take writes.
    pub(super) claim: Option<Position>,
}

impl Report {
    /// Whether the server of a node in this role says that it is the master. A slave of which it can't be seen whether
    /// it follows another is not believed: what is written to it is lost.
    pub(super) fn claims_mastership(&self, role: Role) -> bool {
        match self.follows {
            Ok(follows) => self.is_writer && !follows,
            Err(_) => self.is_writer && role == Role::Master,
        }
    }

    /// Whether it is certain that it is nobody's master.
    pub(super) fn is_slave(&self) -> bool {
        !self.is_writer || self.follows == Ok(true)
    }
}

/// Why a server said nothing.
#[derive(Clone, Debug)]
pub(super) struct ProbeFailure {
    pub(super) text: String,
    pub(super) fault: Option<Fault>,
    /// Whether the server itself said so, as for want of a privilege.
    pub(super) is_answer: bool,
    /// Whether the user or password was refused.
    pub(super) is_login_refused: bool,
}

impl ProbeFailure {
    pub(super) fn timeout(text: String) -> Self {
        Self {
            text,
            fault: Some(Fault::Timeout),
            is_answer: false,
            is_login_refused: false,
        }
    }
}

#[cfg(feature = "_driver")]
impl ProbeFailure {
    /// An error of connecting, for which no statement of the application can be to blame.
    pub(super) fn connecting(error: sea_orm::sqlx::Error) -> Self {
        Self::of(error, sea_orm::DbErr::Conn)
    }

    pub(super) fn asking(error: sea_orm::sqlx::Error) -> Self {
        Self::of(error, sea_orm::DbErr::Query)
    }

    fn of(
        error: sea_orm::sqlx::Error,
        place: impl FnOnce(sea_orm::RuntimeErr) -> sea_orm::DbErr,
    ) -> Self {
        let text = error.to_string();
        let is_answer = matches!(error, sea_orm::sqlx::Error::Database(_));
        let error = place(sea_orm::RuntimeErr::SqlxError(error.into()));
        Self {
            text,
            fault: crate::observe::fault(&error),
            is_answer,
            is_login_refused: crate::observe::is_login_refused(&error),
        }
    }
}
