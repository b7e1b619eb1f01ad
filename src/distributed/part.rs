use crate::{names::BindName, transaction::RoutingTransaction};

/// What a distributed transaction does on one bind.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) bind: BindName,
    pub(super) transaction: RoutingTransaction,
}

/// Rolls all back; what can't be is rolled back by its server, when the connection has gone.
pub(super) async fn roll_back(parts: impl IntoIterator<Item = Part>) {
    for part in parts {
        let _ = part.transaction.rollback().await;
    }
}
