use super::super::lexer::Keyword;
use super::super::walk::Name;
use super::super::{Reason, Usage};
use super::{Statement, Verdict};

/// What a definition is about, as far as tables go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Object {
    /// Has rows: the name is a table's.
    Relation,
    /// Belongs to the table after `ON`.
    OnTable,
    /// A program: its body may have semicolons.
    Program,
    /// Anything else: a schema, a role, a type.
    Other,
}

impl Object {
    fn of(keyword: Option<Keyword>, word: &str) -> Option<Self> {
        use Keyword as K;
        Some(match keyword? {
            K::Table | K::Tables | K::View | K::Sequence => Self::Relation,
            K::Index | K::Trigger => Self::OnTable,
            K::Function | K::Procedure | K::Event => Self::Program,
            K::Schema | K::Database | K::Extension | K::Type => Self::Other,
            K::Other if is_any(word, &["RULE", "POLICY"]) => Self::OnTable,
            K::Other if is_any(word, &["PACKAGE"]) => Self::Program,
            K::Other if is_any(word, OTHERS) => Self::Other,
            _ => return None,
        })
    }
}

/// Objects that are no tables; the words after them may be names of tables but mean none.
const OTHERS: &[&str] = &[
    "ROLE",
    "USER",
    "DOMAIN",
    "AGGREGATE",
    "CAST",
    "COLLATION",
    "CONVERSION",
    "LANGUAGE",
    "OPERATOR",
    "PUBLICATION",
    "SUBSCRIPTION",
    "SERVER",
    "TABLESPACE",
    "STATISTICS",
    "TEXT",
    "TRANSFORM",
    "ACCESS",
    "LOGFILE",
    "INSTANCE",
    "SYSTEM",
    "RESOURCE",
    "UNDO",
    "ROUTINE",
    "OWNED",
    "DEFAULT",
    "LARGE",
    "GROUP",
];

pub(super) fn is_any(word: &str, known: &[&str]) -> bool {
    known.iter().any(|known| word.eq_ignore_ascii_case(known))
}

impl Statement<'_, '_> {
    pub(super) fn create(&mut self) -> Verdict {
        let Some((object, at)) = self.object() else {
            return self.defines(None, self.end());
        };
        match object {
            Object::Relation => self.create_relation(at),
            Object::OnTable => self.create_on_table(at),
            Object::Program => {
                let name = Name::at(self.text, self.after_conditions(at + 1));
                self.defines(
                    name.map(|name| self.titled(at, &name.display())),
                    self.program_end(),
                )
            }
            Object::Other => {
                self.tables_of_other(at);
                self.defines(None, self.end())
            }
        }
    }

    /// The kind of object a definition is about, and the position of that word: the first that says it
    /// before any name would.
    fn object(&self) -> Option<(Object, usize)> {
        (self.start + 1..self.end().min(self.start + 24)).find_map(|at| {
            Object::of(self.text.keyword(at), self.text.raw(at)).map(|object| (object, at))
        })
    }

    fn create_relation(&mut self, at: usize) -> Verdict {
        let target = self.target(at + 1, Usage::Define);
        let name = target.as_ref().map(|(name, _)| self.titled(at, name));
        if let Some((_, next)) = target {
            self.referenced_tables(next);
            self.owner(at);
            self.defining_query(next);
        }
        self.defines(name, self.end())
    }

    /// `REFERENCES t`, `LIKE t`, `PARTITION OF t`, `INHERITS (t, …)`.
    fn referenced_tables(&mut self, from: usize) {
        for at in from..self.end() {
            match self.text.keyword(at) {
                Some(Keyword::Select | Keyword::As) => return,
                Some(Keyword::Like) => self.read_table(at + 1),
                Some(Keyword::Of) if self.text.follows(at, Keyword::Partition) => {
                    self.read_table(at + 1)
                }
                Some(Keyword::Other) if self.text.is_raw(at, "REFERENCES") => {
                    self.read_table(at + 1)
                }
                Some(Keyword::Other) if self.text.is_raw(at, "INHERITS") => {
                    self.targets(at + 2, Usage::Read);
                }
                _ => {}
            }
        }
    }

    fn read_table(&mut self, at: usize) {
        self.target(at, Usage::Read);
    }

    /// The query that fills a table or stands behind a view.
    fn defining_query(&mut self, from: usize) {
        self.inner_queries(from);
    }

