use super::super::{Access, Action, Culprit, Reach, Reason};

/// What one statement of a text is, and where it ends.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// The position after the statement: a semicolon or the end.
    pub(crate) end: usize,
    pub(crate) access: Access,
    pub(crate) reason: Reason,
    pub(crate) action: Action,
    pub(crate) reach: Reach,
}

impl Verdict {
    pub(crate) fn write(end: usize, culprit: impl Into<Culprit>) -> Self {
        let Culprit { reason, action } = culprit.into();
        Self {
            end,
            access: Access::Write,
            reach: Reach::of(&reason),
            reason,
            action,
        }
    }

    pub(crate) fn read(end: usize, reason: Reason) -> Self {
        Self {
            end,
            access: Access::Read,
            reach: Reach::Answer,
            reason,
            action: Action::Other,
        }
    }

    /// The same, if more or less of it stays than its reason tells.
    pub(crate) fn reaching(self, reach: Reach) -> Self {
        Self { reach, ..self }
    }

    /// A read for this reason if nothing was found against it.
    pub(crate) fn read_unless(end: usize, culprit: Option<Culprit>, reason: Reason) -> Self {
        match culprit {
            Some(culprit) => Self::write(end, culprit),
            None => Self::read(end, reason),
        }
    }
}
