use test_cluster::{HaProxy, PgBouncer, PgPool};

/// A program between the application and its servers.
#[derive(Debug)]
pub(crate) enum Proxy {
    PgPool(PgPool),
    PgBouncer(PgBouncer),
    HaProxy(HaProxy),
}

impl Proxy {
    pub(crate) fn url(&self, database: &str) -> String {
        match self {
            Self::PgPool(proxy) => proxy.url(database),
            Self::PgBouncer(proxy) => proxy.url(database),
            Self::HaProxy(proxy) => proxy.url(database),
        }
    }

    pub(crate) fn processes(&self) -> Vec<u32> {
        match self {
            Self::PgPool(proxy) => proxy.processes(),
            Self::PgBouncer(proxy) => proxy.processes(),
            Self::HaProxy(proxy) => proxy.processes(),
        }
    }
}
