use std::ops::Range;

use sea_orm::DbBackend;

use super::lexer::{LexFault, Reading, SqlText, TokenKind};

/// One of the [statements] of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScriptStatement<'t> {
    /// Its text, with the comments before it, and without what ends it.
    pub sql: &'t str,
    /// The line on which it begins, from 1.
    pub line: usize,
    /// Why it is not known where it ends, if it is not: it is all that is left of the text then.
    pub fault: Option<ScriptFault>,
}

/// Why it is not known where a statement ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScriptFault {
    /// A string, a name in quotes or a comment has no end, or a byte is there that no statement has.
    Unreadable,
    /// A body (`BEGIN … END`) or a parenthesis of a rule has no end.
    Unfinished,
    /// It is longer than what is looked at.
    TooLong,
}

impl std::fmt::Display for ScriptFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "a string, name or comment has no end",
            Self::Unfinished => "a body or parenthesis has no end",
            Self::TooLong => "it is too long",
        })
    }
}

/// The statements of a script, as the server's own client would send them one by one.
///
/// A statement ends with `;`, read by the server's own rules: not in a string, a name in quotes, a comment or a dollar-quoted text,
/// nor in a body (`BEGIN … END` of a trigger or routine, `BEGIN ATOMIC`), nor in the parentheses of a rule; for MySQL and MariaDB
/// by what a line `DELIMITER …` says. The data behind PostgreSQL's `COPY … FROM STDIN;` is left out. What can't be cut is one piece
/// to the end of the text, with its [fault](ScriptStatement::fault).
///
/// ```
/// use sea_orm::DbBackend;
/// use sea_orm_routing::classify::statements;
///
/// let script = r"SELECT E'a\'; b'; SELECT 1;";
/// let statements = statements(DbBackend::Postgres, script);
/// assert_eq!(statements[0].sql, r"SELECT E'a\'; b'");
/// assert_eq!(statements[1].sql, "SELECT 1");
/// ```
pub fn statements(backend: DbBackend, text: &str) -> Vec<ScriptStatement<'_>> {
    let mut script = Script {
        backend,
        text,
        at: 0,
        delimiter: ";",
        found: Vec::new(),
    };
    while script.at < text.len() {
        script.read();
    }
    script.found
}

struct Script<'t> {
    backend: DbBackend,
    text: &'t str,
    /// Up to here it is cut.
    at: usize,
    delimiter: &'t str,
    found: Vec<ScriptStatement<'t>>,
}

impl<'t> Script<'t> {
    /// Cuts the rest, or what of it stands before a word to the client or data.
    fn read(&mut self) {
        let start = self.at;
        let text: &'t str = self.text;
        let rest = SqlText::read(self.backend, &text[start..], Reading::default());
        let mut begin = 0;
        while begin < rest.len() {
            let first = start + rest.range(begin).start;
            if self.takes_word_to_client(&rest, begin, first) {
                return;
            }
            let (last, end) = match self.end(&rest, begin, start) {
                Ok(found) => found,
                Err(_) if rest.fault() == Some(LexFault::TooLong) && self.at > start => return,
                Err(is_open) => return self.leave(rest.fault(), Some(first), is_open),
            };
            self.push(self.at..end.start, first, None);
            self.at = end.end;
            if self.is_copied(&rest, begin, last) && self.skip_data() {
                return;
            }
            // A delimiter may be longer than a token.
            let is_cut = |at: &usize| start + rest.range(*at).start < self.at;
            begin += (begin..rest.len()).take_while(is_cut).count();
        }
        self.leave(rest.fault(), None, false);
    }

    /// What is left has no end of its own; `first` is where its first token stands, if it has one.
    fn leave(&mut self, fault: Option<LexFault>, first: Option<usize>, is_open: bool) {
        let fault = match fault {
            Some(LexFault::TooLong) => Some(ScriptFault::TooLong),
            Some(LexFault::Unreadable) => Some(ScriptFault::Unreadable),
            None => is_open.then_some(ScriptFault::Unfinished),
        };
        let (start, end) = (self.at, self.text.len());
        if first.is_some() || fault.is_some() {
            let rest = &self.text[start..];
            let blank = rest.len() - rest.trim_start().len();
            self.push(start..end, first.unwrap_or(start + blank), fault);
        }
        self.at = end;
    }

