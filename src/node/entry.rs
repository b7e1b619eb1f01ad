use sea_orm::DbErr;
use tokio::sync::Mutex;

use super::Opener;
use crate::freshness::Moment;

/// Why who wants in at a node gets no connection: a pool only says that it has waited long enough.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    /// What the last one was told who asked at the door, and when it came there. One asks at a time.
    last: Mutex<Option<(Moment, Option<DbErr>)>>,
}

impl Entry {
    /// What is behind the `error` of a pool that gave no connection in time, by asking once for all who want to know at the
    /// same time.
    ///
    /// Cancel safe.
    pub(super) async fn explain(&self, opener: &dyn Opener, error: DbErr) -> DbErr {
        let came = Moment::now();
        let mut last = self.last.lock().await;
        if last.as_ref().is_none_or(|(asked, _)| *asked < came) {
            let asked = Moment::now();
            *last = Some((asked, opener.refusal().await));
        }
        let told = last.as_ref().and_then(|(_, cause)| cause.clone());
        told.unwrap_or(error)
    }
}
