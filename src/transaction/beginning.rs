use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use sea_orm::{DatabaseTransaction, DbErr};
use tokio::runtime::Handle;

use crate::node::TransactionTicket;

type Begun = Result<DatabaseTransaction, DbErr>;

/// A `BEGIN` or `SAVEPOINT` that goes on in the background when nobody waits for it any more, and is rolled back there.
///
/// Given up half-way, sqlx counts no transaction: on PostgreSQL it leaves the one that the server begins to whoever gets
/// the connection next, and rolls back the transaction around a savepoint.
pub(crate) struct Beginning {
    future: Option<Pin<Box<dyn Future<Output = Begun> + Send>>>,
    is_sent: bool,
    work: Option<TransactionTicket>,
}

impl Beginning {
    /// `work` lasts until the end of what goes on in the background.
    pub(crate) fn new(
        future: impl Future<Output = Begun> + Send + 'static,
        work: Option<TransactionTicket>,
    ) -> Self {
        Self {
            future: Some(Box::pin(future)),
            is_sent: false,
            work,
        }
    }

    /// The work, which is the transaction's from now on, or nobody's if its node is not waited for.
    pub(crate) fn take_work(&mut self) -> Option<TransactionTicket> {
        self.work.take()
    }
}

impl Future for Beginning {
    type Output = Begun;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Begun> {
        self.is_sent = true;
        let future = self.future.as_mut();
        let future = future.expect("nobody polls a future after its end");
        let begun = ready!(future.as_mut().poll(context));
        self.future = None;
        Poll::Ready(begun)
    }
}

impl Drop for Beginning {
    fn drop(&mut self) {
        let Some(future) = self.future.take().filter(|_| self.is_sent) else {
            return;
        };
        let work = self.work.take();
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                let _work = work;
                if let Ok(transaction) = future.await {
                    // An error means that its connection is gone, and the transaction with it.
                    let _ = transaction.rollback().await;
                }
            });
        }
    }
}

impl fmt::Debug for Beginning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Beginning")
            .field("is_sent", &self.is_sent)
            .finish_non_exhaustive()
    }
}
