use super::super::Usage;
use super::super::lexer::Keyword;
use super::super::walk::Name;
use super::{Statement, Verdict, define::Object};

impl Statement<'_, '_> {
    /// `GRANT … ON [TABLE] a, b TO …`.
    pub(super) fn grant(&mut self) -> Verdict {
        // MySQL's `GRANT PROXY ON user`
        let is_proxy = self.text.is_mysql() && self.text.is_raw(self.start + 1, "PROXY");
        if let Some(on) = self.find(self.start, Keyword::On).filter(|_| !is_proxy) {
            let at = match self.text.is(on + 1, Keyword::Table) {
                true => on + 2,
                false => on + 1,
            };
            let names_table = self.text.is(on + 1, Keyword::Table) || !self.is_kind(at);
            let names_all =
                Name::at(self.text, at).is_none_or(|name| self.text.is_symbol(name.end, b'.'));
            if names_table && !names_all {
                self.granted_tables(at);
            }
            if !names_table && !self.text.is(on + 1, Keyword::All) {
                self.objects(on + 1);
            }
        }
        self.runs()
    }

    /// Whether a word says what kind of object is named behind it: `SCHEMA app`, not `GRANT SELECT ON schema TO a`.
    fn is_kind(&self, at: usize) -> bool {
        let is_followed = self.text.is_name(at + 1)
            && !matches!(self.text.keyword(at + 1), Some(Keyword::To | Keyword::From));
        let is_word = Object::of(self.text.keyword(at), self.text.raw(at)).is_some()
            || self
                .text
                .is_any_raw(at, &["FOREIGN", "LIBRARY", "PARAMETER", "ROUTINE"]);
        self.text.is(at, Keyword::All) || is_word && is_followed
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
