use super::super::lexer::Keyword;
use super::super::walk::Name;
use super::super::{Reason, Usage};
use super::{Statement, Verdict};

/// What MySQL and MariaDB show to anyone who asks, on any node.
const SUBJECTS: [&str; 38] = [
    "AUTHORS",
    "CHARACTER",
    "CHARSET",
    "CLIENT_STATISTICS",
    "COLLATION",
    "COLUMNS",
    "CONTRIBUTORS",
    "CREATE",
    "DATABASES",
    "ENGINE",
    "ENGINES",
    "EVENTS",
    "FIELDS",
    "FUNCTION",
    "GRANTS",
    "INDEX",
    "INDEXES",
    "INDEX_STATISTICS",
    "KEYS",
    "LOCALES",
    "OPEN",
    "PACKAGE",
    "PLUGINS",
    "PRIVILEGES",
    "PROCEDURE",
    "PROCESSLIST",
    "QUERY_RESPONSE_TIME",
    "SCHEMAS",
    "STATUS",
    "STORAGE",
    "TABLE",
    "TABLES",
    "TABLE_STATISTICS",
    "TRIGGERS",
    "TYPES",
    "USER_STATISTICS",
    "VARIABLES",
    "LIBRARY",
];

/// What a slave knows of itself; asking the master would not answer the question.
const OF_SLAVE: [&str; 3] = ["SLAVE", "REPLICA", "RELAYLOG"];

/// What belongs to the session's last statements.
const OF_SESSION: [&str; 5] = ["WARNINGS", "ERRORS", "COUNT", "PROFILE", "PROFILES"];

/// Words between `SHOW` and its subject.
const MODIFIERS: [&str; 5] = ["FULL", "GLOBAL", "SESSION", "LOCAL", "EXTENDED"];

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
            return Verdict::write(self.end(), Reason::Session(title));
        }
        let of_slave = is(&OF_SLAVE) && !self.text.is_raw(at + 1, "HOSTS");
        if !is(&SUBJECTS) && !of_slave {
            return Verdict::write(self.end(), Reason::Runs(title));
        }
        self.shown_table(at);
        let culprit = self.shown_condition(at);
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
    fn shown_condition(&mut self, at: usize) -> Option<Reason> {
        let condition = self.find(at, Keyword::Where)?;
        self.walk(condition + 1, self.text.len()).culprit
    }
}
