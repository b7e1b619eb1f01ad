use std::{ops::Deref, sync::Arc};

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, StatementBuilder,
};

use super::method::{Execute, ExecuteUnprepared, QueryAll, QueryOne};
use crate::{
    closure::BoxFuture,
    database::RoutingDatabase,
    dispatch::{Method, Parcel},
    distributed::DistributedTransaction,
    node::Node,
    transaction::{MethodInTransaction, RoutingTransaction},
};

/// A method for a statement, and for a tree of which one is rendered. `async_trait` would write the same, but for one
/// future more, around that of `send`.
macro_rules! sends_both {
    ($raw:ident, $built:ident, $method:ty, $answer:ty) => {
        fn $raw<'h, 'f>(&'h self, stmt: Statement) -> BoxFuture<'f, Result<$answer, DbErr>>
        where
            'h: 'f,
            Self: 'f,
        {
            Box::pin(self.send::<$method>(Parcel::given(stmt)))
        }

        fn $built<'h, 's, 'f, S>(&'h self, stmt: &'s S) -> BoxFuture<'f, Result<$answer, DbErr>>
        where
            S: StatementBuilder + 'f,
            'h: 'f,
            's: 'f,
            Self: 'f,
        {
            let parcel = Parcel::built(self.get_database_backend(), stmt);
            Box::pin(self.send::<$method>(parcel))
        }
    };
}

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

            sends_both!(execute_raw, execute, Execute, ExecResult);
            sends_both!(query_one_raw, query_one, QueryOne, Option<QueryResult>);
            sends_both!(query_all_raw, query_all, QueryAll, Vec<QueryResult>);

            async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
                let told = self.$told();
                let Some(backend) = told.backend else {
                    return told.connection.execute_unprepared(sql).await;
                };
                let parcel = Parcel::given(Statement::from_string(backend, sql));
                self.send::<ExecuteUnprepared>(parcel).await
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
    fn send<'f, M: Method + 'f>(
        &'f self,
        parcel: Parcel<'f>,
    ) -> impl Future<Output = Result<M::Answer, DbErr>> + Send + 'f {
        self.router().send::<M>(parcel)
    }

    fn home(&self) -> Told<'_> {
        match self.router().told_by_scope() {
            Some(Ok(master)) => Told::ByScope(master),
            _ => Told::ByHandle(&self.home),
        }
    }
}

/// The node that answers for a handle.
enum Told<'h> {
    ByHandle(&'h Node),
    ByScope(Arc<Node>),
}

impl Deref for Told<'_> {
    type Target = Node;

    fn deref(&self) -> &Node {
        match self {
            Self::ByHandle(node) => node,
            Self::ByScope(node) => node,
        }
    }
}

impl RoutingTransaction {
    pub(super) fn told(&self) -> &Node {
        self.node().unwrap_or(&self.database.home)
    }
}

impl DistributedTransaction {
    async fn send<M: MethodInTransaction>(&self, parcel: Parcel<'_>) -> Result<M::Answer, DbErr> {
        let part = self.part_for(parcel.wording()).await?;
        self.spread(&parcel, part).await?;
        part.send::<M>(parcel).await
    }

    fn told(&self) -> &Node {
        self.first().told()
    }
}
