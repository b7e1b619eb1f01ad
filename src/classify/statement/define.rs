use super::super::lexer::Keyword;
use super::super::table::is_temporary_schema;
use super::super::walk::Name;
use super::super::{Action, Culprit, Reason, Usage};
use super::{Statement, Verdict};

/// What a definition is about, as far as tables go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Object {
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
    pub(super) fn of(keyword: Option<Keyword>, word: &str) -> Option<Self> {
        use Keyword as K;
        Some(match keyword? {
            K::Table | K::Tables | K::View | K::Sequence => Self::Relation,
            K::Index | K::Trigger => Self::OnTable,
            K::Function | K::Procedure | K::Event => Self::Program,
            K::Schema | K::Database | K::Extension | K::Type => Self::Other,
            _ if is_any(word, &["RULE", "POLICY"]) => Self::OnTable,
            _ if is_any(word, &["PACKAGE"]) => Self::Program,
            _ if is_any(word, OTHERS) => Self::Other,
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
    "WRAPPER",
    "LIBRARY",
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
                let name = name.map(|name| self.titled(at, &name.display()));
                let end = self.program_end();
                // Before it, a word such as `update` is an argument's name.
                self.program = (at..end).find(|at| self.text.is_raw(*at, "ATOMIC"));
                self.defines(name, end)
            }
            Object::Other => {
                self.tables_of_other(at);
                if self.text.is(at, Keyword::Schema) {
                    self.elements_of_schema(at);
                }
                self.defines(None, self.end())
            }
        }
    }

    /// The kind of object a definition is about, and the position of that word: the first that says it
    /// before any name would.
    pub(super) fn object(&self) -> Option<(Object, usize)> {
        // The account of `DEFINER = user@event` may have the name of a kind.
        let is_account = |at: usize| {
            self.text.is_symbol(at - 1, b'@')
                || self.text.is_symbol(at - 1, b'=')
                    && self.text.is(at.wrapping_sub(2), Keyword::Definer)
        };
        let places = self.start + 1..self.end().min(self.start + 24);
        places.filter(|at| !is_account(*at)).find_map(|at| {
            Object::of(self.text.keyword(at), self.text.raw(at)).map(|object| (object, at))
        })
    }

    /// Whether what is made is the connection's own by the schema of its name.
    pub(super) fn is_made_in_temporary_schema(&self) -> bool {
        let Some((Object::Relation | Object::OnTable, at)) = self.object() else {
            return false;
        };
        let name = self.relation(at + 1);
        name.is_some_and(|name| self.is_in_temporary_schema(&name))
    }

    fn is_in_temporary_schema(&self, name: &Name<'_>) -> bool {
        let schema = name.schema.as_deref();
        schema.is_some_and(|schema| is_temporary_schema(self.text.backend, schema))
    }

    fn create_relation(&mut self, at: usize) -> Verdict {
        if self.text.follows(at, Keyword::Virtual) {
            self.arguments_of_module(at);
        }
        let is_temporary = (self.start + 1..at).any(|at| {
            matches!(
                self.text.keyword(at),
                Some(Keyword::Temp | Keyword::Temporary)
            )
        });
        if let Some(name) = self.relation(at + 1)
            && (is_temporary || self.is_in_temporary_schema(&name))
        {
            self.tables.note_temporary(&name);
        }
        let target = self.target(at + 1, Usage::Define);
        let name = target.as_ref().map(|(name, _)| self.titled(at, name));
        if let Some((_, next)) = target {
            let end = self.end();
            // MySQL's `CREATE TABLE a LIKE b`
            if self.text.is(next, Keyword::Like) {
                self.target(next + 1, Usage::Read);
            }
            if let Some(query) = self.defining_query(next) {
                self.walk(query, end);
            }
            self.owner(at);
        }
        self.defines(name, self.end())
    }

    /// Where the query begins that fills a table or stands behind a view: outside of parentheses, or in some that hold
    /// nothing else.
    pub(super) fn defining_query(&self, from: usize) -> Option<usize> {
        let mut at = from;
        while at < self.end() {
            if self.text.is_symbol(at, b'(') {
                let inside = (at..self.end()).find(|at| !self.text.is_symbol(*at, b'('))?;
                if self.opens_query(inside, true) {
                    return Some(at);
                }
                at = self.text.closing(at)?;
            } else if self.opens_query(at, self.text.follows(at, Keyword::As)) {
                return Some(at);
            }
            at += 1;
        }
        None
    }

    /// `after_as`: nothing but a query may stand here. MySQL leaves the `AS` out.
    pub(super) fn opens_query(&self, at: usize, after_as: bool) -> bool {
        let may = after_as || self.text.is_mysql();
        match self.text.keyword(at) {
            Some(Keyword::Select) => true,
            Some(Keyword::Table) => may && self.text.is_name(at + 1),
            Some(Keyword::Values) => {
                may && (self.text.is_symbol(at + 1, b'(') || self.text.is(at + 1, Keyword::Row))
            }
            Some(Keyword::With) => {
                may && (self.text.is(at + 1, Keyword::Recursive)
                    || self.text.is(at + 2, Keyword::As)
                    || self.text.is_symbol(at + 2, b'('))
            }
            _ => false,
        }
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
            if self.text.is_raw(at, "RULE") {
                self.program = Some(on + 2);
            }
            self.table_of_constraint(at, on + 2);
        }
        let end = match self.text.is(at, Keyword::Trigger) || self.text.is_raw(at, "RULE") {
            true => self.program_end(),
            false => self.end(),
        };
        self.defines(name, end)
    }

    /// `CREATE CONSTRAINT TRIGGER … ON t FROM u`
    fn table_of_constraint(&mut self, trigger: usize, from: usize) {
        let is_constraint = self.text.is_raw(trigger.wrapping_sub(1), "CONSTRAINT");
        if let Some(other) = self.find(from, Keyword::From).filter(|_| is_constraint) {
            self.target(other + 1, Usage::Read);
        }
    }

    /// A constraint, trigger, rule or policy belongs to the table behind `ON`.
    pub(super) fn table_behind_on(&mut self, from: usize, usage: Usage) {
        if let Some(on) = self.find(from, Keyword::On) {
            self.target(on + 1, usage);
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

    /// `CREATE STATISTICS … FROM t`, `CREATE PUBLICATION … FOR TABLE t, u`, `ALTER PUBLICATION … ADD TABLE t`, and the
    /// server of a `USER MAPPING`. Whether it names any.
    pub(super) fn tables_of_other(&mut self, at: usize) -> bool {
        if self.text.is_raw(at, "STATISTICS")
            && let Some(from) = self.find(at, Keyword::From)
        {
            return self.target(from + 1, Usage::Define).is_some();
        }
        if self.text.is_raw(at, "PUBLICATION")
            && let Some(table) = self.find(at, Keyword::Table)
        {
            self.published(table + 1);
            return true;
        }
        if self.text.is_raw(at, "USER") && self.text.is_raw(at + 1, "MAPPING") {
            let server = (at..self.end()).find(|at| self.text.is_raw(*at, "SERVER"));
            return server.is_some_and(|server| {
                self.objects(server);
                true
            });
        }
        false
    }

    /// `TABLE t, u, TABLE v, TABLES IN SCHEMA s`
    fn published(&mut self, mut at: usize) {
        while at < self.end() {
            if self.text.is(at, Keyword::Tables) && self.text.is(at + 1, Keyword::In) {
                at = self.find(at, Keyword::Table).unwrap_or(self.end());
            } else if self.text.is(at, Keyword::Table) {
                at += 1;
            } else if let Some((_, end)) = self.target(at, Usage::Define) {
                at = self.after_columns(end);
            } else {
                return;
            }
        }
    }

    /// The position after the comma behind a table's columns and condition, which may hold others.
    fn after_columns(&self, mut at: usize) -> usize {
        while at < self.end() {
            if self.text.is_symbol(at, b',') || self.text.is(at, Keyword::With) {
                return at + 1;
            }
            at = match self.text.is_symbol(at, b'(') {
                true => self.text.closing(at).unwrap_or(self.end()),
                false => at,
            } + 1;
        }
        self.end()
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

    /// The definition of an object, which is titled by its kind before its name: `table cake`.
    pub(super) fn titled(&self, at: usize, name: &str) -> Culprit {
        let title = format!("{} {name}", self.text.raw(at).to_ascii_lowercase());
        Culprit {
            reason: Reason::Defines(title),
            action: match self.text.keyword(at) {
                Some(Keyword::Table | Keyword::Index) => Action::DefinesTable,
                _ => Action::Other,
            },
        }
    }

    /// What is defined: an object, or else the statement's first two words.
    pub(super) fn defines(&self, titled: Option<Culprit>, end: usize) -> Verdict {
        let by_words = || {
            let words = [self.text.raw(self.start), self.text.raw(self.start + 1)];
            Reason::Defines(words.join(" ").trim().to_ascii_uppercase()).into()
        };
        Verdict::write(end, titled.unwrap_or_else(by_words))
    }
}
