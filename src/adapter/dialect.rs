//! What SeaORM asks of a handle before there is a statement, and what follows when the route answers otherwise.

use sea_orm::{DbBackend, Statement, StatementBuilder};

use crate::{database::RoutingDatabase, dispatch::Decision, error::RoutingError, node::Node};

impl RoutingDatabase {
    /// Refuses a text that was rendered for the handle's backend and belongs to a bind of another one.
    pub(crate) fn speaks(&self, node: &Node, built_for: DbBackend) -> Result<(), RoutingError> {
        match node.backend {
            Some(backend) if backend != built_for && self.home.backend == Some(built_for) => {
                Err(RoutingError::OtherBackend {
                    bind: node.bind.to_string(),
                    backend: backend.as_str(),
                    built_for: built_for.as_str(),
                })
            }
            _ => Ok(()),
        }
    }

    /// The decision for a rendered text, judged again where its node speaks another dialect than the text was made for.
    pub(crate) fn fit(
        &self,
        decision: Decision,
        built_for: DbBackend,
        sql: &str,
    ) -> Result<Decision, RoutingError> {
        self.speaks(&decision.node, built_for)?;
        match decision.node.backend {
            Some(backend) if backend != built_for => {
                self.dispatcher.rejudge(decision, backend, sql)
            }
            _ => Ok(decision),
        }
    }

    /// The statement as its node understands it: rendered and judged again if the bind has another backend, unless
    /// SeaORM asked something first to which that bind has another answer.
    pub(crate) fn fit_built<S: StatementBuilder>(
        &self,
        decision: Decision,
        built: Statement,
        builder: &S,
    ) -> Result<(Decision, Statement), RoutingError> {
        match decision.node.backend {
            Some(backend) if backend != built.db_backend => {
                if !decision.is_read() && !self.answers_like(&decision.node, &built.sql) {
                    self.speaks(&decision.node, built.db_backend)?;
                }
                let statement = backend.build(builder);
                let decision = self.dispatcher.rejudge(decision, backend, &statement.sql)?;
                Ok((decision, statement))
            }
            _ => Ok((decision, built)),
        }
    }

    /// Whether SeaORM would have built the same write for `node`.
    ///
    /// It asks for RETURNING, and where there is one it casts PostgreSQL's enums; an UPDATE or DELETE without
    /// RETURNING depends on neither.
    fn answers_like(&self, node: &Node, sql: &str) -> bool {
        let updates = ["UPDATE ", "DELETE "]
            .iter()
            .any(|verb| sql.starts_with(verb));
        if updates && !sql.contains(" RETURNING ") {
            return true;
        }
        let postgres = |backend| backend == Some(DbBackend::Postgres);
        sql.starts_with("INSERT ")
            && returns(self.home.backend) == returns(node.backend)
            && !postgres(self.home.backend)
            && !postgres(node.backend)
    }
}

fn returns(backend: Option<DbBackend>) -> Option<bool> {
    backend.map(|backend| backend.support_returning())
}
