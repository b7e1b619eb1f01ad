tokio::task_local! {
    static ONLY_READS: ();
}

/// Whether the code that runs is inside of a scope that only reads.
pub(crate) fn writes_are_prevented() -> bool {
    ONLY_READS.try_with(|()| ()).is_ok()
}

/// Lets no handle write inside `future`.
pub(crate) async fn only_reading<F: Future>(future: F) -> F::Output {
    ONLY_READS.scope((), future).await
}

/// Lets no handle write while `work` runs.
#[cfg(feature = "carrier")]
pub(crate) fn only_reading_within<T>(work: impl FnOnce() -> T) -> T {
    ONLY_READS.sync_scope((), work)
}
