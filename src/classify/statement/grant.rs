use super::super::Usage;
use super::super::lexer::Keyword;
use super::super::walk::Name;
use super::{Statement, Verdict, define::Object};

impl Statement<'_, '_> {
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
}
