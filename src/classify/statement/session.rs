use sea_orm::DbBackend;

use super::super::lexer::Keyword;
use super::super::walk::{NamedTables, Walk};
use super::super::{Action, Culprit, Reach, Reason};
use super::{Statement, Verdict};

impl Statement<'_, '_> {
    /// What a statement changes of the connection's memory, if that is all it does.
    pub(super) fn session_change(&self, keyword: Keyword) -> Option<Culprit> {
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
            return Some(Culprit {
                reason: Reason::Session(self.verb()),
                action: match keyword {
                    K::Set => Action::Sets,
                    K::Declare => Action::OpensCursor,
                    _ => Action::Other,
                },
            });
        }
        self.is_temporary(keyword).then(Culprit::temporary)
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

    /// `CREATE [OR REPLACE] [LOCAL] TEMPORARY …`, `DROP TEMPORARY …`, `CREATE TABLE pg_temp.t`
    fn is_temporary(&self, keyword: Keyword) -> bool {
        self.is_called_temporary(keyword)
            || keyword == Keyword::Create && self.is_made_in_temporary_schema()
    }

    fn is_called_temporary(&self, keyword: Keyword) -> bool {
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

    pub(super) fn session(&mut self, keyword: Keyword, change: Culprit) -> Verdict {
        let reach = self.session_reach(keyword);
        let end = self.session_tables();
        Verdict::write(end, change).reaching(reach)
    }

    /// What stays of it when its transaction has ended.
    fn session_reach(&mut self, keyword: Keyword) -> Reach {
        use Keyword as K;
        let next = self.start + 1;
        let is_postgres = self.text.backend == DbBackend::Postgres;
        match keyword {
            K::Savepoint | K::Release => Reach::Setting,
            K::Rollback if self.rolls_back_to(next) => Reach::Setting,
            K::Set if is_postgres => {
                let words = ["LOCAL", "TRANSACTION", "CONSTRAINTS"];
                match self.text.is_any_raw(next, &words) {
                    true => Reach::Setting,
                    false => Reach::Connection,
                }
            }
            K::Set => self.assigned_reach(next),
            K::Declare if !self.is_held() => Reach::Transaction,
            K::Fetch | K::Move | K::Close => Reach::Transaction,
            K::Listen | K::Lock | K::Unlock | K::Xa => Reach::Master,
            // A standby has none.
            K::Create | K::Drop if !self.text.is_mysql() => Reach::Master,
            _ => Reach::Connection,
        }
    }

    /// `ROLLBACK [WORK | TRANSACTION] TO`
    fn rolls_back_to(&self, next: usize) -> bool {
        let words = ["WORK", "TRANSACTION"];
        let at = next + usize::from(self.text.is_any_raw(next, &words));
        self.text.is_raw(at, "TO")
    }

    /// `DECLARE c CURSOR WITH HOLD`: a cursor that outlives its transaction.
    fn is_held(&self) -> bool {
        (self.start..self.end())
            .any(|at| self.text.is_raw(at, "WITH") && self.text.is_raw(at + 1, "HOLD"))
    }

    /// MySQL's and SQLite's `SET` takes any expression.
    fn assigned_reach(&self, at: usize) -> Reach {
        let mut tables = NamedTables::default();
        let walk = Walk::new(self.text, self.functions, &mut tables, self.end());
        walk.run(at).reach.max(Reach::Connection)
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

    /// MariaDB's `SET STATEMENT … FOR statement`: the settings may change what the statement does, which may be another such
    /// one.
    pub(super) fn set_statement(&mut self) -> Verdict {
        let mut settings = self.start + 1;
        let inner = loop {
            let inner = self.find(settings, Keyword::For).map(|at| at + 1);
            let Some(inner) = inner.filter(|at| self.text.keyword(*at).is_some()) else {
                break None;
            };
            self.inner_queries_until(settings, inner - 1);
            if !self.text.is(inner, Keyword::Set) || !self.text.is(inner + 1, Keyword::Statement) {
                break Some(inner);
            }
            settings = inner + 1;
        };
        let mut end = self.end();
        match inner {
            Some(inner) => {
                // It may be a program with semicolons.
                end = end.max(self.read_inner(inner, self.limit).end);
            }
            None => self.inner_queries(settings),
        }
        Verdict::write(end, Reason::Runs("SET STATEMENT".to_owned()))
    }

    /// Whether a `BEGIN` is that of a block and not of a transaction: in Oracle's mode a statement follows it.
    pub(super) fn begins_block(&self) -> bool {
        let next = self.start + 1;
        self.text.keyword(next).is_some() && !self.text.is_raw(next, "WORK")
    }

    /// MariaDB's `BEGIN NOT ATOMIC … END`: a program, semicolons and all.
    pub(super) fn block(&mut self) -> Verdict {
        self.program = Some(self.start + 1);
        let what = match self.text.is(self.start + 1, Keyword::Not) {
            true => "BEGIN NOT ATOMIC".to_owned(),
            false => self.verb(),
        };
        Verdict::write(self.limit, Reason::Runs(what))
    }
}
