use crate::config::{BindsConfig, ConfigError};

/// What a text is read as, in an environment of these variables.
pub(super) fn read(text: &str, variables: &[(&str, &str)]) -> Result<BindsConfig, ConfigError> {
    BindsConfig::from_yaml_with(text, |name| {
        let variable = variables.iter().find(|(known, _)| *known == name);
        variable.map(|(_, value)| (*value).to_owned())
    })
}

/// The problems of a text, one per line, as they are printed.
pub(super) fn report(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    match read(text, variables) {
        Ok(_) => Vec::new(),
        Err(error) => error.problems().iter().map(ToString::to_string).collect(),
    }
}

/// Fails unless the text has exactly these problems.
#[track_caller]
pub(super) fn assert_problems(text: &str, expected: &[&str]) {
    assert_eq!(report(text, &[]), expected, "\n{text}");
}
