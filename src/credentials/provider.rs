use std::error::Error;

use async_trait::async_trait;

use super::{Credentials, NodeAddress};

/// Why there are no credentials. Its text is logged and stands in errors: it must not hold a secret.
pub type CredentialsError = Box<dyn Error + Send + Sync>;

/// Gives the credentials of nodes, such as the tokens of a cloud's IAM or what a vault has rotated.
///
/// A closure is a provider, too: see [`RoutingDatabaseBuilder::credentials`](crate::RoutingDatabaseBuilder::credentials).
///
/// The provider is asked before a statement may need a new connection, once for all that need credentials at the same time, and not for
/// connections that are open. Connections that pools and the monitor open by themselves use the last answer. An
/// answer that says [when it ends](Credentials::expires_in) is used until then. After an error, a panic, or no answer for 5 s, the last
/// answer is used until it ends.
#[async_trait]
pub trait CredentialsProvider: Send + Sync + 'static {
    /// The present credentials of a node.
    ///
    /// # Errors
    /// That there are none.
    async fn credentials(&self, node: &NodeAddress) -> Result<Credentials, CredentialsError>;
}

#[async_trait]
impl<F, A, E> CredentialsProvider for F
where
    F: Fn(NodeAddress) -> A + Send + Sync + 'static,
    A: Future<Output = Result<Credentials, E>> + Send,
    E: Into<CredentialsError>,
{
    async fn credentials(&self, node: &NodeAddress) -> Result<Credentials, CredentialsError> {
        let answer = self(node.clone());
        answer.await.map_err(Into::into)
    }
}
