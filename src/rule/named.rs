use std::borrow::Cow;

use super::{BindRule, Ruling, Subject};

/// A rule under another name; made by [`named`].
#[derive(Clone, Debug)]
pub struct Named<R> {
    name: Cow<'static, str>,
    rule: R,
}

/// The rule under this name, in routes, events and errors.
pub fn named<R: BindRule>(name: impl Into<Cow<'static, str>>, rule: R) -> Named<R> {
    Named {
        name: name.into(),
        rule,
    }
}

/// The rule itself, where a chain of them reads better with its beginning: `first(a).then(b).then(c)`.
pub fn first<R: BindRule>(rule: R) -> R {
    rule
}

impl<R: BindRule> BindRule for Named<R> {
    fn rule(&self, subject: &Subject<'_>) -> Ruling {
        self.rule.rule(subject)
    }

    fn name(&self) -> Cow<'static, str> {
        self.name.clone()
    }
}
