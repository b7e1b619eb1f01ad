use sea_orm::DbBackend;

use super::super::lexer::Keyword;
use super::super::walk::Name;
use super::super::{ObjectKind, Reach, Reason, Usage};
use super::{Statement, Verdict};

impl Statement<'_, '_> {
    /// Statements that look after tables, load files, or run programs.
    pub(super) fn maintain(&mut self, keyword: Keyword) -> Verdict {
        use Keyword as K;
        match keyword {
            K::Load => self.load(),
            K::Import if self.text.backend == DbBackend::Postgres => self.import(),
            K::Backup if self.text.is(self.start + 1, K::Lock) => {
                self.target(self.start + 2, Usage::Write);
            }
            // `CLUSTER i ON t`
            K::Cluster if self.find(self.start, K::On).is_some() => {
                self.table_behind_on(self.start, Usage::Write);
            }
            K::Call => return self.runs_named().reaching(Reach::Connection),
            K::Notify => return self.runs_named(),
            K::Do if self.text.is_mysql() => self.inner_queries(self.start + 1),
            K::Flush if !self.is_maintenance() => {}
            K::Vacuum if self.text.backend == DbBackend::Sqlite => {}
            K::Vacuum
            | K::Analyze
            | K::Analyse
            | K::Cluster
            | K::Optimize
            | K::Repair
            | K::Check
            | K::Flush
            | K::Lock
            | K::Cache => self.maintained(),
            // PostgreSQL's
            K::Other if self.text.is_raw(self.start, "REPACK") => self.maintained(),
            K::Reindex if self.text.backend == DbBackend::Sqlite => self.reindexed(),
            K::Reindex | K::Refresh => self.rebuilt(),
            _ => {}
        }
        match keyword == K::Lock && self.shares_access() {
            true => self.runs().reaching(Reach::Transaction),
            false => self.runs(),
        }
    }

    fn maintained(&mut self) {
        let at = self.after_options(self.start + 1);
        // `FLUSH TABLES WITH READ LOCK` is of all.
        if !self.text.is(at, Keyword::With) {
            self.targets(at, Usage::Write);
        }
    }

    /// PostgreSQL's `LOCK TABLE t IN ACCESS SHARE MODE` keeps no more than a definition from changing, which a slave too
    /// obeys.
    fn shares_access(&self) -> bool {
        const MODE: [&str; 4] = ["IN", "ACCESS", "SHARE", "MODE"];
        let is_mode = |at: usize| {
            (at..)
                .zip(MODE)
                .all(|(at, word)| self.text.is_raw(at, word))
        };
        self.text.backend == DbBackend::Postgres && (self.start..self.end()).any(is_mode)
    }

    /// `CALL p(…)`: the name says more than the verb.
    fn runs_named(&mut self) -> Verdict {
        let name = Name::at(self.text, self.start + 1);
        let named = name.map_or_else(
            || self.verb(),
            |name| format!("{} {}", self.verb(), name.display()),
        );
        self.inner_queries(self.start + 1);
        Verdict::write(self.end(), Reason::Runs(named))
    }

    /// The position after options in parentheses and the words before a list of tables.
    fn after_options(&self, mut at: usize) -> usize {
        if self.text.is_symbol(at, b'(') {
            at = self.text.closing(at).map_or(at, |close| close + 1);
        }
        while is_option(self.text.backend, self.text.raw(at)) && self.text.is_name(at) {
            at += 1;
            if self
                .text
                .is_any_raw(at - 1, &["TABLE", "TABLES", "VIEW", "INDEX"])
            {
                break;
            }
        }
        at
    }

    /// `LOAD DATA … INTO TABLE t`, `LOAD INDEX INTO CACHE t, u`.
    fn load(&mut self) {
        let Some(into) = self.find(self.start, Keyword::Into) else {
            return;
        };
        match self.text.is(into + 1, Keyword::Cache) {
            true => drop(self.targets(into + 2, Usage::Write)),
            false => drop(self.target(into + 2, Usage::Write)),
        }
    }

    /// SQLite's `REINDEX x`: an index, a table or a collation.
    fn reindexed(&mut self) {
        if let Some(name) = Name::at(self.text, self.start + 1) {
            self.tables.add_object(ObjectKind::Index, &name);
            self.tables.add_perhaps(&name);
        }
    }

    /// `REINDEX TABLE t`, `REFRESH MATERIALIZED VIEW v`.
    fn rebuilt(&mut self) {
        let table = (self.start + 1..self.end())
            .find(|at| matches!(self.text.keyword(*at), Some(Keyword::Table | Keyword::View)));
        match table {
            Some(at) => {
                self.objects(at);
                self.target(at + 1, Usage::Write);
            }
            None => {
                let index =
                    (self.start + 1..self.end()).find(|at| self.text.is(*at, Keyword::Index));
                if let Some(at) = index {
                    self.objects(at);
                }
            }
        }
    }

    /// MySQL's `LOCK TABLES a READ, b AS c WRITE`.
    pub(super) fn locked_tables(&mut self) {
        self.targets(self.start + 2, Usage::Write);
    }

    /// MySQL's `ANALYZE TABLE t` among the other meanings of the word.
    pub(super) fn is_maintenance(&self) -> bool {
        (self.start + 1..self.start + 3).any(|at| {
            matches!(
                self.text.keyword(at),
                Some(Keyword::Table | Keyword::Tables)
            )
        })
    }

    /// `CHECKSUM TABLE a, b` reads every row and changes none.
    pub(super) fn checksum(&mut self) -> Verdict {
        self.targets(self.start + 2, Usage::Read);
        Verdict::read(self.end(), self.describes())
    }
}

/// Words that no table's name can be where they stand; another server's are names.
fn is_option(backend: DbBackend, word: &str) -> bool {
    const OF_POSTGRES: [&str; 6] = ["FULL", "FREEZE", "VERBOSE", "ANALYZE", "ANALYSE", "TABLE"];
    const OF_MYSQL: [&str; 6] = [
        "LOCAL",
        "NO_WRITE_TO_BINLOG",
        "TABLE",
        "TABLES",
        "VIEW",
        "INDEX",
    ];
    let options: &[&str] = match backend {
        DbBackend::Postgres => &OF_POSTGRES,
        DbBackend::MySql => &OF_MYSQL,
        _ => &[],
    };
    super::define::is_any(word, options)
}
