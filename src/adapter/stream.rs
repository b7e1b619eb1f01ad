use std::pin::Pin;

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, QueryStream, Statement, StatementBuilder, StreamTrait,
    TransactionStream,
};

use crate::{database::RoutingDatabase, transaction::RoutingTransaction};

type StreamFuture<'a, S> = Pin<Box<dyn Future<Output = Result<S, DbErr>> + 'a + Send>>;

/// A stream reads all its rows from one node.
impl StreamTrait for RoutingDatabase {
    type Stream<'a> = QueryStream;

    fn get_database_backend(&self) -> DbBackend {
        ConnectionTrait::get_database_backend(self)
    }

    fn stream_raw<'a>(&'a self, stmt: Statement) -> StreamFuture<'a, Self::Stream<'a>> {
        Box::pin(async move {
            let node = self.node_for(stmt.db_backend, &stmt.sql)?;
            node.connection.stream_raw(stmt).await
        })
    }

    fn stream<'a, S: StatementBuilder + Sync>(
        &'a self,
        stmt: &S,
    ) -> StreamFuture<'a, Self::Stream<'a>> {
        let prepared = self.node_for_builder(stmt);
        Box::pin(async move {
            let (node, stmt) = prepared?;
            node.connection.stream_raw(stmt).await
        })
    }
}

/// A stream in a transaction holds its connection until it is dropped.
impl StreamTrait for RoutingTransaction {
    type Stream<'a> = TransactionStream<'a>;

    fn get_database_backend(&self) -> DbBackend {
        ConnectionTrait::get_database_backend(self)
    }

    fn stream_raw<'a>(&'a self, stmt: Statement) -> StreamFuture<'a, Self::Stream<'a>> {
        Box::pin(async move {
            let opened = self.opened_for(stmt.db_backend, &stmt.sql).await?;
            opened.transaction.stream_raw(stmt).await
        })
    }
}
