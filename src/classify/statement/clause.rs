use sea_orm::DbBackend;

use super::super::Usage;
use super::super::lexer::Keyword;
use super::super::walk::Name;
use super::Statement;

/// Fixed words behind which a table is named, wherever they stand in a statement that is no query.
#[derive(Debug, Clone, Copy)]
struct Clause {
    words: &'static [&'static str],
    place: Place,
    names: Names,
    usage: Usage,
}

/// Where the words mean a clause; elsewhere one of them may be a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In any statement of any server.
    Anywhere,
    /// Of PostgreSQL.
    Postgres,
    /// Where PostgreSQL alters a table.
    AlteredByPostgres,
    /// Where an extension of PostgreSQL gets or loses something.
    Extension,
    /// Of MySQL and MariaDB.
    MySql,
}

/// How many tables the words name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    One,
    /// `(a, b)`, each perhaps with more behind it.
    List,
    /// One, in front of its column.
    OfColumn,
}

const CLAUSES: [Clause; 23] = {
    use Names::{List, OfColumn, One};
    use Place::{AlteredByPostgres, Anywhere, Extension, MySql, Postgres};
    use Usage::{Define, Read};
    [
        clause(&["REFERENCES"], Anywhere, One, Read),
        clause(&["INHERITS"], Postgres, List, Read),
        clause(&["PARTITION", "OF"], Postgres, One, Read),
        clause(&["VERTEX", "TABLES"], Postgres, List, Read),
        clause(&["NODE", "TABLES"], Postgres, List, Read),
        clause(&["EDGE", "TABLES"], Postgres, List, Read),
        clause(&["RELATIONSHIP", "TABLES"], Postgres, List, Read),
        clause(&["TABLES", "EXCEPT"], Postgres, List, Define),
        clause(&["TABLES", "EXCEPT", "TABLE"], Postgres, List, Define),
        clause(&["ATTACH", "PARTITION"], AlteredByPostgres, One, Define),
        clause(&["DETACH", "PARTITION"], AlteredByPostgres, One, Define),
        clause(&["SPLIT", "PARTITION"], AlteredByPostgres, One, Define),
        clause(&["MERGE", "PARTITIONS"], AlteredByPostgres, List, Define),
        clause(&["INTO"], AlteredByPostgres, One, Define),
        clause(&["ADD", "TABLE"], Extension, One, Define),
        clause(&["DROP", "TABLE"], Extension, One, Define),
        clause(&["FOREIGN", "TABLE"], Extension, One, Define),
        clause(&["VIEW"], Extension, One, Define),
        clause(&["SEQUENCE"], Extension, One, Define),
        clause(&["UNION"], MySql, List, Read),
        clause(&["UNION", "="], MySql, List, Read),
        clause(&["ROW", "TYPE", "OF"], MySql, One, Read),
        clause(&["TYPE", "OF"], MySql, OfColumn, Read),
    ]
};

const fn clause(
    words: &'static [&'static str],
    place: Place,
    names: Names,
    usage: Usage,
) -> Clause {
    Clause {
        words,
        place,
        names,
        usage,
    }
}

impl Statement<'_, '_> {
    /// Names the tables of the clause that begins at a position. Returns where its list ends, if it has one.
    pub(super) fn clause(&mut self, at: usize) -> Option<usize> {
        // `(LIKE t)`, `, LIKE t`: further on it is an operator.
        if self.text.is(at, Keyword::Like) {
            if self.begins_element(at) {
                self.named_in_clause(at + 1, Usage::Read);
            }
            return None;
        }
        if self.is_split_partition(at) {
            self.named_in_clause(at + 1, Usage::Define);
            return None;
        }
        let raw = self.text.keyword(at).map(|_| self.text.raw(at))?;
        let clauses = CLAUSES
            .iter()
            .filter(|clause| clause.words[0].eq_ignore_ascii_case(raw));
        let mut list_end = None;
        for clause in clauses {
            let mut words = (at..).zip(clause.words);
            let is_it = words.all(|(at, word)| self.text.is_raw(at, word));
            if !is_it || !self.is_in_place(clause.place) {
                continue;
            }
            let next = at + clause.words.len();
            match clause.names {
                Names::One => self.named_in_clause(next, clause.usage),
                Names::OfColumn => {
                    let column = Name::at(self.text, next);
                    let table = column.and_then(|column| column.without_last(self.text));
                    if let Some(table) = table {
                        self.tables.add(&table, clause.usage);
                    }
                }
                Names::List => list_end = list_end.or(self.listed_in_clause(next, clause.usage)),
            }
        }
        list_end
    }

