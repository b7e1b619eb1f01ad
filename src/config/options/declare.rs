/// Declares the options of one group.
///
/// After the documentation of the group come its name, that of its values once defaults are in force, the levels at
/// which it may stand, and other groups whose options stand beside its own. An entry then is
///
/// ```text
/// /// What it does.
/// name: Type, check limit, only Postgres, default "10s";
/// ```
///
/// where `check` names a function of `limit.rs`, `only` the one family of databases that has the option, and `default`
/// the value that holds where nobody sets it, as in the file; `unset` says in words what holds, where that is no one
/// value. A type is one that is [`OptionType`](super::OptionType).
macro_rules! options {
    (
        $(#[doc = $about:literal])+
        pub struct $group:ident, in force $values:ident, at $($level:ident)|+
            $(, with $part:ident: $part_type:ident $part_doc:literal)*;

        $(
            $(#[doc = $doc:literal])+
            $name:ident: $type:ident
                $(, check $check:ident)?
                $(, only $backend:ident)?
                $(, default $default:literal)?
                $(, unset $unset:literal)?;
        )*
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct $group {
            $(#[doc = $part_doc] pub $part: $part_type,)*
            $($(#[doc = $doc])+ pub $name: Option<$type>,)*
        }

        /// The values of the group's own options, with those that nobody sets.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) struct $values {
            $(pub(crate) $name: $crate::config::options::resolved_type!($type $(, $default)?),)*
        }

        impl $group {
            /// Options that override nothing.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }

            $(
                #[doc = $part_doc]
                #[doc = " What is set before stays where these options say nothing. Default: as their own."]
                #[must_use]
                pub fn $part(mut self, $part: $part_type) -> Self {
                    self.$part = $part.or(&self.$part);
                    self
                }
            )*

            $(
                $(#[doc = $doc])+
                #[doc = concat!(" Default: " $(, "`", $default, "`")? $(, $unset)?, ".")]
                #[must_use]
                pub fn $name(mut self, $name: $crate::config::options::argument!($type)) -> Self {
                    self.$name = Some($crate::config::options::given!($type, $name));
                    self
                }
            )*

            /// These options, and `wider` where they say nothing.
            pub(crate) fn or(&self, wider: &Self) -> Self {
                Self {
                    $($part: self.$part.or(&wider.$part),)*
                    $($name: $crate::config::options::narrower(&self.$name, &wider.$name),)*
                }
            }

            /// What holds where no wider level says anything.
            pub(crate) fn in_force(&self) -> $values {
                $values {
                    $($name: $crate::config::options::resolved!(&self.$name $(, $default)?),)*
                }
            }
        }

        impl $crate::config::options::OptionGroup for $group {
            fn keys() -> Vec<&'static str> {
                let mut keys = Vec::new();
                $(keys.extend($part_type::keys());)*
                keys.extend([$(stringify!($name)),*]);
                keys
            }

            fn read(scalars: &mut impl $crate::config::options::Scalars) -> Self {
                Self {
                    $($part: $part_type::read(scalars),)*
                    $($name: scalars.scalar(
                        stringify!($name),
                        &<$type as $crate::config::options::OptionType>::SCALAR,
                    ),)*
                }
            }

            fn wrong(&self) -> Vec<(&'static str, $crate::config::options::Wrong)> {
                let mut wrong = Vec::new();
                $(wrong.extend(self.$part.wrong());)*
                $($(
                    let fault = self.$name.as_ref().and_then($crate::config::options::$check);
                    wrong.extend(fault.map(|fault| (stringify!($name), fault)));
                )?)*
                wrong
            }

            fn bound(&self) -> Vec<(&'static str, $crate::config::Scheme)> {
                let options: &[(_, _, bool)] = &[$($((
                    stringify!($name),
                    $crate::config::Scheme::$backend,
                    self.$name.is_some(),
                ),)?)*];
                let set = options.iter().filter(|(.., is_set)| *is_set);
                set.map(|(name, backend, _)| (*name, *backend)).collect()
            }

            #[cfg(test)]
            const LEVELS: &'static [$crate::config::options::OptionLevel] =
                &[$($crate::config::options::OptionLevel::$level),+];

            #[cfg(test)]
            fn described() -> Vec<$crate::config::options::Described> {
                let mut described = Vec::new();
                $(described.extend($part_type::described());)*
                described.extend([$($crate::config::options::Described {
                    name: stringify!($name),
                    doc: concat!($($doc),+).trim(),
                    shape: <$type as $crate::config::options::OptionType>::SCALAR.shape,
                    default: None::<&str>$(.or(Some($default)))?,
                    unset: None::<&str>$(.or(Some($unset)))?,
                    reads_default: None::<fn() -> bool>$(.or(Some(|| {
                        let parse = <$type as $crate::config::options::OptionType>::SCALAR.parse;
                        parse($default).is_some()
                    })))?,
                    only: None::<$crate::config::Scheme>
                        $(.or(Some($crate::config::Scheme::$backend)))?,
                    levels: Self::LEVELS,
                }),*]);
                described
            }
        }
    };
}

/// What the setter of an option takes.
macro_rules! argument {
    (String) => { impl Into<String> };
    (Lifetime) => { impl Into<$crate::config::Lifetime> };
    ($type:ident) => { $type };
}

/// What the setter of an option was given.
macro_rules! given {
    (String, $value:ident) => {
        $value.into()
    };
    (Lifetime, $value:ident) => {
        $value.into()
    };
    ($type:ident, $value:ident) => {
        $value
    };
}

/// The type of an option's value in force: without a default, there may be none.
macro_rules! resolved_type {
    ($type:ident) => { Option<$type> };
    ($type:ident, $default:literal) => { $type };
}

/// The value of an option that is in force.
macro_rules! resolved {
    ($value:expr) => {
        $value.clone()
    };
    ($value:expr, $default:literal) => {
        $crate::config::options::default_of($value, $default)
    };
}

pub(in crate::config) use {argument, given, options, resolved, resolved_type};
