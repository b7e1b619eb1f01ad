//! Names of binds and nodes, which every step of the route speaks of. Imports nothing of ours.

use std::{borrow::Borrow, fmt, sync::Arc};

use serde::{Serialize, Serializer};

/// As many names help who has mistyped one. There may be thousands, and whoever asks need not learn them.
const SOME: usize = 10;

/// Between a group and its shard in the name of a bind; no name in binds.yaml has it.
pub(crate) const SHARD_SEPARATOR: char = ':';

/// Some of the binds, for a text; none of a group, whose names are its tenants'.
pub(crate) fn some_of<'b>(
    binds: impl IntoIterator<Item = &'b BindName>,
) -> impl Iterator<Item = &'b BindName> {
    let is_apart = |name: &&BindName| !name.as_str().contains(SHARD_SEPARATOR);
    binds.into_iter().filter(is_apart).take(SOME)
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

        /// As text.
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
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
