use std::sync::Arc;

use sea_orm_routing::RoutingDatabase;

use super::ServedRequest;

tokio::task_local! {
    static CURRENT: Record;
}

/// What a page tells of the request that it answers.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Inside of the request it tells the request's statements.
    pub(crate) db: RoutingDatabase,
    /// The request whose answer sent the browser here.
    pub(crate) origin: Option<Arc<ServedRequest>>,
}

impl Record {
    /// The record of the request that is being served.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    pub(super) async fn scope<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }
}
