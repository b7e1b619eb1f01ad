use std::borrow::Cow;

/// What a [`BindRule`](super::BindRule) says of a statement.
///
/// ```
/// use sea_orm_routing::rule::Ruling;
///
/// assert!(Ruling::pass().is_pass());
/// assert_eq!(Ruling::to("reports.slave-1").key(), Some("reports.slave-1"));
/// ```
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
    /// No opinion: the statement goes where it would go without the rule.
    #[must_use]
    pub fn pass() -> Self {
        Says::Nothing.into()
    }

    /// The statement goes to the bind or node of that bind key, whatever the entities' keys are: `reports`, `slave-1`, `reports.slave-1`.
    #[must_use]
    pub fn to(key: impl Into<Cow<'static, str>>) -> Self {
        Says::To(key.into()).into()
    }

    /// As [`to`](Self::to), for tables that no entity's key and no entry of binds.yaml claims: in place of the default bind, and of the bind
    /// of the scope. If the statement also names tables that somebody claims, both have to be one bind.
    #[must_use]
    pub fn unless_keyed(key: impl Into<Cow<'static, str>>) -> Self {
        Says::UnlessKeyed(key.into()).into()
    }

    /// The statement must not run: a [`RoutingError::RuledOut`](crate::RoutingError::RuledOut) with this reason, before anything is sent.
    #[must_use]
    pub fn refuse(reason: impl Into<Cow<'static, str>>) -> Self {
        Says::Refuse(reason.into()).into()
    }

    /// The same ruling in the name of another rule, for routes, events and errors.
    #[must_use]
    pub fn by(mut self, rule: impl Into<Cow<'static, str>>) -> Self {
        self.by = Some(rule.into());
        self
    }

    /// Whether the ruling is no opinion.
    pub fn is_pass(&self) -> bool {
        matches!(self.says, Says::Nothing)
    }

    /// The bind key that the ruling names, if it names one.
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
