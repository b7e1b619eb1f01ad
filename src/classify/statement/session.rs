use sea_orm::DbBackend;

use super::super::Reason;
use super::super::lexer::Keyword;
use super::{Statement, Verdict};

impl Statement<'_, '_> {
    /// What a statement changes of the connection's memory, if that is all it does.
    pub(super) fn session_change(&self, keyword: Keyword) -> Option<String> {
        use Keyword as K;
        let changes = match keyword {
            K::Begin | K::Commit | K::Rollback | K::Savepoint | K::Release | K::End => true,
            K::Start => self.text.is_raw(self.start + 1, "TRANSACTION"),
            K::Set => !self.sets_server(),
            K::Reset => self.text.backend == DbBackend::Postgres,
            K::Discard => true,
            K::Prepare | K::Execute | K::Deallocate => true,
            K::Declare | K::Fetch | K::Move | K::Close | K::Handler => true,
            K::Listen | K::Unlisten | K::Attach | K::Detach | K::Use | K::Unlock | K::Xa => true,
            K::Get | K::Signal | K::Resignal => true,
            K::Load => self.text.backend == DbBackend::Postgres,
            K::Lock => self.text.is_mysql(),
            K::Drop => self.text.is_mysql() && self.text.is(self.start + 1, K::Prepare),
            _ => self.text.is_raw(self.start, "ABORT"),
        };
        if changes {
            return Some(self.verb());
        }
        self.is_temporary(keyword)
            .then(|| "temporary table".to_owned())
    }

    /// MySQL's `SET GLOBAL`, `SET PASSWORD` and the like reach beyond the connection.
    fn sets_server(&self) -> bool {
        const SERVER: [&str; 6] = [
            "GLOBAL",
            "PERSIST",
            "PERSIST_ONLY",
            "PASSWORD",
            "DEFAULT",
            "RESOURCE",
        ];
        let setting = self.text.raw(self.start + 1);
        let (scope, _) = setting.split_once('.').unwrap_or((setting, ""));
        self.text.is_mysql()
            && (self.text.is_any_raw(self.start + 1, &SERVER)
                || super::define::is_any(scope, &["@@GLOBAL", "@@PERSIST", "@@PERSIST_ONLY"]))
    }

    /// `CREATE [OR REPLACE] [LOCAL] TEMPORARY …`, `DROP TEMPORARY …`
    fn is_temporary(&self, keyword: Keyword) -> bool {
        matches!(keyword, Keyword::Create | Keyword::Drop)
            && (self.start + 1..self.start + 5).any(|at| {
                matches!(
                    self.text.keyword(at),
                    Some(Keyword::Temp | Keyword::Temporary)
                ) && (self.start + 1..at).all(|before| {
                    matches!(
                        self.text.keyword(before),
                        Some(Keyword::Or | Keyword::Replace | Keyword::Local | Keyword::Global)
                    )
                })
            })
    }

    pub(super) fn session(&mut self, what: String) -> Verdict {
        let end = self.session_tables();
        Verdict::write(end, Reason::Session(what))
    }

    /// The tables of `LOCK TABLES`, of `HANDLER`, of a temporary table's definition and of queries
    /// inside the statement.
    fn session_tables(&mut self) -> usize {
        match self.text.keyword(self.start) {
            Some(Keyword::Create) => return self.create().end,
            Some(Keyword::Drop) => return self.alter().end,
            Some(Keyword::Lock) => self.locked_tables(),
            Some(Keyword::Handler) => self.written_table(self.start + 1),
            _ => self.inner_queries(self.start + 1),
        }
        self.end()
    }

    /// MariaDB's `SET STATEMENT … FOR statement`: the settings may change what the statement does.
    pub(super) fn set_statement(&mut self) -> Verdict {
        let inner = self.find(self.start, Keyword::For).map(|at| at + 1);
        match inner.filter(|at| self.text.keyword(*at).is_some()) {
            Some(inner) => {
                self.inner_queries_until(self.start + 1, inner - 1);
                Statement::new(self.text, self.functions, self.tables, inner).read();
            }
            None => self.inner_queries(self.start + 1),
        }
        Verdict::write(self.end(), Reason::Runs("SET STATEMENT".to_owned()))
    }

    /// MariaDB's `BEGIN NOT ATOMIC … END`: a program, semicolons and all.
    pub(super) fn block(&mut self) -> Verdict {
        self.tables_of_program(self.start, self.text.len());
        let what = match self.text.is(self.start, Keyword::Begin) {
            true => "BEGIN NOT ATOMIC".to_owned(),
            false => self.verb(),
        };
        Verdict::write(self.text.len(), Reason::Runs(what))
    }
}
