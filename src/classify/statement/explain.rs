use super::super::lexer::{Keyword, TokenKind};
use super::super::{Access, Reason, Usage};
use super::{Statement, Verdict};

impl Statement<'_, '_> {
    /// PostgreSQL plans a change without running it, unless `ANALYZE` asks for that.
    pub(super) fn explain_postgres(&mut self) -> Verdict {
        let mut at = self.start + 1;
        let mut runs = false;
        if self.text.is_symbol(at, b'(') && !self.begins_query(at + 1) {
            let Some(close) = self.text.closing(at) else {
                return Verdict::write(self.end(), Reason::Unparsed);
            };
            let begins =
                |at: &usize| matches!(self.text.kind(*at), Some(TokenKind::Symbol(b'(' | b',')));
            runs = (at..close).filter(begins).any(|at| self.may_run(at + 1));
            at = close + 1;
        }
        while let Some(Keyword::Analyze | Keyword::Analyse | Keyword::Verbose) =
            self.text.keyword(at)
        {
            runs |= !self.text.is(at, Keyword::Verbose);
            at += 1;
        }
        match self.planned_query(at).filter(|_| !runs) {
            Some(query) => self.explained(query, true),
            None => self.explained(at, !runs),
        }
    }

    /// The query inside `CREATE TABLE … AS` and `DECLARE … FOR`: that is what is planned.
    fn planned_query(&self, at: usize) -> Option<usize> {
        let before = match self.text.keyword(at)? {
            Keyword::Create => Keyword::As,
            Keyword::Declare => Keyword::For,
            _ => return None,
        };
        let query = self.find(at, before)? + 1;
        self.begins_query(query).then_some(query)
    }

    /// Whether an option's name at a position may make the server run what it explains: `ANALYZE`, in any
    /// spelling, and whatever we don't know.
    fn may_run(&self, at: usize) -> bool {
        const ONLY_PLANS: [&str; 10] = [
            "buffers",
            "costs",
            "format",
            "generic_plan",
            "memory",
            "settings",
            "summary",
            "timing",
            "verbose",
            "wal",
        ];
        let name = match self.text.kind(at) {
            Some(TokenKind::Word(_) | TokenKind::Quoted) => self.text.name(at),
            _ => return true,
        };
        let is_off = self.text.is_any_raw(
            at + 1,
            &[
                "OFF",
                "FALSE",
                "0",
                "'off'",
                "'false'",
                "'0'",
                "\"off\"",
                "\"false\"",
            ],
        );
        match name.as_ref() {
            "analyze" | "analyse" => !is_off,
            name => !ONLY_PLANS.contains(&name),
        }
    }

    /// The statement that is explained. `plans_only`: nothing in it is run, whatever it does.
    fn explained(&mut self, at: usize, plans_only: bool) -> Verdict {
        if self.text.is(at, Keyword::Explain) {
            return Verdict::write(self.end(), Reason::Unparsed);
        }
        if !self.begins_query(at) {
            let inner = self.read_inner(at, self.limit);
            return Verdict {
                access: Access::Write,
                ..inner
            };
        }
        let known = self.tables.len();
        let found = self.walk(at, self.limit);
        if !found.is_statement {
            return Verdict::write(found.end, Reason::Unparsed);
        }
        if !plans_only {
            return Verdict::read_unless(found.end, found.culprit, self.describes());
        }
        self.tables.only_read(known);
        Verdict::read_unless(found.end, found.unplannable, self.describes())
    }

    /// `EXPLAIN t`, `EXPLAIN [options] SELECT …`, and MariaDB's `ANALYZE SELECT …`. A change is refused
    /// by a read-only server even if it is only explained.
    pub(super) fn explain_mysql(&mut self) -> Verdict {
        let at = self.after_explain_options();
        if self.text.is(at, Keyword::Into) {
            return self.explained_into(at);
        }
        if self.begins_query(at) {
            return self.explained(at, false);
        }
        if self.text.is(at, Keyword::For)
            && matches!(
                self.text.keyword(at + 1),
                Some(Keyword::Schema | Keyword::Database)
            )
        {
            return self.explained_in_schema(at + 2);
        }
        if self.text.is(self.start, Keyword::Analyze) || self.text.is(at, Keyword::For) {
            return self.runs();
        }
        match self.target(at, Usage::Read) {
            Some((_, next)) => self.described_column(next),
            None => Verdict::write(self.end(), Reason::Unparsed),
        }
    }

    /// MySQL's `EXPLAIN … INTO @plan SELECT …`, which sets the variable.
    fn explained_into(&mut self, into: usize) -> Verdict {
        let begins = |at: &usize| self.begins_query(*at) || self.text.is(*at, Keyword::For);
        match (into..self.end()).find(begins) {
            Some(at) if self.text.is(at, Keyword::For) => self.explained_in_schema(at + 2),
            Some(at) => {
                self.walk(at, self.limit);
                self.runs()
            }
            None => Verdict::write(self.end(), Reason::Unparsed),
        }
    }

    /// MySQL's `EXPLAIN FOR SCHEMA s SELECT …`
    fn explained_in_schema(&mut self, at: usize) -> Verdict {
        let known = self.tables.len();
        let schema = self.text.name(at);
        self.walk(at + 1, self.limit);
        self.tables.qualify(known, &schema, |_| true);
        self.runs()
    }

    /// `DESCRIBE t [column | 'pattern']`: nothing else may follow.
    fn described_column(&self, next: usize) -> Verdict {
        let end = self.end();
        let rest = end.saturating_sub(next);
        let is_column =
            rest == 0 || rest == 1 && (self.text.is_name(next) || self.text.is_string(next));
        match is_column {
            true => Verdict::read(end, self.describes()),
            false => Verdict::write(end, Reason::Unparsed),
        }
    }

    fn after_explain_options(&self) -> usize {
        let mut at = self.start + 1;
        loop {
            match self.text.keyword(at) {
                Some(Keyword::Format) if self.text.is_symbol(at + 1, b'=') => at += 3,
                Some(Keyword::Extended | Keyword::Analyze) if self.continues(at) => at += 1,
                Some(Keyword::Other)
                    if self.text.is_raw(at, "PARTITIONS") && self.continues(at) =>
                {
                    at += 1
                }
                _ => return at,
            }
        }
    }

    /// Whether the word is an option: a query or another option follows.
    fn continues(&self, at: usize) -> bool {
        self.begins_query(at + 1)
            || matches!(
                self.text.kind(at + 1),
                Some(TokenKind::Word(Keyword::Format | Keyword::Extended))
            )
            || self.text.is_raw(at + 1, "PARTITIONS")
    }

    /// SQLite lists the program of a statement without running it.
    pub(super) fn explain_sqlite(&mut self) -> Verdict {
        let at = match self.text.is(self.start + 1, Keyword::Query) {
            true => self.start + 3,
            false => self.start + 1,
        };
        self.explained(at, true)
    }
}
