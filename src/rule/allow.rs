use std::borrow::Cow;

use super::{BindRule, Ruling, Subject};
use crate::{names::BindName, shard::group_of};

/// Lets nothing touch other binds than those that it names: for a job or a command that is about some of them.
///
/// Whatever goes elsewhere is refused ([`RoutingError::RuledOut`](crate::RoutingError::RuledOut)), by what another rule says
/// ([`BindRule::within`]) as well as without one. What a handle names (`db.bind("reports")`) no rule is asked about.
///
/// ```
/// use sea_orm_routing::rule::{Allow, BindRule, BySchema};
///
/// let alone = Allow::binds(["default", "archive"]);
/// let over_another = BySchema::new().schema("audit", "archive").within(["default", "archive"]);
/// # let _ = sea_orm_routing::RoutingDatabase::builder().rule(alone).rule(over_another);
/// ```
#[derive(Clone, Debug)]
pub struct Allow<R = NoOpinion> {
    rule: R,
    binds: Vec<Cow<'static, str>>,
}

/// The rule that never has an opinion.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoOpinion;

impl BindRule for NoOpinion {
    fn rule(&self, _: &Subject<'_>) -> Ruling {
        Ruling::pass()
    }
}

impl Allow {
    /// These binds alone.
    #[must_use]
    pub fn binds<B: Into<Cow<'static, str>>>(binds: impl IntoIterator<Item = B>) -> Self {
        Self::within(NoOpinion, binds)
    }
}

impl<R: BindRule> Allow<R> {
    pub(super) fn within<B: Into<Cow<'static, str>>>(
        rule: R,
        binds: impl IntoIterator<Item = B>,
    ) -> Self {
        Self {
            rule,
            binds: binds.into_iter().map(Into::into).collect(),
        }
    }

    fn allows(&self, bind: &BindName) -> bool {
        let group = group_of(bind.as_str()).map(|(group, _)| group);
        let is = |allowed: &Cow<'_, str>| *bind == **allowed || group == Some(&**allowed);
        self.binds.iter().any(is)
    }
}

impl<R: BindRule> BindRule for Allow<R> {
    fn rule(&self, subject: &Subject<'_>) -> Ruling {
        let ruling = self.rule.rule(subject).or_by(|| self.rule.name());
        let Some(bind) = subject.bind_by(&ruling) else {
            // Where it is not known, there is an error in its place, or the binds are asked and this once more.
            return ruling;
        };
        match self.allows(&bind) {
            true => ruling,
            false => {
                let known: Vec<_> = self.binds.iter().map(|bind| format!("`{bind}`")).collect();
                let known = known.join(", ");
                Ruling::refuse(format!("it goes to bind `{bind}`, and allowed are {known}"))
                    .by("Allow")
            }
        }
    }

    fn name(&self) -> Cow<'static, str> {
        "Allow".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn group_is_all_of_its_shards() {
        let allow = Allow::binds(["default", "tenants", "others:eu"]);
        for (bind, is_allowed) in [
            ("default", true),
            ("tenants:eu", true),
            ("others:eu", true),
            ("others:us", false),
            ("reports", false),
        ] {
            assert_eq!(allow.allows(&bind.into()), is_allowed, "{bind}");
        }
    }
}