    fn push(&mut self, piece: Range<usize>, first: usize, fault: Option<ScriptFault>) {
        let line = 1 + self.text[..first].matches('\n').count();
        let sql = self.text[piece].trim();
        let is_empty = fault.is_none() && self.text[first..].starts_with(self.delimiter);
        if !sql.is_empty() && !is_empty {
            self.found.push(ScriptStatement { sql, line, fault });
        }
    }

    /// The last token of the statement that begins with token `begin`, and where its delimiter stands in the text; else whether
    /// it has a body that is open.
    fn end(
        &self,
        rest: &SqlText<'_>,
        begin: usize,
        start: usize,
    ) -> Result<(usize, Range<usize>), bool> {
        let mut body = Body::new(rest, begin);
        let is_plain = self.delimiter == ";";
        for at in begin..rest.len() {
            let range = rest.range(at);
            let token = start + range.start..start + range.end;
            if !is_plain {
                match self.delimiter_in(rest.kind(at), token) {
                    Some(found) => return Ok((at, found)),
                    None => continue,
                }
            }
            body.note(rest, at);
            if rest.is_symbol(at, b';') && !body.is_open() {
                return Ok((at, token));
            }
        }
        Err(body.is_open())
    }

    /// Where the delimiter begins in a token that is no text of the application's.
    fn delimiter_in(&self, kind: Option<TokenKind>, token: Range<usize>) -> Option<Range<usize>> {
        if matches!(kind, Some(TokenKind::String | TokenKind::Quoted)) {
            return None;
        }
        let is_there = |at: &usize| {
            let rest = self.text.as_bytes().get(*at..).unwrap_or_default();
            rest.starts_with(self.delimiter.as_bytes())
        };
        let at = token.into_iter().find(is_there)?;
        Some(at..at + self.delimiter.len())
    }

    /// Whether it is `DELIMITER …`, a word to the client of MySQL and MariaDB, which is taken then.
    fn takes_word_to_client(&mut self, rest: &SqlText<'_>, at: usize, offset: usize) -> bool {
        if self.backend != DbBackend::MySql || !rest.is_raw(at, "DELIMITER") {
            return false;
        }
        let line = self.text[offset..].lines().next().unwrap_or_default();
        let said = line.get("DELIMITER".len()..).unwrap_or_default().trim();
        self.delimiter = said.split_whitespace().next().unwrap_or(";");
        self.at = offset + line.len();
        true
    }

    fn is_copied(&self, rest: &SqlText<'_>, begin: usize, end: usize) -> bool {
        let is_from = |at: &usize| rest.is_raw(*at, "FROM") && rest.is_raw(at + 1, "STDIN");
        self.backend == DbBackend::Postgres
            && rest.is_raw(begin, "COPY")
            && (begin..end).any(|at| is_from(&at))
    }

    /// Leaves out the data up to its end, `\.` on a line of its own; false if there is none.
    fn skip_data(&mut self) -> bool {
        let mut at = self.at;
        for line in self.text[self.at..].split_inclusive('\n') {
            at += line.len();
            if line.trim_end() == "\\." {
                self.at = at;
                return true;
            }
        }
        false
    }
}

/// How deep in bodies and parentheses, in which `;` ends no statement, a statement is.
struct Body {
    kind: Kind,
    depth: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Each `;` ends it.
    None,
    /// `BEGIN … END`.
    Block,
    /// `CREATE RULE … DO (…; …)`.
    Rule,
}