    fn is_in_place(&self, place: Place) -> bool {
        let is_postgres = self.text.backend == DbBackend::Postgres;
        let alters = self.text.is(self.start, Keyword::Alter);
        match place {
            Place::Anywhere => true,
            Place::Postgres => is_postgres,
            Place::AlteredByPostgres => {
                let is_table = |at| self.text.is(at, Keyword::Table);
                let next = self.start + 1;
                let is_foreign = self.text.is(next, Keyword::Foreign) && is_table(next + 1);
                is_postgres && alters && (is_table(next) || is_foreign)
            }
            Place::Extension => {
                is_postgres && alters && self.text.is(self.start + 1, Keyword::Extension)
            }
            Place::MySql => self.text.is_mysql(),
        }
    }

    /// `SPLIT PARTITION p INTO (PARTITION q FOR VALUES …, PARTITION r DEFAULT)`
    fn is_split_partition(&self, at: usize) -> bool {
        self.text.is(at, Keyword::Partition)
            && self.begins_element(at)
            && self.is_in_place(Place::AlteredByPostgres)
            && matches!(
                self.text.keyword(at + 2),
                Some(Keyword::For | Keyword::Default)
            )
    }

    /// Whether an element of a list begins here.
    fn begins_element(&self, at: usize) -> bool {
        self.text.follows_symbol(at, b'(') || self.text.follows_symbol(at, b',')
    }

    /// Names the table at a position, unless the grammar goes on there: `GRANT REFERENCES ON t`.
    fn named_in_clause(&mut self, at: usize, usage: Usage) {
        let goes_on = matches!(
            self.text.keyword(at),
            Some(Keyword::On | Keyword::Select | Keyword::With | Keyword::Values)
        );
        let is_string = self.text.backend == DbBackend::Postgres && self.text.is_string(at);
        if !goes_on && !is_string {
            self.target(at, usage);
        }
    }

    /// Names the first name of each element of a list in parentheses, behind `TABLE` or not. What else its elements name,
    /// such as the parts of a graph, is their own.
    fn listed_in_clause(&mut self, open: usize, usage: Usage) -> Option<usize> {
        if !self.text.is_symbol(open, b'(') || self.opens_query(open + 1, false) {
            return None;
        }
        let mut depth = 0usize;
        for at in open..self.limit {
            if self.text.is_symbol(at, b'(') {
                depth += 1;
            } else if self.text.is_symbol(at, b')') {
                depth = depth.saturating_sub(1);
            }
            if depth == 0 || self.text.is_symbol(at, b';') {
                return Some(at + usize::from(depth == 0));
            }
            if depth == 1 && (at == open || self.text.is_symbol(at, b',')) {
                let is_titled = self.text.is(at + 1, Keyword::Table) && self.text.is_name(at + 2);
                let first = at + 1 + usize::from(is_titled);
                self.named_in_clause(first, usage);
            }
        }
        Some(self.limit)
    }

    /// PostgreSQL's `IMPORT FOREIGN SCHEMA x [LIMIT TO (a, b)] FROM SERVER s INTO schema`: the tables that it makes there.
    pub(super) fn import(&mut self) {
        let Some(server) = self.find(self.start, Keyword::From) else {
            return;
        };
        self.objects(server + 1);
        let into = self.find(server, Keyword::Into);
        let limit = self.find(self.start, Keyword::Limit);
        let (Some(into), Some(limit)) = (into, limit) else {
            return;
        };
        let known = self.tables.len();
        self.listed_in_clause(limit + 2, Usage::Define);
        if let Some(schema) = Name::at(self.text, into + 1) {
            self.tables.qualify(known, &schema.name, |_| true);
        }
    }
}
