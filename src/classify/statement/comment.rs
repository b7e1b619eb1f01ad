use super::super::Usage;
use super::super::lexer::Keyword;
use super::{Statement, Verdict};

impl Statement<'_, '_> {
    /// `COMMENT ON TABLE t IS …`; a column's name ends with the column.
    pub(super) fn comment(&mut self) -> Verdict {
        let at = self.start + 2;
        match self.text.keyword(at) {
            Some(Keyword::Table | Keyword::View) => {
                self.target(at + 1, Usage::Define);
            }
            Some(Keyword::Materialized) => drop(self.target(at + 2, Usage::Define)),
            Some(Keyword::Foreign) if self.text.is(at + 1, Keyword::Table) => {
                self.target(at + 2, Usage::Define);
            }
            Some(Keyword::Column) => self.table_of_column(at + 1),
            _ => self.commented(at),
        }
        self.runs()
    }

    /// `COMMENT ON TRIGGER g ON t`, `COMMENT ON CONSTRAINT c ON DOMAIN d`, `COMMENT ON INDEX i`.
    fn commented(&mut self, at: usize) {
        match self.find(at, Keyword::On) {
            Some(on) if self.text.is_raw(on + 1, "DOMAIN") => self.objects(on + 1),
            Some(_) => self.table_behind_on(at, Usage::Define),
            None => self.objects(at),
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
                Some(Keyword::Materialized) => drop(self.target(on + 3, Usage::Define)),
                Some(Keyword::Foreign) if self.text.is(on + 2, Keyword::Table) => {
                    self.target(on + 3, Usage::Define);
                }
                _ => self.objects(on + 1),
            }
        }
        self.runs()
    }
}