/// What may have a body.
const ROUTINES: [&str; 5] = ["TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "PACKAGE"];

/// What has none, whatever its name is.
const TABLES: [&str; 6] = ["TABLE", "VIEW", "INDEX", "SEQUENCE", "DATABASE", "SCHEMA"];

impl Body {
    fn new(rest: &SqlText<'_>, begin: usize) -> Self {
        let is_block = rest.is_raw(begin, "BEGIN") && rest.is_raw(begin + 1, "NOT");
        let is_made = rest.is_any_raw(begin, &["CREATE", "ALTER"]);
        let kind = match is_made || is_block {
            // Behind `OR REPLACE DEFINER = 'a'@'b' SQL SECURITY INVOKER`, say.
            _ if is_block => Kind::Block,
            true => (begin..begin + 24)
                .take_while(|at| !rest.is_symbol(*at, b';') && !rest.is_any_raw(*at, &TABLES))
                .find_map(|at| kind_of(rest, at))
                .unwrap_or(Kind::None),
            false => Kind::None,
        };
        Self { kind, depth: 0 }
    }

    fn is_open(&self) -> bool {
        self.depth > 0
    }

    fn note(&mut self, rest: &SqlText<'_>, at: usize) {
        match self.kind {
            Kind::None => {}
            Kind::Rule if rest.is_symbol(at, b'(') => self.depth += 1,
            Kind::Rule if rest.is_symbol(at, b')') => self.depth = self.depth.saturating_sub(1),
            Kind::Rule => {}
            Kind::Block => self.note_word(rest, at),
        }
    }

    fn note_word(&mut self, rest: &SqlText<'_>, at: usize) {
        // `new.end` is a column, and so is `end.a`.
        if rest.follows_symbol(at, b'.') || rest.is_symbol(at + 1, b'.') {
            return;
        }
        if rest.is_raw(at, "BEGIN") {
            let is_body = rest.backend != DbBackend::Postgres || rest.is_raw(at + 1, "ATOMIC");
            self.depth += usize::from(is_body);
        } else if rest.is_raw(at, "CASE") {
            let closes = at
                .checked_sub(1)
                .is_some_and(|before| rest.is_raw(before, "END"));
            // In the head, `CASE` is in a condition, and ends as it does in the body.
            self.depth += usize::from(!closes);
        } else if rest.is_raw(at, "END") {
            // Their beginnings were not counted.
            let is_of_loop = rest.is_any_raw(at + 1, &["IF", "LOOP", "WHILE", "REPEAT", "FOR"]);
            let is_of_loop = is_of_loop && rest.backend == DbBackend::MySql;
            self.depth = self.depth.saturating_sub(usize::from(!is_of_loop));
        }
    }
}

fn kind_of(rest: &SqlText<'_>, at: usize) -> Option<Kind> {
    let is_postgres = rest.backend == DbBackend::Postgres;
    if rest.is_any_raw(at, &ROUTINES) {
        return Some(Kind::Block);
    }
    (is_postgres && rest.is_raw(at, "RULE")).then_some(Kind::Rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(backend: DbBackend, text: &str) -> Vec<String> {
        let cut = statements(backend, text).into_iter();
        let shown = cut.map(|piece| match piece.fault {
            None => piece.sql.to_owned(),
            Some(fault) => format!("line {}, {fault}: {}", piece.line, piece.sql),
        });
        shown.collect()
    }

    #[test]
    fn a_statement_ends_where_its_server_says() {
        use sea_orm::DatabaseBackend::{MySql, Postgres, Sqlite};
        let cases: &[(DbBackend, &str, &[&str])] = &[
            (Postgres, "", &[]),
            (Postgres, " ; -- a; b\n;; /* c; */ ", &[]),
            (Postgres, "SELECT 1", &["SELECT 1"]),
            (
                Postgres,
                r"SELECT E'a\'; b'; SELECT 2;",
                &[r"SELECT E'a\'; b'", "SELECT 2"],
            ),
            (
                Postgres,
                r"SELECT 'a\'; SELECT 2",
                &[r"SELECT 'a\'", "SELECT 2"],
            ),
            (
                Postgres,
                "SELECT /* /* ; */ ; */ 1; SELECT 2",
                &["SELECT /* /* ; */ ; */ 1", "SELECT 2"],
            ),
            (
                Sqlite,
                "SELECT /* /* */ 1; SELECT 2",
                &["SELECT /* /* */ 1", "SELECT 2"],
            ),
            (
                Postgres,
                "DO $a$ BEGIN; $$;$$ END; $a$; SELECT 2",
                &["DO $a$ BEGIN; $$;$$ END; $a$", "SELECT 2"],
            ),
            (
                Postgres,
                "BEGIN; SELECT 1; END; SELECT 2",
                &["BEGIN", "SELECT 1", "END", "SELECT 2"],
            ),
            (
                Postgres,
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT 2; END; SELECT 3",
                &[
                    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT 2; END",
                    "SELECT 3",
                ],
            ),
            (
                Postgres,
                "CREATE OR REPLACE RULE r AS ON INSERT TO a DO ALSO (DELETE FROM b; DELETE FROM c); SELECT 1",
                &[
                    "CREATE OR REPLACE RULE r AS ON INSERT TO a DO ALSO (DELETE FROM b; DELETE FROM c)",
                    "SELECT 1",
                ],
            ),
            (
                Postgres,
                "COPY a FROM stdin;\n1\t';\n\\.\nSELECT 1;",
                &["COPY a FROM stdin", "SELECT 1"],
            ),
            (
                Sqlite,
                "CREATE TEMP TRIGGER t AFTER INSERT ON a WHEN CASE new.end WHEN 1 THEN 1 END BEGIN UPDATE b SET c = CASE d WHEN 1 THEN 2 END; DELETE FROM e; END; SELECT 1",
                &[
                    "CREATE TEMP TRIGGER t AFTER INSERT ON a WHEN CASE new.end WHEN 1 THEN 1 END BEGIN UPDATE b SET c = CASE d WHEN 1 THEN 2 END; DELETE FROM e; END",
                    "SELECT 1",
                ],
            ),
            (
                Sqlite,
                "BEGIN; DELETE FROM a; END; SELECT 1",
                &["BEGIN", "DELETE FROM a", "END", "SELECT 1"],
            ),
            (
                MySql,
                "SELECT 1; # don't; do\nSELECT 2",
                &["SELECT 1", "# don't; do\nSELECT 2"],
            ),
            (
                MySql,
                r"SELECT 'a\'; b'; SELECT `c;d`",
                &[r"SELECT 'a\'; b'", "SELECT `c;d`"],
            ),
            (
                MySql,
                "DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT '//'; END//\nDELIMITER ;\nSELECT 1;",
                &["CREATE PROCEDURE p() BEGIN SELECT '//'; END", "SELECT 1"],
            ),
            (
                MySql,
                "delimiter $$\nCREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.b = 1; $$ SELECT 2$$\nDELIMITER ;\nSELECT 3",
                &[
                    "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.b = 1;",
                    "SELECT 2",
                    "SELECT 3",
                ],
            ),
            (
                MySql,
                "CREATE DEFINER=`a`@`b` PROCEDURE p() BEGIN IF a THEN SELECT 1; END IF; l: LOOP LEAVE l; END LOOP l; CASE x WHEN 1 THEN SELECT 2; END CASE; BEGIN SELECT 3; END; END; SELECT 4",
                &[
                    "CREATE DEFINER=`a`@`b` PROCEDURE p() BEGIN IF a THEN SELECT 1; END IF; l: LOOP LEAVE l; END LOOP l; CASE x WHEN 1 THEN SELECT 2; END CASE; BEGIN SELECT 3; END; END",
                    "SELECT 4",
                ],
            ),
            // What can't be cut is said.
            (
                Postgres,
                "SELECT 1;\nSELECT 'a; SELECT 2;",
                &[
                    "SELECT 1",
                    "line 2, a string, name or comment has no end: SELECT 'a; SELECT 2;",
                ],
            ),
            (
                Postgres,
                "SELECT 1;\n\n/* a; SELECT 2;",
                &[
                    "SELECT 1",
                    "line 3, a string, name or comment has no end: /* a; SELECT 2;",
                ],
            ),
            (
                Sqlite,
                "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2;",
                &[
                    "line 1, a body or parenthesis has no end: CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2;",
                ],
            ),
        ];
        for (backend, text, expected) in cases {
            assert_eq!(cut(*backend, text), *expected, "{text}");
        }
    }

    #[test]
    fn lines_are_those_of_the_first_word() {
        let text = "SELECT 1;\n-- two\n\nSELECT\n 2;\nSELECT 3";
        let lines: Vec<_> = statements(DbBackend::Sqlite, text)
            .iter()
            .map(|piece| piece.line)
            .collect();
        assert_eq!(lines, [1, 4, 6]);
    }
}
