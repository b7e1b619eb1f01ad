use sea_orm::DbBackend;

use super::super::Usage;
use super::super::lexer::{Keyword, TokenKind};
use super::super::walk::Name;
use super::Statement;
use super::define::Object;

impl Statement<'_, '_> {
    /// What `CREATE SCHEMA` creates in it.
    pub(super) fn elements_of_schema(&mut self, at: usize) {
        let schema = Name::at(self.text, self.after_conditions(at + 1));
        let elements: Vec<usize> = (at + 1..self.end())
            .filter(|at| self.is_element_of_schema(*at))
            .collect();
        let known = self.tables.len();
        for is_grant in [false, true] {
            let made = self.tables.len();
            for (number, element) in elements.iter().enumerate() {
                let end = elements.get(number + 1).copied().unwrap_or(self.end());
                if self.text.is(*element, Keyword::Grant) == is_grant {
                    self.read_inner(*element, end);
                }
            }
            let Some(schema) = &schema else {
                continue;
            };
            match is_grant {
                false => self
                    .tables
                    .qualify(known, &schema.name, |table| table.usage == Usage::Define),
                // What a grant names is in the schema only if it was made there.
                true => self.tables.qualify_as_before(made, &schema.name),
            }
        }
    }

    /// `CREATE TABLE …` or `GRANT …`; but `GRANT CREATE, USAGE ON …`, `WITH GRANT OPTION`.
    fn is_element_of_schema(&self, at: usize) -> bool {
        let begins = matches!(
            self.text.keyword(at),
            Some(Keyword::Create | Keyword::Grant)
        );
        let goes_on = matches!(
            self.text.before(at),
            Some(TokenKind::Symbol(b',') | TokenKind::Word(Keyword::Grant | Keyword::With))
        );
        begins && !goes_on
    }

    /// Where what the server does not look into begins, if it defines a routine or trigger: of SQLite's trigger the body, of
    /// MySQL's programs all.
    pub(super) fn body(&self) -> Option<usize> {
        let defines = matches!(
            self.text.keyword(self.start),
            Some(Keyword::Create | Keyword::Alter)
        );
        if !defines || self.text.backend == DbBackend::Postgres {
            return None;
        }
        let (object, at) = self.object()?;
        let is_trigger = self.text.is(at, Keyword::Trigger);
        if is_trigger && self.text.backend == DbBackend::Sqlite {
            let on = self.find(at + 2, Keyword::On)?;
            return self.find(on + 2, Keyword::Begin);
        }
        (is_trigger || object == Object::Program).then_some(self.start)
    }

    /// A program of MySQL or SQLite reaches to the end of the text, or of what it stands in; PostgreSQL's is a string, or
    /// has `BEGIN ATOMIC`.
    pub(super) fn program_end(&self) -> usize {
        let end = self.end();
        let is_string = self.text.backend == DbBackend::Postgres
            && !(self.start..end).any(|at| self.text.is_any_raw(at, &["ATOMIC", "RULE"]));
        if is_string { end } else { self.limit }
    }
}
