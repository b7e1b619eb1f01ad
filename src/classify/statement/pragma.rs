use super::super::functions::{About, Pragma};
use super::super::walk::Name;
use super::super::{ObjectKind, Reach, Reason, Usage};
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
            Some(Pragma::TableList | Pragma::List) => {
                self.pragma_argument(Pragma::about(&name.name), name.end);
            }
            Some(pragma) if pragma.is_connections() && !has_value => {
                return Verdict::write(end, Reason::AsksServer(title)).reaching(Reach::Answer);
            }
            Some(Pragma::FileSetting) if !has_value => {}
            Some(Pragma::Setting) => return Verdict::write(end, Reason::Session(title)),
            _ => return Verdict::write(end, Reason::Runs(title)),
        }
        Verdict::read(end, Reason::Describes(title))
    }

    /// `PRAGMA table_info(t)` or `= t`.
    fn pragma_argument(&mut self, about: Option<About>, at: usize) {
        let Some(name) = Name::at(self.text, at + 1) else {
            return;
        };
        match about {
            Some(About::Table) => drop(self.target(at + 1, Usage::Read)),
            Some(About::Index) => self.tables.add_object(ObjectKind::Index, &name),
            Some(About::Either) => self.tables.add_perhaps(&name),
            None => {}
        }
    }
}
