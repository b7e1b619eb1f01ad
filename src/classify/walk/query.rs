use sea_orm::DbBackend;

use super::super::lexer::Keyword;
use super::super::table::is_temporary_schema;
use super::super::{Culprit, ObjectKind, Reach, Reason, Usage};
use super::frame::{Clause, RowChange};
use super::{Name, Walk};

impl Walk<'_, '_> {
    /// A word: a part of a name, a label, or a keyword where it can be one.
    pub(super) fn word(&mut self, at: usize, keyword: Keyword) -> usize {
        if self.text.follows_symbol(at, b'.') {
            self.sequence_column(at);
            return at + 1;
        }
        if self.text.is_before_dot(at) {
            return self.name(at);
        }
        if self.is_label(at) {
            self.name_alias(at);
            return at + 1;
        }
        if self.is_with_clause() && self.with_word(at, keyword) {
            return at + 1;
        }
        if keyword == Keyword::As {
            self.last_as = Some(at);
        }
        match self.effect_word(at, keyword) {
            Some(next) => next,
            None => self.clause_word(at, keyword),
        }
    }

    /// Whether the word stands after an `AS` that is no label itself.
    pub(super) fn is_label(&self, at: usize) -> bool {
        let is_as_of = self.text.is_mysql() && self.text.is(at, Keyword::Of);
        at > self.start && self.last_as == Some(at - 1) && !self.is_with_clause() && !is_as_of
    }

    fn is_with_clause(&self) -> bool {
        use Clause::{WithBody, WithDone, WithName, WithNamed};
        matches!(self.top.clause, WithName | WithNamed | WithBody | WithDone)
    }

    /// Words that make a query more than a read. Returns the position after them.
    fn effect_word(&mut self, at: usize, keyword: Keyword) -> Option<usize> {
        let mysql = self.text.is_mysql();
        match keyword {
            Keyword::Into => return Some(self.store(at)),
            Keyword::For if self.locks(at) => self.blame(Reason::LocksRows),
            Keyword::Lock if mysql && self.text.is(at + 1, Keyword::In) => {
                self.blame(Reason::LocksRows);
            }
            Keyword::SqlCalcFoundRows if mysql => {
                let reason = Reason::Session("SQL_CALC_FOUND_ROWS".to_owned());
                self.blame_for(reason, Reach::Transaction);
            }
            Keyword::Next if self.is_sequence(at) => {
                self.sequence_at(at + 3);
                self.blame(Reason::Calls("NEXT VALUE".to_owned()))
            }
            Keyword::Previous if self.is_sequence(at) => {
                self.sequence_at(at + 3);
                let reason = Reason::Session("PREVIOUS VALUE".to_owned());
                self.blame_for(reason, Reach::Transaction);
            }
            Keyword::Procedure if mysql && !self.text.is(at + 1, Keyword::Analyse) => {
                self.blame(Reason::Runs("PROCEDURE".to_owned()));
            }
            Keyword::Insert
            | Keyword::Replace
            | Keyword::Update
            | Keyword::Delete
            | Keyword::Merge
                if self.begins_change(at) =>
            {
                return Some(self.begin_change(at, keyword));
            }
            _ => return None,
        }
        self.leave_sources();
        Some(at + 1)
    }

    /// MariaDB's `NEXT VALUE FOR s`.
    pub(crate) fn is_sequence(&self, at: usize) -> bool {
        self.text.is_mysql()
            && self.text.is(at + 1, Keyword::Value)
            && self.text.is(at + 2, Keyword::For)
    }

    /// MariaDB in its Oracle mode: `s.nextval`, in quotes or not.
    pub(super) fn sequence_column(&mut self, at: usize) {
        let column = self.text.name(at);
        if self.text.is_mysql()
            && ["nextval", "currval"]
                .iter()
                .any(|name| column.eq_ignore_ascii_case(name))
        {
            let sequence = Name::before(self.text, at + 1);
            if let Some(name) = sequence.and_then(|name| name.without_last(self.text)) {
                self.tables.add_object(ObjectKind::Sequence, &name);
            }
            self.blame(Reason::Calls(column.into_owned()));
        }
    }

    /// `FOR UPDATE`, `FOR SHARE`, `FOR NO KEY UPDATE`, `FOR KEY SHARE`.
    fn locks(&self, at: usize) -> bool {
        matches!(
            self.text.keyword(at + 1),
            Some(Keyword::Update | Keyword::Share | Keyword::No | Keyword::Key)
        )
    }

    fn begins_change(&self, at: usize) -> bool {
        matches!(self.top.clause, Clause::Start | Clause::WithDone)
            && !self.top.holds_arguments
            && (self.text.is_name(at + 1)
                || self.text.is_string(at + 1)
                || self.text.is_mysql()
                    && (self.text.is_symbol(at + 1, b'.')
                        || self.text.is(at, Keyword::Update)
                            && b"({"
                                .iter()
                                .any(|symbol| self.text.is_symbol(at + 1, *symbol))))
    }

