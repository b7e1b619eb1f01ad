use std::fmt::Debug;

use async_trait::async_trait;

use crate::{freshness::Position, observe::Fault};

/// What says how far a server is that is only played.
#[async_trait]
pub(crate) trait Script: Debug + Send + Sync {
    /// What the server would say now; cancel safe.
    async fn said(&self) -> Result<Said, Fault>;
}

/// What a server that is played says of itself.
#[derive(Debug)]
pub(crate) struct Said {
    /// Whether it takes writes.
    pub(crate) is_writer: bool,
    /// How far it has come.
    pub(crate) position: Position,
}
