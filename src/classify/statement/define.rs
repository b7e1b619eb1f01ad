use sea_orm::DbBackend;

use super::super::lexer::{Keyword, TokenKind};
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
                if self.text.backend == DbBackend::Postgres {
                    self.tables_of_program(at, end);
                }
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
    fn object(&self) -> Option<(Object, usize)> {
        (self.start + 1..self.end().min(self.start + 24)).find_map(|at| {
            Object::of(self.text.keyword(at), self.text.raw(at)).map(|object| (object, at))
        })
    }

    fn create_relation(&mut self, at: usize) -> Verdict {
        let target = self.target(at + 1, Usage::Define);
        let name = target.as_ref().map(|(name, _)| self.titled(at, name));
        if let Some((_, next)) = target {
            let end = self.end();
            let query = self.defining_query(next);
            self.referenced_tables(next, query.unwrap_or(end));
            if let Some(query) = query {
                self.walk(query, end);
            }
            self.owner(at);
        }
        self.defines(name, self.end())
    }

    /// `REFERENCES t`, `LIKE t`, `PARTITION OF t`, `INHERITS (t, …)`.
    fn referenced_tables(&mut self, from: usize, end: usize) {
        for at in from..end {
            match self.text.keyword(at) {
                Some(Keyword::Like) if at == from || self.begins_element(at) => {
                    self.read_table(at + 1)
                }
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

    /// Whether an element of a list begins here; further on, `LIKE` is an operator.
    fn begins_element(&self, at: usize) -> bool {
        self.text.follows_symbol(at, b'(') || self.text.follows_symbol(at, b',')
    }

    /// Where the query begins that fills a table or stands behind a view: outside of parentheses, or in some that hold
    /// nothing else.
    fn defining_query(&self, from: usize) -> Option<usize> {
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
    fn opens_query(&self, at: usize, after_as: bool) -> bool {
        let may = after_as || self.text.is_mysql();
        match self.text.keyword(at) {
            Some(Keyword::Select) => true,
            Some(Keyword::Table) => may && self.text.is_name(at + 1),
            Some(Keyword::Values) => {
                may && !self.text.is_raw(at + 1, "LESS") && !self.text.is(at + 1, Keyword::In)
            }
            Some(Keyword::With) => {
                may && (self.text.is(at + 1, Keyword::Recursive)
                    || self.text.is(at + 2, Keyword::As)
                    || self.text.is_symbol(at + 2, b'('))
            }
            _ => false,
        }
    }

    /// What `CREATE SCHEMA` creates in it.
    fn elements_of_schema(&mut self, at: usize) {
        let known = self.tables.len();
        let schema = Name::at(self.text, self.after_conditions(at + 1));
        let elements: Vec<usize> = (at + 1..self.end())
            .filter(|at| self.text.is(*at, Keyword::Create))
            .collect();
        for (number, element) in elements.iter().enumerate() {
            let end = elements.get(number + 1).copied().unwrap_or(self.end());
            Statement::new(self.text, self.functions, self.tables, *element)
                .until(end)
                .create();
        }
        if let Some(schema) = schema {
            self.tables
                .qualify(known, &schema.name, |usage| usage == Usage::Define);
        }
    }

    /// The statements of a program that the server looks into: behind `BEGIN`, a semicolon, `THEN` and the like.
    pub(super) fn tables_of_program(&mut self, from: usize, end: usize) {
        let mut at = from;
        while at < end {
            if self.text.is_symbol(at, b'(') && self.text.is(at + 1, Keyword::Select) {
                let close = self.text.closing(at).map_or(end, |close| close + 1);
                self.walk(at, close.min(end));
                at = close;
                continue;
            }
            let begins = matches!(
                self.text.before(at),
                Some(
                    TokenKind::Symbol(b';' | b'(')
                        | TokenKind::Word(
                            Keyword::Begin
                                | Keyword::Then
                                | Keyword::Else
                                | Keyword::Do
                                | Keyword::In
                                | Keyword::For
                                | Keyword::If
                                | Keyword::Case
                                | Keyword::Default
                        )
                )
            ) || self.text.is_any_raw(
                at.wrapping_sub(1),
                &[
                    "ALSO", "ATOMIC", "INSTEAD", "LOOP", "RETURN", "UNTIL", "WHILE",
                ],
            );
            let is_query = self.begins_query(at) || self.text.is(at, Keyword::Select);
            if begins && is_query {
                let limit = (at..end)
                    .find(|at| self.text.is_symbol(*at, b';'))
                    .unwrap_or(end);
                self.walk(at, limit);
                at = limit;
            } else if begins && self.changes_tables(at) {
                let limit = (at..end)
                    .find(|at| self.text.is_symbol(*at, b';'))
                    .unwrap_or(end);
                Statement::new(self.text, self.functions, self.tables, at)
                    .until(limit)
                    .read();
                at = limit;
            } else {
                at += 1;
            }
        }
    }

    fn changes_tables(&self, at: usize) -> bool {
        matches!(
            self.text.keyword(at),
            Some(
                Keyword::Create
                    | Keyword::Alter
                    | Keyword::Drop
                    | Keyword::Truncate
                    | Keyword::Rename
            )
        )
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
            if self.text.is_raw(at, "POLICY") {
                self.conditions(on + 1);
            } else if self.text.is_raw(at, "RULE") {
                self.tables_of_program(on + 2, self.program_end());
            } else {
                self.inner_queries(on + 1);
            }
            self.table_of_constraint(at, on + 2);
        }
        let end = match self.text.is(at, Keyword::Trigger) || self.text.is_raw(at, "RULE") {
            true => self.program_end(),
            false => self.end(),
        };
        self.defines(name, end)
    }

    /// The queries in parentheses: a policy's `FOR INSERT` begins none.
    fn conditions(&mut self, from: usize) {
        let opens = |at: &usize| self.text.is_symbol(*at, b'(') && self.opens_query(at + 1, true);
        if let Some(open) = (from..self.end()).find(opens) {
            self.walk(open, self.end());
        }
    }

    /// `CREATE CONSTRAINT TRIGGER … ON t FROM u`
    fn table_of_constraint(&mut self, trigger: usize, from: usize) {
        let is_constraint = self.text.is_raw(trigger.wrapping_sub(1), "CONSTRAINT");
        if let Some(other) = self.find(from, Keyword::From).filter(|_| is_constraint) {
            self.target(other + 1, Usage::Read);
        }
    }

    /// A program of MySQL or SQLite reaches to the end of the text; PostgreSQL's is a string, or has
    /// `BEGIN ATOMIC`.
    fn program_end(&self) -> usize {
        let end = self.end();
        let is_string = self.text.backend == DbBackend::Postgres
            && !(self.start..end).any(|at| self.text.is_any_raw(at, &["ATOMIC", "RULE"]));
        if is_string { end } else { self.text.len() }
    }

    pub(super) fn alter(&mut self) -> Verdict {
        let Some((object, at)) = self.object() else {
            return self.defines(None, self.end());
        };
        let drops = self.text.is(self.start, Keyword::Drop);
        // `ALTER TABLE ALL IN TABLESPACE`, `ALTER DEFAULT PRIVILEGES … ON TABLES`
        let of_all =
            !drops && (self.text.is(at + 1, Keyword::All) || self.text.is(at, Keyword::Tables));
        let name = match object {
            Object::Relation if of_all => None,
            Object::Relation => {
                self.objects(at);
                match drops {
                    true => self.targets(at + 1, Usage::Define),
                    false => self.altered(at),
                }
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
        let name = name.map(|name| self.titled(at, &name));
        self.defines(name, self.end())
    }

    /// One relation, and those that its changes name.
    fn altered(&mut self, at: usize) -> Option<String> {
        let table = Name::at(self.text, self.after_conditions(at + 1))?;
        self.tables.add(&table, Usage::Define);
        let end = self.end();
        match self
            .text
            .is(at, Keyword::View)
            .then(|| self.defining_query(table.end))
            .flatten()
        {
            Some(query) => drop(self.walk(query, end)),
            None => {
                self.changes_of(&table);
                self.owner(at);
            }
        }
        Some(table.display())
    }

    /// Whatever relation a change of a table names, outside of parentheses.
    fn changes_of(&mut self, table: &Name<'_>) {
        let mut at = table.end;
        while at < self.end() {
            match self.text.keyword(at) {
                _ if self.text.is_symbol(at, b'(') => {
                    at = self.text.closing(at).unwrap_or(at);
                }
                Some(Keyword::Rename) => self.renamed(table, at + 1),
                Some(Keyword::Set) if self.text.is(at + 1, Keyword::Schema) => {
                    self.tables
                        .add(&table.moved(self.text, at + 2), Usage::Define);
                }
                // `EXCHANGE PARTITION p WITH TABLE t`, `CONVERT TABLE t TO PARTITION p`
                Some(Keyword::Table) => {
                    self.target(at + 1, Usage::Define);
                }
                Some(Keyword::Partition)
                    if self.text.follows(at, Keyword::Attach)
                        || self.text.follows(at, Keyword::Detach) =>
                {
                    self.target(at + 1, Usage::Define);
                }
                Some(_) if self.text.is_raw(at, "INHERIT") => {
                    self.target(at + 1, Usage::Define);
                }
                Some(_) if self.text.is_raw(at, "REFERENCES") => self.read_table(at + 1),
                _ => {}
            }
            at += 1;
        }
    }

    /// `RENAME TO t`; a column's new name stands behind its old one, and MySQL wants no `TO`.
    fn renamed(&mut self, table: &Name<'_>, at: usize) {
        let is_to = matches!(self.text.keyword(at), Some(Keyword::To | Keyword::As));
        let is_bare = self.text.is_mysql()
            && !self.text.is(at, Keyword::Column)
            && !self.text.is(at, Keyword::Index)
            && !self.text.is(at, Keyword::Key);
        let name = match is_to || self.text.is_symbol(at, b'=') {
            true => Name::at(self.text, at + 1),
            false => Name::at(self.text, at).filter(|_| is_bare),
        };
        let Some(mut name) = name else {
            return;
        };
        if !self.text.is_mysql() {
            name.schema = table.schema.clone();
        }
        self.tables.add(&name, Usage::Define);
    }

    /// `DROP INDEX i ON t`, `DROP TRIGGER g ON t`, `ALTER POLICY p ON t USING (…)`.
    fn altered_on_table(&mut self, at: usize) -> Option<String> {
        let name = Name::at(self.text, self.after_conditions(at + 1)).map(|name| name.display());
        match self.find(at, Keyword::On) {
            Some(on) => {
                self.target(on + 1, Usage::Define);
                self.conditions(on + 1);
            }
            None => self.objects(at),
        }
        name
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
            let next = self.after_wait(next);
            if !self.text.is_symbol(next, b',') && !self.text.is(next, Keyword::To) {
                break;
            }
            at = next + 1;
        }
        let name = first.map(|name| self.titled(self.start + 1, &name));
        self.defines(name, self.end())
    }

    /// The position after MariaDB's `WAIT 1` and `NOWAIT`.
    fn after_wait(&self, at: usize) -> usize {
        match self.text.keyword(at) {
            Some(Keyword::Nowait) => at + 1,
            Some(Keyword::Other) if self.text.is_raw(at, "WAIT") => at + 2,
            _ => at,
        }
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
            self.published(table + 1);
            return true;
        }
        false
    }

    /// `TABLE t, u, TABLE v, TABLES IN SCHEMA s`
    fn published(&mut self, mut at: usize) {
        while at < self.end() {
            if self.text.is(at, Keyword::Tables) {
                at = self.find(at, Keyword::Table).unwrap_or(self.end());
            } else if self.text.is(at, Keyword::Table) {
                at += 1;
            } else if let Some((_, end)) = self.target(at, Usage::Define) {
                let comma = (end..self.end())
                    .find(|at| self.text.is_symbol(*at, b',') || self.text.is(*at, Keyword::With));
                at = comma.map_or(self.end(), |comma| comma + 1);
            } else {
                return;
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
