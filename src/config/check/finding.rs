use super::{functions, keys, names, pools, reads, tables, templates, urls, within};
use crate::config::{
    BindsConfig, ConfigProblem, DeclaredKey,
    options::{OptionGroup, Wrong},
    path::KeyPath,
};

/// Something that must not be, before it is known on which line of a file it stands.
pub(in crate::config) struct Finding {
    pub(in crate::config) path: KeyPath,
    pub(in crate::config) found: String,
    pub(in crate::config) expected: String,
    pub(in crate::config) about: About,
}

/// What a finding is about: what stands at its path, or the key that leads there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::config) enum About {
    Key,
    Value,
    /// The finding repeats the value, which must not be shown if it came from the environment.
    ShownValue,
}

/// All that is wrong with a configuration, and with the `whole` that it is a part of, for entities that declare these
/// bind keys. The rest of the whole has neither addresses nor pools of ours.
pub(in crate::config) fn findings(
    config: &BindsConfig,
    whole: &BindsConfig,
    declared: &[DeclaredKey],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    within::check(config, whole, &mut findings);
    let (config, whole) = (&config.housed(), &whole.housed());
    names::check(whole, &mut findings);
    urls::check(config, &mut findings);
    templates::check(config, whole, &mut findings);
    pools::check(config, &mut findings);
    reads::check(whole, &mut findings);
    tables::check(whole, &mut findings);
    functions::check(config, &mut findings);
    keys::check(whole, declared, &mut findings);
    findings
}

impl Finding {
    pub(super) fn new(
        path: KeyPath,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self {
            path,
            found: found.into(),
            expected: expected.into(),
            about: About::Value,
        }
    }

    /// What is wrong with the options in the mapping at `path`, each on its own.
    pub(super) fn of_options(path: &KeyPath, options: &impl OptionGroup) -> Vec<Self> {
        let wrong = options.wrong().into_iter();
        let finding = |(key, wrong): (&str, Wrong)| {
            let about = match wrong.is_shown {
                true => About::ShownValue,
                false => About::Value,
            };
            Self::new(path.child(key), wrong.found, wrong.expected).about(about)
        };
        wrong.map(finding).collect()
    }

    pub(super) fn about(self, about: About) -> Self {
        Self { about, ..self }
    }

    /// The problem of a configuration that is no file.
    pub(in crate::config) fn without_line(self) -> ConfigProblem {
        ConfigProblem {
            line: None,
            key: self.path.shown,
            found: self.found,
            expected: self.expected,
        }
    }
}
