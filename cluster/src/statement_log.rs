use crate::{ClusterError, Node, Server};

/// A statement in a server's log.
#[derive(Debug)]
pub struct LoggedStatement {
    /// The server's name for the connection that it came on.
    pub session: String,
    /// Its text, as the server got it.
    pub text: String,
}

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
    pub(crate) fn new(node: &'a Node<S>, start: u64) -> Self {
        Self { node, start }
    }

    /// Their texts, in the order of the log.
    pub async fn statements(&self) -> Result<Vec<String>, ClusterError> {
        let statements = S::logged_statements(self.node, self.start).await?;
        Ok(statements.into_iter().map(|logged| logged.text).collect())
    }

    /// The number of statements whose text contains `part`.
    pub async fn count(&self, part: &str) -> Result<usize, ClusterError> {
        let statements = self.statements().await?;
        Ok(statements.iter().filter(|text| text.contains(part)).count())
    }

    /// The number of statements whose text contains `part`, on connections that also had one with `other` in it.
    pub async fn count_beside(&self, other: &str, part: &str) -> Result<usize, ClusterError> {
        let statements = S::logged_statements(self.node, self.start).await?;
        let is_beside = |found: &LoggedStatement| {
            let mut same = statements
                .iter()
                .filter(|logged| logged.session == found.session);
            same.any(|logged| logged.text.contains(other))
        };
        let found = statements
            .iter()
            .filter(|logged| logged.text.contains(part));
        Ok(found.filter(|found| is_beside(found)).count())
    }
}
