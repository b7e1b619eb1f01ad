use super::super::functions::Pragma;
use super::super::walk::Name;
use super::super::{Reason, Usage};
use super::{Statement, Verdict};

impl Statement<'_, '_> {
    pub(super) fn pragma(&mut self) -> Verdict {
        let end = self.end();
        let Some(name) = Name::at(self.text, self.start + 1) else {
            return Verdict::write(end, Reason::Unparsed);
        };
        let title = format!("PRAGMA {}", name.name.to_ascii_lowercase());
        let has_value = name.end < end;
        match Pragma::of(&name.name) {
            Some(Pragma::TableList) => self.pragma_table(name.end),
            Some(Pragma::List) => {}
            Some(Pragma::Setting | Pragma::FileSetting) if !has_value => {}
            Some(Pragma::Setting) => return Verdict::write(end, Reason::Session(title)),
            _ => return Verdict::write(end, Reason::Runs(title)),
        }
        Verdict::read(end, Reason::Describes(title))
    }

    /// `PRAGMA table_info(t)` or `= t`.
    fn pragma_table(&mut self, at: usize) {
        self.target(at + 1, Usage::Read);
    }
}
