use std::sync::Arc;

use sea_orm::DbBackend;

/// One bind's part of a distributed transaction, by the name under which its server prepares it.
///
/// The name is hexadecimal digits, colons and letters, so that it needs no escape.
#[derive(Clone, Debug)]
pub(crate) struct Branch(Arc<str>);

impl Branch {
    pub(crate) fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// What makes a transaction that has just begun a branch, where the server must know beforehand.
    pub(super) fn start(&self, backend: DbBackend) -> Option<String> {
        // XA START is refused in the transaction that SeaORM's BEGIN has opened:
        // <https://dev.mysql.com/doc/refman/8.4/en/xa-states.html>.
        (backend == DbBackend::MySql).then(|| format!("ROLLBACK; XA START '{}'", self.0))
    }

    /// Ends the branch and commits it without others, where COMMIT would not.
    pub(super) fn commit_alone(&self, backend: DbBackend) -> Option<String> {
        (backend == DbBackend::MySql)
            .then(|| format!("XA END '{0}'; XA COMMIT '{0}' ONE PHASE", self.0))
    }

    /// Ends the branch and rolls it back, where ROLLBACK would not.
    pub(super) fn roll_back(&self, backend: DbBackend) -> Option<String> {
        (backend == DbBackend::MySql).then(|| format!("XA END '{0}'; XA ROLLBACK '{0}'", self.0))
    }

    pub(super) fn prepare(&self, backend: DbBackend) -> String {
        match backend {
            DbBackend::MySql => format!("XA END '{0}'; XA PREPARE '{0}'", self.0),
            // Of a transaction that has failed it would be an answer without an error, and a rollback.
            _ => format!("SELECT 1; PREPARE TRANSACTION '{}'", self.0),
        }
    }

    pub(crate) fn commit_prepared(&self, backend: DbBackend) -> String {
        match backend {
            DbBackend::MySql => format!("XA COMMIT '{}'", self.0),
            _ => format!("COMMIT PREPARED '{}'", self.0),
        }
    }

    pub(crate) fn roll_back_prepared(&self, backend: DbBackend) -> String {
        match backend {
            DbBackend::MySql => format!("XA ROLLBACK '{}'", self.0),
            _ => format!("ROLLBACK PREPARED '{}'", self.0),
        }
    }
}