    /// `SELECT … INTO`: a table, a file or variables.
    fn store(&mut self, at: usize) -> usize {
        if self.text.is_mysql() {
            return self.store_outside(at);
        }
        let mut next = at + 1;
        let mut temporary = false;
        while let Some(
            Keyword::Temp
            | Keyword::Temporary
            | Keyword::Unlogged
            | Keyword::Table
            | Keyword::Local
            | Keyword::Global,
        ) = self.text.keyword(next)
            && self.is_option_of_into(next)
        {
            temporary |= matches!(
                self.text.keyword(next),
                Some(Keyword::Temp | Keyword::Temporary)
            );
            next += 1;
        }
        let Some(name) = Name::at(self.text, next) else {
            self.blame(Reason::Unparsed);
            return at + 1;
        };
        let schema = name.schema.as_deref();
        temporary |= schema.is_some_and(|schema| is_temporary_schema(self.text.backend, schema));
        self.tables.add(&name, Usage::Define);
        if temporary {
            self.tables.note_temporary(&name);
        }
        match temporary {
            true => self.accuse(Culprit::temporary(), Reach::Connection),
            false => self.blame(Reason::Into(name.display())),
        }
        name.end
    }

    /// A table may have the name of an option, which has a name or `TABLE` behind it: `INTO temp FROM a` makes `temp`.
    fn is_option_of_into(&self, at: usize) -> bool {
        use Keyword as K;
        let next = at + 1;
        let goes_on = matches!(
            self.text.keyword(next),
            Some(
                K::From
                    | K::Where
                    | K::Group
                    | K::Having
                    | K::Window
                    | K::Order
                    | K::Limit
                    | K::Offset
                    | K::Fetch
                    | K::For
                    | K::Union
                    | K::Intersect
                    | K::Except
            )
        );
        self.text.is(at, K::Table) || self.text.is_name(next) && !goes_on
    }

    fn store_outside(&mut self, at: usize) -> usize {
        self.blame(match self.text.keyword(at + 1) {
            Some(Keyword::Outfile | Keyword::Dumpfile) => Reason::WritesFile,
            _ => Reason::Session("INTO variables".to_owned()),
        });
        self.leave_sources();
        at + 1
    }

    fn leave_sources(&mut self) {
        if matches!(self.top.clause, Clause::Joined | Clause::Condition) {
            self.top.clause = Clause::Tail;
        }
    }

    /// Words that move a query from one clause to the next.
    fn clause_word(&mut self, at: usize, keyword: Keyword) -> usize {
        let clause = self.top.clause;
        let in_sources = matches!(clause, Clause::Joined | Clause::Condition);
        match keyword {
            Keyword::Select => self.begin_query(Clause::Select),
            Keyword::With if self.expects_query(at) => self.begin_with(),
            Keyword::Values if self.expects_query(at) => self.begin_query(Clause::Tail),
            Keyword::Table if self.expects_query(at) => {
                self.begin_query(Clause::Source);
                self.top.usage = Usage::Read;
            }
            Keyword::In if self.names_table_in(at + 1) => return self.table_in(at + 1),
            Keyword::From if self.counts_rows(at) => {
                // What is left of the call follows: `OVER (…)`.
                self.closed_call = Some(at + 1);
                return at + 2;
            }
            Keyword::From if self.begins_sources(at) => self.top.expects_table(Usage::Read),
            Keyword::Using if in_sources && self.begins_using() => self.begin_using(),
            Keyword::Join if in_sources && !self.follows_hint(at) => {
                self.top.clause = Clause::Source;
            }
            Keyword::StraightJoin if in_sources && self.text.is_mysql() => {
                self.top.clause = Clause::Source;
            }
            Keyword::On if in_sources && self.begins_upsert(at) => {
                self.top.clause = Clause::Tail;
            }
            Keyword::On | Keyword::Using if clause == Clause::Joined => {
                self.top.clause = Clause::Condition
            }
            Keyword::Group if self.text.is(at + 1, Keyword::By) && self.leaves_clause(at) => {
                self.top.clause = Clause::Group;
            }
            Keyword::Union | Keyword::Intersect | Keyword::Except => {
                self.top.clause = Clause::SetOperator
            }
            // MariaDB's, in Oracle's mode.
            Keyword::Minus
                if self.text.is_mysql()
                    && clause != Clause::Source
                    && self.text.is(at + 1, Keyword::Select) =>
            {
                self.top.clause = Clause::SetOperator
            }
            _ if in_sources && self.ends_sources(at, keyword) => self.top.clause = Clause::Tail,
            _ if clause == Clause::Group && keyword != Keyword::By && ends_group(keyword) => {
                self.top.clause = Clause::Tail;
            }
            _ => return self.plain_word(at, keyword),
        }
        at + 1
    }

