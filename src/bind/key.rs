use std::{borrow::Borrow, fmt, sync::Arc};

use sea_orm::EntityTrait;

/// Says on which bind an entity lives.
///
/// Derive it with `#[derive(BindKey)]` and `#[bind_key = "reports"]` on the entity's `Model`: the derive also
/// registers the entity's table, so that the bare [`RoutingDatabase`](crate::RoutingDatabase) finds its bind by
/// a statement's text. For an entity whose code can't be changed, implement the trait and hand the entity to
/// [`RoutingDatabaseBuilder::entity`](crate::RoutingDatabaseBuilder::entity).
pub trait BindKey: EntityTrait {
    /// A bind (`reports`: reads are split over its nodes) or one node (`master` and `slave-1` of the default
    /// bind, `reports.slave-1` of another: everything is pinned to that node).
    const BIND_KEY: &'static str;
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<T: Into<Arc<str>>> From<T> for $name {
            fn from(name: T) -> Self {
                Self(name.into())
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }
    };
}

name! {
    /// Name of a bind: a logical database with one master and zero or more slaves.
    BindName
}

name! {
    /// Name of a node within its bind: `master`, `slave-1`, …
    NodeName
}
