use std::borrow::Cow;

/// What a [`BindRule`](super::BindRule) says of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    says: Says,
    /// The part of a rule that has said it.
    by: Option<Cow<'static, str>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    Nothing,
    To(Cow<'static, str>),
    UnlessKeyed(Cow<'static, str>),
    Refuse(Cow<'static, str>),
}

impl Ruling {
    /// No opinion: it goes where it would go without the rule.
    #[must_use]
    pub fn pass() -> Self {
        Says::Nothing.into()
    }

    /// To the bind or node of that bind key, whatever the entities' keys are: `reports`, `slave-1`, `reports.slave-1`.
    #[must_use]
    pub fn to(key: impl Into<Cow<'static, str>>) -> Self {
        Says::To(key.into()).into()
    }

    /// The same for tables that no entity's key and no entry of binds.yaml claims: in the place of the default bind, and of the
    /// bind of the scope. Beside tables that somebody claims, both have to be one bind.
    #[must_use]
    pub fn unless_keyed(key: impl Into<Cow<'static, str>>) -> Self {
        Says::UnlessKeyed(key.into()).into()
    }

    /// It must not run: a [`RoutingError::RuledOut`](crate::RoutingError::RuledOut) with this reason, before anything is sent.
    #[must_use]
    pub fn refuse(reason: impl Into<Cow<'static, str>>) -> Self {
        Says::Refuse(reason.into()).into()
    }

    /// The same in the name of another rule, for routes, events and errors.
    #[must_use]
    pub fn by(mut self, rule: impl Into<Cow<'static, str>>) -> Self {
        self.by = Some(rule.into());
        self
    }

    /// Whether it is no opinion.
    pub fn is_pass(&self) -> bool {
        self.says == Says::Nothing
    }

    /// The bind key that it names, if it does.
    pub fn key(&self) -> Option<&str> {
        match &self.says {
            Says::To(key) | Says::UnlessKeyed(key) => Some(key),
            Says::Nothing | Says::Refuse(_) => None,
        }
    }

    /// The same, by `rule` unless somebody has said it already.
    pub(super) fn or_by(self, rule: impl FnOnce() -> Cow<'static, str>) -> Self {
        match self.by {
            Some(_) => self,
            None => self.by(rule()),
        }
    }

    pub(super) fn says(&self) -> &Says {
        &self.says
    }

    pub(crate) fn into_parts(self) -> (Says, Option<Cow<'static, str>>) {
        (self.says, self.by)
    }
}

impl From<Says> for Ruling {
    fn from(says: Says) -> Self {
        Self { says, by: None }
    }
}