    /// SQLite's `x IN t`, where other servers want parentheses.
    pub(crate) fn names_table_in(&self, at: usize) -> bool {
        self.text.backend == DbBackend::Sqlite && (self.text.is_name(at) || self.text.is_string(at))
    }

    /// Names the table behind `IN`; the position after its name.
    pub(crate) fn table_in(&mut self, at: usize) -> usize {
        let Some(name) = Name::at(self.text, at) else {
            return at;
        };
        if self.text.is_symbol(name.end, b'(') {
            self.table_with_arguments(&name);
            return name.end;
        }
        match self.pragma(&name) {
            Some(pragma) => self.read_pragma(&name, pragma),
            None => self.record(&name, Usage::Read),
        }
        name.end
    }

    fn begin_query(&mut self, clause: Clause) {
        self.selects = true;
        self.top.clause = clause;
    }

    fn plain_word(&mut self, at: usize, keyword: Keyword) -> usize {
        match self.top.clause {
            Clause::Source => return self.source(at),
            Clause::Joined => self.joined(at, keyword),
            Clause::Start => self.top.clause = Clause::Expression,
            _ => {}
        }
        at + 1
    }

    pub(super) fn name_alias(&mut self, at: usize) {
        self.alias = Some(at);
        if self.top.clause == Clause::Joined {
            let name = self.text.name(at).into_owned();
            self.remember_alias(name);
        }
        if self.top.clause == Clause::Start {
            self.top.clause = Clause::Expression;
        }
    }

    /// Whether a query may begin here: at the start, after a set operator, in an `INSERT`.
    fn expects_query(&self, at: usize) -> bool {
        match self.top.clause {
            Clause::Start | Clause::SetOperator | Clause::Body | Clause::WithDone => true,
            Clause::Source => self.text.follows_symbol(at, b'('),
            _ => false,
        }
    }

    /// `FROM` after a select list or the assignments of an `UPDATE`, but not `IS DISTINCT FROM`.
    fn begins_sources(&self, at: usize) -> bool {
        let compares = self.text.follows(at, Keyword::Distinct)
            && (self.text.follows(at - 1, Keyword::Is) || self.text.follows(at - 1, Keyword::Not));
        let in_place = match self.top.clause {
            Clause::Select => true,
            Clause::Tail => self.top.change == Some(RowChange::Update),
            _ => false,
        };
        in_place && !compares
    }

    /// MySQL's `NTH_VALUE(a, 2) FROM FIRST OVER (…)`.
    fn counts_rows(&self, at: usize) -> bool {
        self.text.is_mysql()
            && at > 0
            && self.closed_nth_value == Some(at - 1)
            && self.text.is_any_raw(at + 1, &["FIRST", "LAST"])
    }

    /// `ON DUPLICATE KEY`, `ON CONFLICT (…) DO`; but `JOIN b ON conflict(a.x)` is a condition.
    fn begins_upsert(&self, at: usize) -> bool {
        if self.top.change != Some(RowChange::Insert) {
            return false;
        }
        if self.text.is_raw(at + 1, "DUPLICATE") {
            return self.text.is(at + 2, Keyword::Key);
        }
        let follows = match self.text.is_symbol(at + 2, b'(') {
            true => self.text.closing(at + 2).map_or(at, |close| close + 1),
            false => at + 2,
        };
        self.text.is_raw(at + 1, "CONFLICT")
            && matches!(
                self.text.keyword(follows),
                Some(Keyword::Do | Keyword::On | Keyword::Where)
            )
    }

    /// `USING` that names more sources, not the columns of a join.
    fn begins_using(&self) -> bool {
        matches!(self.top.change, Some(RowChange::Delete | RowChange::Merge))
            && self.top.usage == Usage::Write
    }

    fn leaves_clause(&self, at: usize) -> bool {
        !matches!(
            self.top.clause,
            Clause::Expression | Clause::Start | Clause::Names
        ) && !self.follows_hint(at)
    }

    /// MySQL's `USE INDEX FOR ORDER BY (i)`; elsewhere `for` is a name.
    pub(super) fn follows_hint(&self, at: usize) -> bool {
        self.text.is_mysql() && self.text.follows(at, Keyword::For)
    }
}

fn ends_group(keyword: Keyword) -> bool {
    matches!(
        keyword,
        Keyword::Having
            | Keyword::Order
            | Keyword::Limit
            | Keyword::Window
            | Keyword::Fetch
            | Keyword::Offset
    )
}
