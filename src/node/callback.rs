use std::{fmt, sync::Arc};

use sea_orm::metric;

/// What is called after each statement, with the key of its node.
#[derive(Clone)]
pub(crate) struct Callback(Arc<MetricCallback>);

type MetricCallback = dyn Fn(&str, &metric::Info<'_>) + Send + Sync;

impl Callback {
    pub(crate) fn new(call: impl Fn(&str, &metric::Info<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(call))
    }

    pub(super) fn call(&self, key: &str, info: &metric::Info<'_>) {
        (self.0)(key, info);
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback")
    }
}
