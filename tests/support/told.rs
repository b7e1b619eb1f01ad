use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use sea_orm_routing::modification::{Modification, Modifications};
use tokio::{task::coop::unconstrained, time::timeout};
use tokio_stream::StreamExt;

use super::SOON;

/// What has been told so far.
pub(crate) async fn told(modifications: &mut Modifications) -> Vec<String> {
    let mut told = Vec::new();
    while let Some(next) = already(modifications).await {
        told.push(next.to_string());
    }
    told
}

/// The next one, if it has been told.
pub(crate) async fn already(modifications: &mut Modifications) -> Option<Modification> {
    // Tokio lets a task poll so often only before it must yield.
    let mut next = pin!(unconstrained(modifications.next()));
    let now = poll_fn(|context| match next.as_mut().poll(context) {
        Poll::Ready(item) => Poll::Ready(item),
        Poll::Pending => Poll::Ready(None),
    });
    now.await.map(|item| item.unwrap())
}

/// The next one, when it comes.
pub(crate) async fn soon(modifications: &mut Modifications) -> Modification {
    let next = timeout(SOON, modifications.next()).await;
    next.unwrap().unwrap().unwrap()
}
