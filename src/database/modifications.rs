use super::RoutingDatabase;
use crate::modification::Modifications;

impl RoutingDatabase {
    /// What this process changes from now on, through any handle of the database. A handle of one bind tells of that bind only.
    ///
    /// Each write is told once it is committed: at once, or with its transaction. What is rolled back is not told. What
    /// can't be known is told unconfirmed. Statements of other processes are not seen, nor are those on a connection
    /// that was handed out: `get_…_connection_pool`, and migrations over a handle. On MySQL, a statement that commits
    /// implicitly, such as CREATE TABLE in a transaction, is told with the transaction.
    ///
    /// As long as nobody listens, this costs nothing.
    ///
    /// ```
    /// # use sea_orm_routing::{BindsConfig, RoutingDatabase, config::BindConfig};
    /// use sea_orm::ConnectionTrait;
    /// use tokio_stream::StreamExt;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let bind = |name| BindConfig::new(name, "sqlite::memory:");
    /// # let binds = BindsConfig::new().bind(bind("default")).bind(bind("reports"));
    /// # let db = RoutingDatabase::from_config(binds).await?;
    /// db.execute_unprepared("CREATE TABLE cake (name text)").await?;
    /// let mut modifications = db.modifications();
    /// db.execute_unprepared("INSERT INTO cake VALUES ('apple')").await?;
    /// let first = modifications.next().await.unwrap()?;
    /// assert_eq!(first.to_string(), "default: insert of cake, 1 rows");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "change_stream")]
    #[must_use]
    pub fn modifications(&self) -> Modifications {
        let received = self.dispatcher.modifications.subscribe();
        Modifications::new(self.scope.bind.clone(), received)
    }
}
