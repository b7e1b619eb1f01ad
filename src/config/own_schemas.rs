use super::{BindConfig, BindsConfig, Scheme, SearchPath};

impl BindsConfig {
    /// The schemas in which a bind's connections look for a table without one, as far as the configuration says it.
    pub(crate) fn own_schemas(&self, bind: &BindConfig) -> Vec<String> {
        let pool = bind.master.pool.or(&bind.pool).or(&self.pool);
        let path = pool.schema_search_path.as_deref().map(SearchPath::read);
        let names = path.and_then(Result::ok).unwrap_or_default().into_names();
        let mut schemas: Vec<String> = names.into_iter().filter(|name| name != "$user").collect();
        if bind.master.url.backend() == Some(Scheme::MySql) {
            schemas.extend(bind.master.url.database());
        }
        schemas
    }
}