    fn create_on_table(&mut self, at: usize) -> Verdict {
        let name = Name::at(self.text, self.after_conditions(at + 1))
            .filter(|_| !self.text.is(at + 1, Keyword::On));
        let name = name.map(|name| self.titled(at, &name.display()));
        let table = match self.text.is_raw(at, "RULE") {
            true => self.find(at, Keyword::To),
            false => self.find(at, Keyword::On),
        };
        if let Some(on) = table {
            self.target(on + 1, Usage::Define);
            self.inner_queries(on + 1);
        }
        let end = match self.text.is(at, Keyword::Trigger) || self.text.is_raw(at, "RULE") {
            true => self.program_end(),
            false => self.end(),
        };
        self.defines(name, end)
    }

    /// A program of MySQL or SQLite reaches to the end of the text; PostgreSQL's is a string, or has
    /// `BEGIN ATOMIC`.
    fn program_end(&self) -> usize {
        let end = self.end();
        let is_string = self.text.backend == sea_orm::DbBackend::Postgres
            && !(self.start..end).any(|at| self.text.is_any_raw(at, &["ATOMIC", "RULE"]));
        if is_string { end } else { self.text.len() }
    }

    pub(super) fn alter(&mut self) -> Verdict {
        let Some((object, at)) = self.object() else {
            return self.defines(None, self.end());
        };
        let name = match object {
            Object::Relation => {
                self.objects(at);
                self.targets(at + 1, Usage::Define)
            }
            Object::OnTable => self.altered_on_table(at),
            Object::Other => {
                if !self.tables_of_other(at) {
                    self.objects(at);
                }
                None
            }
            Object::Program => {
                self.objects(at);
                None
            }
        };
        if object == Object::Relation {
            self.related_tables(at + 2);
            self.owner(at);
        }
        if let Some(other) = self.exchanged(at) {
            self.target(other, Usage::Define);
        }
        let name = name.map(|name| self.titled(at, &name));
        self.defines(name, self.end())
    }

    /// `DROP INDEX i ON t`, `DROP TRIGGER g ON t`.
    fn altered_on_table(&mut self, at: usize) -> Option<String> {
        let name = Name::at(self.text, self.after_conditions(at + 1)).map(|name| name.display());
        match self.find(at, Keyword::On) {
            Some(on) => {
                self.target(on + 1, Usage::Define);
            }
            None => self.objects(at),
        }
        name
    }

    /// `ALTER TABLE t EXCHANGE PARTITION p WITH TABLE u`.
    fn exchanged(&self, at: usize) -> Option<usize> {
        let with = self.find(at, Keyword::With)?;
        self.text.is(with + 1, Keyword::Table).then_some(with + 2)
    }

    /// MySQL's `RENAME TABLE a TO b, c TO d`.
    pub(super) fn rename(&mut self) -> Verdict {
        let is_table = matches!(
            self.text.keyword(self.start + 1),
            Some(Keyword::Table | Keyword::Tables)
        );
        let mut at = self.start + 2;
        let mut first = None;
        while let Some((name, next)) = is_table.then(|| self.target(at, Usage::Define)).flatten() {
            first = first.or(Some(name));
            if !self.text.is_symbol(next, b',') && !self.text.is(next, Keyword::To) {
                break;
            }
            at = next + 1;
        }
        let name = first.map(|name| self.titled(self.start + 1, &name));
        self.defines(name, self.end())
    }

    /// `COMMENT ON TABLE t IS …`; a column's name ends with the column.
    pub(super) fn comment(&mut self) -> Verdict {
        let at = self.start + 2;
        match self.text.keyword(at) {
            Some(Keyword::Table | Keyword::View) => {
                self.target(at + 1, Usage::Define);
            }
            Some(Keyword::Materialized | Keyword::Foreign) => {
                self.target(at + 2, Usage::Define);
            }
            Some(Keyword::Column) => self.table_of_column(at + 1),
            _ => {
                self.table_behind_on(at);
                self.commented(at);
            }
        }
        self.runs()
    }

    /// `COMMENT ON INDEX i`, `COMMENT ON SEQUENCE s`: what is not on a table.
    fn commented(&mut self, at: usize) {
        let on = self.find(at, Keyword::On);
        if on.is_none() {
            self.objects(at);
        }
    }

