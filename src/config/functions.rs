/// What the user's own functions do, where the databases' catalogues don't say so, or say it wrong.
///
/// A name is written as in SQL, with its schema or without.
///
/// ```
/// use sea_orm_routing::{RoutingDatabase, config::FunctionsConfig};
///
/// let functions = FunctionsConfig::new().read(["app.tax"]).write(["audit"]);
/// let builder = RoutingDatabase::builder().functions(functions);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionsConfig {
    /// Functions that leave everything as it was, so that a slave can run them.
    pub read: Vec<String>,
    /// Functions that change something, or whose answer is only right on the master.
    pub write: Vec<String>,
}

impl FunctionsConfig {
    /// No functions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds functions that leave everything as it was. Default: none.
    #[must_use]
    pub fn read(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.read.extend(names.into_iter().map(Into::into));
        self
    }

    /// Adds functions that change something. Default: none.
    #[must_use]
    pub fn write(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.write.extend(names.into_iter().map(Into::into));
        self
    }
}
