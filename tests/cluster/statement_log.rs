use super::{ClusterError, Node, Server};

/// What a server was asked by the application since this was made.
///
/// Sessions of the administrator do not count; the driver's own statements on connecting do (`SET …`), so a
/// test looks for its own tables or for a comment in its texts.
#[derive(Debug)]
pub struct StatementLog<'a, S: Server> {
    node: &'a Node<S>,
    start: u64,
}

impl<'a, S: Server> StatementLog<'a, S> {
    pub(super) fn new(node: &'a Node<S>, start: u64) -> Self {
        Self { node, start }
    }

    pub async fn statements(&self) -> Result<Vec<String>, ClusterError> {
        S::logged_statements(self.node, self.start).await
    }

    /// The number of statements whose text contains `part`.
    pub async fn count(&self, part: &str) -> Result<usize, ClusterError> {
        let statements = self.statements().await?;
        Ok(statements.iter().filter(|text| text.contains(part)).count())
    }
}
