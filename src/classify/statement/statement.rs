use std::cell::OnceCell;

use sea_orm::DbBackend;

use super::super::lexer::{Keyword, SqlText, TokenKind};
use super::super::walk::{Findings, NamedTables, Walk};
use super::super::{Access, Functions, Reach, Reason};
use super::Verdict;

/// Statements deeper inside others are not looked at: no server nests them so. It bounds the stack.
const DEEPEST: u8 = 4;

/// One statement of a text, from its first token.
#[derive(Debug)]
pub(crate) struct Statement<'w, 'a> {
    pub(super) text: &'w SqlText<'a>,
    pub(super) functions: &'w Functions,
    pub(super) tables: &'w mut NamedTables,
    pub(super) start: usize,
    /// How far the queries inside it reach.
    inner: Reach,
    /// Where it ends at the latest: it may stand inside another.
    pub(super) limit: usize,
    /// In how many others it stands.
    depth: u8,
    /// The end of the statement, once it was looked for.
    end: OnceCell<usize>,
    /// How many queries had been walked through before it.
    pub(super) walks_before: usize,
    /// Where a program begins in it that the server looks into.
    pub(super) program: Option<usize>,
    /// Where the statement of a handler begins in a program.
    pub(super) handled: Option<usize>,
    /// Whether it is a body that the server does not look into before it runs.
    pub(super) is_of_others: bool,
    /// Whether a name that no rule takes is none of a table's.
    pub(super) is_quiet: bool,
}

impl<'w, 'a> Statement<'w, 'a> {
    pub(crate) fn new(
        text: &'w SqlText<'a>,
        functions: &'w Functions,
        tables: &'w mut NamedTables,
        start: usize,
    ) -> Self {
        let walks_before = tables.walks();
        Self {
            text,
            functions,
            tables,
            start,
            inner: Reach::Answer,
            limit: text.len(),
            depth: 0,
            end: OnceCell::new(),
            walks_before,
            program: None,
            handled: None,
            is_of_others: false,
            is_quiet: false,
        }
    }

    /// Says what a statement is that stands inside this one, up to a position.
    pub(super) fn read_inner(&mut self, at: usize, limit: usize) -> Verdict {
        let mut inner = Statement::new(self.text, self.functions, self.tables, at);
        inner.limit = limit;
        inner.depth = self.depth + 1;
        match inner.depth > DEEPEST {
            true => Verdict::write(limit, Reason::TooLong),
            false => inner.read(),
        }
    }

    /// Says what the statement is.
    pub(crate) fn read(mut self) -> Verdict {
        if self.begins_query(self.start) {
            return self.query();
        }
        let verdict = match self.text.backend {
            DbBackend::Postgres => self.postgres(),
            DbBackend::MySql => self.mysql(),
            _ => self.sqlite(),
        };
        self.is_quiet = self.tables.wants_loose() && self.names_no_tables(&verdict.reason);
        // What stands in a routine that the server does not look into is the routine's business.
        let head = self.body().unwrap_or(verdict.end);
        let culprit = self.look_inside(head);
        if self.tables.wants_loose() {
            self.note_loose_of_bodies(verdict.end);
        }
        match (verdict.access, culprit) {
            // What is only planned is not done.
            (Access::Read, None) => verdict,
            (Access::Read, Some(culprit)) => Verdict::write(verdict.end, culprit),
            (Access::Write, _) => {
                let reach = verdict.reach.max(self.inner);
                verdict.reaching(reach)
            }
        }
    }

    /// Whether a query or a change of rows begins at a position.
    pub(super) fn begins_query(&self, at: usize) -> bool {
        match self.text.kind(at) {
            Some(TokenKind::Symbol(b'(')) => self.text.backend != DbBackend::Sqlite,
            Some(TokenKind::Word(Keyword::Table)) => self.text.backend != DbBackend::Sqlite,
            Some(TokenKind::Word(Keyword::Merge)) => self.text.backend == DbBackend::Postgres,
            Some(TokenKind::Word(keyword)) => matches!(
                keyword,
                Keyword::Select
                    | Keyword::With
                    | Keyword::Values
                    | Keyword::Insert
                    | Keyword::Replace
                    | Keyword::Update
                    | Keyword::Delete
            ),
            _ => false,
        }
    }

