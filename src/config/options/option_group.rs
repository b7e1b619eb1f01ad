use super::{OptionType, Scalar, Wrong};
use crate::config::Scheme;

/// Options that are declared together.
pub(in crate::config) trait OptionGroup: Sized {
    /// Their names in the file, in the order of their declaration.
    fn keys() -> Vec<&'static str>;

    /// What a mapping of the file says of them.
    fn read(scalars: &mut impl Scalars) -> Self;

    /// Options whose values can't be, each on its own.
    fn wrong(&self) -> Vec<(&'static str, Wrong)>;

    /// Options that are set and that only one family of databases has.
    fn bound(&self) -> Vec<(&'static str, Scheme)>;

    /// Where they may stand.
    #[cfg(test)]
    const LEVELS: &'static [OptionLevel];

    /// All that is declared of them, for documentation.
    #[cfg(test)]
    fn described() -> Vec<Described>;
}

/// A mapping of the file, as far as its scalars go.
pub(in crate::config) trait Scalars {
    /// The scalar at `key`; `None` also where it can't be read.
    fn scalar<T>(&mut self, key: &str, scalar: &Scalar<T>) -> Option<T>;
}

/// The value of the narrower level, if it says any.
pub(in crate::config) fn narrower<T: Clone>(own: &Option<T>, wider: &Option<T>) -> Option<T> {
    own.as_ref().or(wider.as_ref()).cloned()
}

/// The value, or the declared default.
pub(in crate::config) fn default_of<T: Clone + OptionType>(value: &Option<T>, default: &str) -> T {
    let declared = || (T::SCALAR.parse)(default).expect("a test reads all declared defaults");
    value.clone().unwrap_or_else(declared)
}

/// An option, for documentation.
#[cfg(test)]
#[derive(Clone, Copy)]
pub(in crate::config) struct Described {
    pub(in crate::config) name: &'static str,
    pub(in crate::config) doc: &'static str,
    pub(in crate::config) shape: super::Shape,
    /// The value in force where nobody sets it, as in the file.
    pub(in crate::config) default: Option<&'static str>,
    /// What holds where nobody sets it, in words.
    pub(in crate::config) unset: Option<&'static str>,
    /// Whether the default can be read.
    pub(in crate::config) reads_default: Option<fn() -> bool>,
    pub(in crate::config) only: Option<Scheme>,
    pub(in crate::config) levels: &'static [OptionLevel],
}

/// Where an option may stand.
#[cfg(test)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::config) enum OptionLevel {
    File,
    Bind,
    Node,
}
