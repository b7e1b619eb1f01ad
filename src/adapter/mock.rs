//! What tests ask of SeaORM's `MockDatabase`.

use sea_orm::{MockDatabaseConnection, Transaction};

use crate::database::RoutingDatabase;

impl RoutingDatabase {
    /// The mock that is the master of the handle's bind: of the default bind for the bare handle.
    ///
    /// # Panics
    /// Like SeaORM's, when that master is no mock.
    pub fn as_mock_connection(&self) -> &MockDatabaseConnection {
        self.home.connection.as_mock_connection()
    }

    /// What the mocks that the handle may reach were sent, node after node as in [`status`](Self::status), and forgets
    /// it.
    ///
    /// # Panics
    /// Like SeaORM's, when one of the nodes is no mock.
    pub fn into_transaction_log(self) -> Vec<Transaction> {
        let nodes = self.nodes().into_iter();
        let logs = nodes.map(|node| node.connection.clone().into_transaction_log());
        logs.flatten().collect()
    }
}