    fn query(&mut self) -> Verdict {
        let found = Walk::new(self.text, self.functions, self.tables, self.limit).run(self.start);
        if self.start > 0 {
            // It may stand inside another.
            self.tables.note_walked(self.start, found.end);
        }
        match found.is_statement {
            true => Verdict::read_unless(found.end, found.culprit, Reason::PlainQuery)
                .reaching(found.reach),
            false => {
                let nothing = || Reason::Unparsed.into();
                Verdict::write(found.end, found.culprit.unwrap_or_else(nothing))
            }
        }
    }

    /// Walks the tokens from a position to the end of the statement, but not beyond `limit`.
    pub(super) fn walk(&mut self, at: usize, limit: usize) -> Findings {
        let found = Walk::new(self.text, self.functions, self.tables, limit).run(at);
        self.inner = self.inner.max(found.reach);
        self.tables.note_walked(at, found.end);
        found
    }

    fn postgres(&mut self) -> Verdict {
        use Keyword as K;
        match self.text.keyword(self.start) {
            Some(K::Show) => {
                let own = (self.start..self.end()).any(|at| self.text.is_symbol(at, b'.'));
                let reach = if own { Reach::Answer } else { Reach::Server };
                Verdict::write(self.end(), Reason::AsksServer(self.verb())).reaching(reach)
            }
            Some(K::Explain) => self.explain_postgres(),
            Some(K::Copy) => self.copy(),
            Some(K::Prepare)
                if self.text.is_raw(self.start + 1, "TRANSACTION")
                    && self.text.is_string(self.start + 2) =>
            {
                self.runs()
            }
            Some(K::Rollback | K::Commit) if self.text.is_raw(self.start + 1, "PREPARED") => {
                self.runs()
            }
            Some(keyword) => self.change_of_schema(keyword),
            None => self.unknown(),
        }
    }

    fn mysql(&mut self) -> Verdict {
        use Keyword as K;
        match self.text.keyword(self.start) {
            Some(K::Show) => self.show(),
            Some(K::Explain | K::Describe | K::Desc) => self.explain_mysql(),
            Some(K::Analyze) if !self.is_maintenance() => self.explain_mysql(),
            Some(K::Help) => Verdict::read(self.end(), self.describes()),
            Some(K::Checksum) => self.checksum(),
            Some(K::Set) if self.text.is(self.start + 1, K::Statement) => self.set_statement(),
            Some(K::Begin) if self.begins_block() => self.block(),
            Some(K::If | K::Case | K::For | K::Declare) => self.block(),
            Some(K::Other)
                if self
                    .text
                    .is_any_raw(self.start, &["LOOP", "REPEAT", "WHILE"]) =>
            {
                self.block()
            }
            Some(keyword) => self.change_of_schema(keyword),
            None => self.unknown(),
        }
    }

    fn sqlite(&mut self) -> Verdict {
        match self.text.keyword(self.start) {
            Some(Keyword::Explain) => self.explain_sqlite(),
            Some(Keyword::Pragma) => self.pragma(),
            Some(keyword) => self.change_of_schema(keyword),
            None => self.unknown(),
        }
    }

    fn change_of_schema(&mut self, keyword: Keyword) -> Verdict {
        use Keyword as K;
        if let Some(change) = self.session_change(keyword) {
            return self.session(keyword, change);
        }
        match keyword {
            K::Create => self.create(),
            K::Alter | K::Drop => self.alter(),
            K::Rename => self.rename(),
            K::Comment => self.comment(),
            K::Security => self.label(),
            K::Grant | K::Revoke => self.grant(),
            K::Truncate => self.truncate(),
            _ => self.maintain(keyword),
        }
    }

    /// A statement that starts with no word is none of ours.
    fn unknown(&self) -> Verdict {
        Verdict::write(self.end(), Reason::Unparsed)
    }

    /// The end of the statement: the next semicolon outside parentheses.
    pub(super) fn end(&self) -> usize {
        let end = || self.text.statement_end(self.start, self.limit);
        *self.end.get_or_init(end)
    }

    /// The first word, as it is written in reasons.
    pub(super) fn verb(&self) -> String {
        self.text.raw(self.start).to_ascii_uppercase()
    }

    pub(super) fn describes(&self) -> Reason {
        Reason::Describes(self.verb())
    }

    pub(super) fn runs(&self) -> Verdict {
        Verdict::write(self.end(), Reason::Runs(self.verb()))
    }
}
