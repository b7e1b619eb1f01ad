use std::{any::type_name, borrow::Cow};

use super::{Allow, Ruling, Subject, Then};

/// Says on which bind a statement runs: see [`rule`](crate::rule), which has an example.
///
/// A function `Fn(&Subject<'_>) -> Ruling` is a rule. A rule has to be quick and without effects. It may be asked any number of times
/// for a statement that runs once, and for a statement that does not run ([`route`](crate::RoutingDatabase::route)). It is asked anew
/// for each statement; its answers are not remembered. It does not see statements of handles that name a bind,
/// nor those of connections that are handed out (migrations, `master_connection`).
///
/// An answer that can't be is a [`RoutingError`](crate::RoutingError), and nothing is sent: an unknown key, a slave for a
/// write, another bind than that of the open transaction. A panic is the caller's, and leaves everything else as it was.
#[doc(alias = "database_router")]
pub trait BindRule: Send + Sync + 'static {
    /// What it says of this statement.
    fn rule(&self, subject: &Subject<'_>) -> Ruling;

    /// What routes, events and errors call it. Default: the name of its type.
    fn name(&self) -> Cow<'static, str> {
        let path = type_name::<Self>();
        let path = path.split('<').next().unwrap_or(path);
        Cow::Borrowed(path.rsplit("::").next().unwrap_or(path))
    }

    /// This rule, and where it has no opinion, `next`.
    fn then<R: BindRule>(self, next: R) -> Then<Self, R>
    where
        Self: Sized,
    {
        Then::new(self, next)
    }

    /// This rule, and whatever it says or does not say, nothing may touch other binds than these: see [`Allow`].
    fn within<B: Into<Cow<'static, str>>>(self, binds: impl IntoIterator<Item = B>) -> Allow<Self>
    where
        Self: Sized,
    {
        Allow::within(self, binds)
    }
}

impl<F> BindRule for F
where
    F: Fn(&Subject<'_>) -> Ruling + Send + Sync + 'static,
{
    fn rule(&self, subject: &Subject<'_>) -> Ruling {
        self(subject)
    }

    fn name(&self) -> Cow<'static, str> {
        "closure".into()
    }
}