    /// `SECURITY LABEL [FOR x] ON TABLE t IS …`
    pub(super) fn label(&mut self) -> Verdict {
        if let Some(on) = self.find(self.start, Keyword::On) {
            match self.text.keyword(on + 1) {
                Some(Keyword::Column) => self.table_of_column(on + 2),
                Some(Keyword::Table | Keyword::View | Keyword::Sequence) => {
                    self.target(on + 2, Usage::Define);
                }
                Some(Keyword::Materialized | Keyword::Foreign) => {
                    self.target(on + 3, Usage::Define);
                }
                _ => {}
            }
        }
        self.runs()
    }

    /// A constraint, trigger, rule or policy belongs to the table behind `ON`.
    fn table_behind_on(&mut self, from: usize) {
        let is_of_domain = |on: usize| self.text.is_raw(on + 1, "DOMAIN");
        if let Some(on) = self.find(from, Keyword::On).filter(|on| !is_of_domain(*on)) {
            self.target(on + 1, Usage::Define);
        }
    }

    /// `schema.table.column`
    pub(super) fn table_of_column(&mut self, at: usize) {
        let Some(column) = Name::at(self.text, at) else {
            return;
        };
        if let Some(table) = column.without_last(self.text) {
            self.tables.add(&table, Usage::Define);
        }
    }

    /// `CREATE STATISTICS … FROM t`, `CREATE PUBLICATION … FOR TABLE t, u`, `ALTER PUBLICATION … ADD TABLE t`.
    /// Whether it names any.
    fn tables_of_other(&mut self, at: usize) -> bool {
        if self.text.is_raw(at, "STATISTICS")
            && let Some(from) = self.find(at, Keyword::From)
        {
            return self.target(from + 1, Usage::Define).is_some();
        }
        if self.text.is_raw(at, "PUBLICATION")
            && let Some(table) = self.find(at, Keyword::Table)
        {
            return self.targets(table + 1, Usage::Define).is_some();
        }
        false
    }

    /// `ATTACH PARTITION t`, `DETACH PARTITION t`, `[NO] INHERIT t`.
    fn related_tables(&mut self, from: usize) {
        for at in from..self.end() {
            let is_partition = self.text.is(at, Keyword::Partition)
                && (self.text.follows(at, Keyword::Attach)
                    || self.text.follows(at, Keyword::Detach));
            if is_partition || self.text.is_raw(at, "INHERIT") {
                self.target(at + 1, Usage::Define);
            }
        }
    }

    /// `GRANT … ON [TABLE] a, b TO …`.
    pub(super) fn grant(&mut self) -> Verdict {
        if let Some(on) = self.find(self.start, Keyword::On) {
            let at = match self.text.is(on + 1, Keyword::Table) {
                true => on + 2,
                false => on + 1,
            };
            let names_table = self.text.is(on + 1, Keyword::Table)
                || Object::of(self.text.keyword(at), self.text.raw(at)).is_none()
                    && !self.text.is(at, Keyword::All)
                    && !self
                        .text
                        .is_any_raw(at, &["FOREIGN", "PARAMETER", "ROUTINE"]);
            let names_all =
                Name::at(self.text, at).is_none_or(|name| self.text.is_symbol(name.end, b'.'));
            if names_table && !names_all {
                self.granted_tables(at);
            }
            if !self.text.is(on + 1, Keyword::All) {
                self.objects(on + 1);
            }
        }
        self.runs()
    }

    fn granted_tables(&mut self, at: usize) {
        let mut next = Some(at);
        while let Some(at) = next {
            let end = self.target(at, Usage::Define).map(|(_, end)| end);
            next = end
                .filter(|end| self.text.is_symbol(*end, b','))
                .map(|end| end + 1);
        }
    }

    /// `TRUNCATE [TABLE] a, b`.
    pub(super) fn truncate(&mut self) -> Verdict {
        let at = match self.text.is(self.start + 1, Keyword::Table) {
            true => self.start + 2,
            false => self.start + 1,
        };
        match self.targets(at, Usage::Write) {
            Some(name) => Verdict::write(self.end(), Reason::Writes(name)),
            None => self.runs(),
        }
    }

    /// The kind of an object before its name: `table cake`.
    fn titled(&self, at: usize, name: &str) -> String {
        format!("{} {name}", self.text.raw(at).to_ascii_lowercase())
    }

    /// What is defined: an object, or else the statement's first two words.
    fn defines(&self, what: Option<String>, end: usize) -> Verdict {
        let what = what.unwrap_or_else(|| {
            let words = [self.text.raw(self.start), self.text.raw(self.start + 1)];
            words.join(" ").trim().to_ascii_uppercase()
        });
        Verdict::write(end, Reason::Defines(what))
    }
}
