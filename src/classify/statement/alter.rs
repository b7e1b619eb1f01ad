use sea_orm::DbBackend;

use super::super::lexer::Keyword;
use super::super::walk::Name;
use super::super::{ObjectKind, Usage};
use super::{Statement, Verdict, define::Object};

impl Statement<'_, '_> {
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
            // `ALTER INDEX ALL IN TABLESPACE`
            Object::OnTable if of_all => None,
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
        let table = self.relation(at + 1)?;
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
                    at = self.text.closing(at).unwrap_or(self.end());
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
                Some(_) if self.inherits(table, at) => {
                    self.target(at + 1, Usage::Define);
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// PostgreSQL's `INHERIT t` and `NO INHERIT t`, each a change of its own: a column may have the name, and a constraint's
    /// `CHECK (…) NO INHERIT` names nothing.
    fn inherits(&self, table: &Name<'_>, at: usize) -> bool {
        let begins = match self.text.follows(at, Keyword::No) {
            true => at - 1,
            false => at,
        };
        self.text.backend == DbBackend::Postgres
            && self.text.is_raw(at, "INHERIT")
            && (begins == table.end
                || self.text.follows_symbol(begins, b',')
                || self.text.follows_symbol(begins, b'*'))
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
            }
            None => {
                self.objects(at);
                self.attached_index(at);
            }
        }
        name
    }

    /// `ALTER INDEX i ATTACH PARTITION j`
    fn attached_index(&mut self, at: usize) {
        let attach = self.find(at, Keyword::Attach);
        if let Some(partition) = attach.map(|attach| attach + 1)
            && self.text.is(partition, Keyword::Partition)
            && let Some(name) = Name::at(self.text, partition + 1)
        {
            self.tables.add_object(ObjectKind::Index, &name);
        }
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
    pub(super) fn after_wait(&self, at: usize) -> usize {
        match self.text.keyword(at) {
            Some(Keyword::Nowait) => at + 1,
            Some(Keyword::Other) if self.text.is_raw(at, "WAIT") => at + 2,
            _ => at,
        }
    }
}
