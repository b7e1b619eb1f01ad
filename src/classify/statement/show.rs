use super::super::lexer::Keyword;
use super::super::walk::{Name, compared};
use super::super::{Culprit, ObjectKind, Reach, Reason, Usage};
use super::{Statement, Verdict};

/// What MySQL and MariaDB show of the data that all nodes have.
const SUBJECTS: [&str; 24] = [
    "AUTHORS",
    "CHARACTER",
    "CHARSET",
    "COLLATION",
    "COLUMNS",
    "CONTRIBUTORS",
    "CREATE",
    "DATABASES",
    "FIELDS",
    "FUNCTION",
    "GRANTS",
    "INDEX",
    "INDEXES",
    "KEYS",
    "LOCALES",
    "PACKAGE",
    "PRIVILEGES",
    "PROCEDURE",
    "SCHEMAS",
    "TABLE",
    "TABLES",
    "TRIGGERS",
    "TYPES",
    "LIBRARY",
];

/// What each server shows of itself.
const OF_SERVER: [&str; 26] = [
    "ANALYZE",
    "BINARY",
    "BINLOG",
    "CLIENT_STATISTICS",
    "ENGINE",
    "ENGINES",
    // A replica has them disabled.
    "EVENTS",
    "EXPLAIN",
    "INDEX_STATISTICS",
    "MASTER",
    "OPEN",
    "PLUGINS",
    "PROCESSLIST",
    "QUERY_RESPONSE_TIME",
    "RELAYLOG",
    "REPLICA",
    "REPLICAS",
    "SLAVE",
    "SLAVES",
    "STATUS",
    "STORAGE",
    "TABLE_STATISTICS",
    "USER_STATISTICS",
    "VARIABLES",
    "WSREP_MEMBERSHIP",
    "WSREP_STATUS",
];

/// What belongs to the session's last statements.
const OF_SESSION: [&str; 5] = ["WARNINGS", "ERRORS", "COUNT", "PROFILE", "PROFILES"];

/// Words between `SHOW` and its subject.
const MODIFIERS: [&str; 6] = ["ALL", "FULL", "GLOBAL", "SESSION", "LOCAL", "EXTENDED"];

impl Statement<'_, '_> {
    pub(super) fn show(&mut self) -> Verdict {
        let mut at = self.start + 1;
        while self.text.is_any_raw(at, &MODIFIERS) {
            at += 1;
        }
        let subject = self.text.raw(at).to_ascii_uppercase();
        let title = format!("SHOW {subject}");
        let is = |list: &[&str]| list.contains(&subject.as_str());
        if is(&OF_SESSION) {
            return Verdict::write(self.end(), Reason::Session(title)).reaching(Reach::Transaction);
        }
        let shows_event = self.text.is(at, Keyword::Create) && self.text.is(at + 1, Keyword::Event);
        let of_server = is(&OF_SERVER) || shows_event;
        if !is(&SUBJECTS) && !of_server {
            return Verdict::write(self.end(), Reason::Runs(title));
        }
        self.shown_table(at);
        self.shown_tables(at);
        let culprit = self.shown_condition(at);
        let culprit =
            culprit.or_else(|| of_server.then(|| Reason::AsksServer(title.clone()).into()));
        Verdict::read_unless(self.end(), culprit, Reason::Describes(title))
    }

    /// `SHOW COLUMNS FROM t [FROM database]`, `SHOW CREATE TABLE t`.
    fn shown_table(&mut self, at: usize) {
        let of_table = ["COLUMNS", "FIELDS", "INDEX", "INDEXES", "KEYS"];
        if self.text.is_any_raw(at, &of_table) {
            self.shown_columns(at + 2);
        } else if self.text.is(at, Keyword::Create)
            && matches!(
                self.text.keyword(at + 1),
                Some(Keyword::Table | Keyword::View | Keyword::Sequence)
            )
        {
            self.target(at + 2, Usage::Read);
        } else if self.text.is(at, Keyword::Create)
            || (at + 1..at + 3).any(|at| self.text.is_raw(at, "CODE"))
        {
            self.shown_object(at);
        }
    }

    /// `SHOW CREATE EVENT e`, `SHOW FUNCTION CODE f`, `SHOW PACKAGE BODY CODE p`
    fn shown_object(&mut self, at: usize) {
        let named = match self.text.is(at, Keyword::Create) {
            true => self.object_kind(at + 1).zip(Some(self.after_kind(at + 1))),
            false => {
                let code = (at + 1..at + 3).find(|at| self.text.is_raw(*at, "CODE"));
                code.map(|code| (ObjectKind::Routine, code + 1))
            }
        };
        if let Some((kind, at)) = named
            && let Some(name) = Name::at(self.text, at)
        {
            self.tables.add_object(kind, &name);
        }
    }

    /// `SHOW TABLE STATUS FROM database LIKE 'report'`: a pattern may be a name.
    fn shown_tables(&mut self, at: usize) {
        let of_tables = self.text.is_any_raw(at, &["TABLES", "TRIGGERS"])
            || self.text.is(at, Keyword::Table) && self.text.is_raw(at + 1, "STATUS");
        if !of_tables {
            return;
        }
        let says = |at: &usize| {
            let says = matches!(self.text.keyword(*at), Some(Keyword::From | Keyword::In));
            says && self.text.is_name(at + 1)
        };
        let schema = (at + 1..at + 3)
            .find(says)
            .map(|from| self.text.name(from + 1).into_owned());
        let is_name = |column: &str| {
            column == "name" || column == "table" || column.starts_with("tables_in_")
        };
        let compared = compared(self.text, at..self.end(), is_name).found;
        let says = |at: &usize| self.text.is_any_raw(*at, &["LIKE", "WHERE"]);
        let like = (at..self.end())
            .find(says)
            .filter(|at| self.text.is_raw(*at, "LIKE"));
        let like = like
            .map(|like| like + 1)
            .filter(|at| self.text.is_string(*at));
        for at in compared.iter().map(|compared| compared.string).chain(like) {
            let name = self.text.name(at).replace("\\_", "_");
            self.tables.add_told_name(schema.clone(), name);
        }
    }

    /// `t FROM database` is another way to write `database.t`.
    fn shown_columns(&mut self, at: usize) {
        let Some(mut name) = Name::at(self.text, at) else {
            return;
        };
        if let Some(Keyword::From | Keyword::In) = self.text.keyword(name.end)
            && self.text.is_name(name.end + 1)
        {
            name.schema = Some(self.text.name(name.end + 1));
        }
        self.tables.add(&name, Usage::Read);
    }

    /// `WHERE` takes any expression.
    fn shown_condition(&mut self, at: usize) -> Option<Culprit> {
        let condition = self.find(at, Keyword::Where)?;
        self.walk(condition + 1, self.limit).culprit
    }
}
