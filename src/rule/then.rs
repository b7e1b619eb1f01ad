use std::borrow::Cow;

use super::{BindRule, Ruling, Subject};

/// Two rules: where the first has no opinion, the second is asked. Made by [`BindRule::then`].
#[derive(Clone, Debug)]
pub struct Then<A, B> {
    first: A,
    next: B,
}

impl<A, B> Then<A, B> {
    pub(super) fn new(first: A, next: B) -> Self {
        Self { first, next }
    }
}

impl<A: BindRule, B: BindRule> BindRule for Then<A, B> {
    fn rule(&self, subject: &Subject<'_>) -> Ruling {
        let ruling = self.first.rule(subject);
        match ruling.is_pass() {
            true => self.next.rule(subject).or_by(|| self.next.name()),
            false => ruling.or_by(|| self.first.name()),
        }
    }

    fn name(&self) -> Cow<'static, str> {
        format!("{}, {}", self.first.name(), self.next.name()).into()
    }
}
