use std::sync::Arc;

use super::{DatabaseId, SessionId};

tokio::task_local! {
    static SCOPE: Arc<SessionScope>;
}

/// A session of whatever runs inside, and the scope around.
#[derive(Debug)]
struct SessionScope {
    session: SessionId,
    extent: Extent,
    around: Option<Arc<Self>>,
}

/// Whose handles belong to a scope's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Those of one database.
    Of(DatabaseId),
    /// Those of each database that has no scope of its own: one request is one unit of work.
    All,
}

impl SessionScope {
    fn inside(session: SessionId, extent: Extent) -> Arc<Self> {
        let around = SCOPE.try_with(Arc::clone).ok();
        Arc::new(Self {
            session,
            extent,
            around,
        })
    }

    fn session_of(&self, database: DatabaseId) -> Option<SessionId> {
        match self.extent {
            Extent::Of(own) if own != database => self.around.as_ref()?.session_of(database),
            _ => Some(self.session),
        }
    }

    fn is_all_in_one(&self) -> bool {
        let around = || self.around.as_ref().is_some_and(|it| it.is_all_in_one());
        self.extent == Extent::All || around()
    }
}

/// The session of the scope around the code that runs, for handles of `database`.
#[inline(always)]
pub(super) fn scoped(database: DatabaseId) -> Option<SessionId> {
    let session = SCOPE.try_with(|scope| scope.session_of(database));
    session.ok().flatten()
}

/// Whose handles belong to a request to `database`: a layer for another one may be around, whose session is for all that have none.
pub(crate) fn of_request(database: DatabaseId) -> Extent {
    match SCOPE.try_with(|scope| scope.is_all_in_one()) {
        Ok(true) => Extent::Of(database),
        _ => Extent::All,
    }
}

/// Makes `session` the current one inside `future`.
pub(crate) async fn scope<F: Future>(session: SessionId, extent: Extent, future: F) -> F::Output {
    SCOPE
        .scope(SessionScope::inside(session, extent), future)
        .await
}

/// Makes `session` the current one while `work` runs.
#[cfg(feature = "carrier")]
pub(crate) fn within<T>(session: SessionId, extent: Extent, work: impl FnOnce() -> T) -> T {
    SCOPE.sync_scope(SessionScope::inside(session, extent), work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn handles_have_the_nearest_scope_of_their_database_and_a_request_is_of_all() {
        let (one, other, third) = (DatabaseId::new(), DatabaseId::new(), DatabaseId::new());
        let sessions = || [one, other, third].map(SessionId::current);
        let [task, ..] = sessions();
        let (request, inner) = (SessionId::new(), SessionId::new());
        scope(inner, Extent::Of(other), async {
            assert_eq!(sessions(), [task, inner, task]);
        })
        .await;
        let nested = scope(inner, Extent::Of(other), async { sessions() });
        let found = scope(request, Extent::All, nested).await;
        assert_eq!(found, [request, inner, request]);
        assert_eq!(sessions(), [task; 3]);
    }
}
