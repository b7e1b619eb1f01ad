use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, StatementBuilder,
};

use super::method::{Execute, ExecuteUnprepared, QueryAll, QueryOne};
use crate::{
    database::RoutingDatabase,
    dispatch::{Method, Parcel},
    distributed::DistributedTransaction,
    node::Node,
    transaction::{MethodInTransaction, RoutingTransaction},
};

/// SeaORM's methods are one, `send`, whatever handle they are called on; `told` is the node that answers what SeaORM asks
/// before there is a statement.
macro_rules! sends {
    ($(#[$doc:meta])* $handle:ty, $told:ident) => {
        $(#[$doc])*
        #[async_trait]
        impl ConnectionTrait for $handle {
            fn get_database_backend(&self) -> DbBackend {
                self.$told().connection.get_database_backend()
            }

            async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
                self.send::<Execute>(Parcel::given(stmt)).await
            }

            async fn execute<S: StatementBuilder>(&self, stmt: &S) -> Result<ExecResult, DbErr> {
                let build = |backend: DbBackend| backend.build(stmt);
                self.send::<Execute>(Parcel::built(self.get_database_backend(), &build)).await
            }

            async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
                let told = self.$told();
                let Some(backend) = told.backend else {
                    return told.connection.execute_unprepared(sql).await;
                };
                let parcel = Parcel::given(Statement::from_string(backend, sql));
                self.send::<ExecuteUnprepared>(parcel).await
            }

            async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
                self.send::<QueryOne>(Parcel::given(stmt)).await
            }

            async fn query_one<S: StatementBuilder>(
                &self,
                stmt: &S,
            ) -> Result<Option<QueryResult>, DbErr> {
                let build = |backend: DbBackend| backend.build(stmt);
                self.send::<QueryOne>(Parcel::built(self.get_database_backend(), &build)).await
            }

            async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
                self.send::<QueryAll>(Parcel::given(stmt)).await
            }

            async fn query_all<S: StatementBuilder>(
                &self,
                stmt: &S,
            ) -> Result<Vec<QueryResult>, DbErr> {
                let build = |backend: DbBackend| backend.build(stmt);
                self.send::<QueryAll>(Parcel::built(self.get_database_backend(), &build)).await
            }

            fn support_returning(&self) -> bool {
                self.$told().connection.support_returning()
            }

            fn is_mock_connection(&self) -> bool {
                self.$told().connection.is_mock_connection()
            }
        }
    };
}

sends!(
    /// Each statement runs on the node that its route names; a driver's error comes back unchanged.
    ///
    /// A read that a slave refuses as a write runs once on the master, which is where it goes from then on; a read whose
    /// node failed before it answered runs on another one. No write is sent twice. Dropping a future drops the statement
    /// as it would on a `DatabaseConnection`.
    RoutingDatabase,
    home
);

sends!(
    /// Each statement runs on the transaction's node; the first one opens it.
    ///
    /// Before, what SeaORM asks about the backend is answered for the handle's.
    RoutingTransaction,
    told
);

sends!(
    /// Each statement runs in the part of its bind; what SeaORM asks about the backend is answered for the first part.
    DistributedTransaction,
    told
);

impl RoutingDatabase {
    fn send<'a, M: Method + 'a>(
        &'a self,
        parcel: Parcel<'a>,
    ) -> impl Future<Output = Result<M::Answer, DbErr>> + Send + 'a {
        self.router().send::<M>(parcel)
    }

    fn home(&self) -> &Node {
        &self.home
    }
}

impl RoutingTransaction {
    fn told(&self) -> &Node {
        self.node().unwrap_or(&self.database.home)
    }
}

impl DistributedTransaction {
    async fn send<M: MethodInTransaction>(&self, parcel: Parcel<'_>) -> Result<M::Answer, DbErr> {
        self.part_of(parcel.backend(), parcel.sql())?
            .send::<M>(parcel)
            .await
    }

    fn told(&self) -> &Node {
        self.first().told()
    }
}
