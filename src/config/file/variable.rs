use super::secret_file::{self, NoSecret};

/// A text whose `${NAME}`, `${file:/path}` and `${NAME:-fallback}` were replaced.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Expansion {
    pub(super) text: String,
    /// The variables that it names; with any, the text must not be shown.
    pub(super) variables: Vec<String>,
    pub(super) faults: Vec<VariableFault>,
}

/// Why a `${…}` has no value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum VariableFault {
    Unset(String),
    /// A file, and what is wrong with it.
    NoFile(String, String),
    Unclosed,
    BadName,
}

type Environment<'e> = &'e dyn Fn(&str) -> Option<String>;

impl Expansion {
    /// As in the shell, a fallback stands in for a variable that is unset or empty, and may itself name
    /// variables; so it does for a file that is missing or empty. `$${` is a literal `${`. Values are taken as they are, but
    /// for the end of a file's last line.
    pub(super) fn new(template: &str, environment: Environment<'_>) -> Self {
        let mut expansion = Self::default();
        expansion.append(template, environment);
        expansion
    }

    fn append(&mut self, template: &str, environment: Environment<'_>) {
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("${") {
            if let Some(before) = before.strip_suffix('$') {
                self.text.push_str(before);
                self.text.push_str("${");
                rest = after;
                continue;
            }
            self.text.push_str(before);
            let Some((inside, after)) = split_closed(after) else {
                return self.fail(VariableFault::Unclosed);
            };
            self.append_variable(inside, environment);
            rest = after;
        }
        self.text.push_str(rest);
    }

    fn append_variable(&mut self, inside: &str, environment: Environment<'_>) {
        let (name, fallback) = match inside.split_once(":-") {
            Some((name, fallback)) => (name, Some(fallback)),
            None => (inside, None),
        };
        let value = match name.strip_prefix(secret_file::PREFIX) {
            Some(path) if is_path(path) => match secret_file::read(path) {
                Ok(value) => Some(value),
                Err(NoSecret::Missing) if fallback.is_some() => None,
                Err(missing) => {
                    self.note(name);
                    let fault = VariableFault::NoFile(path.to_owned(), missing.found());
                    return self.fail(fault);
                }
            },
            None if is_name(name) => environment(name),
            _ => return self.fail(VariableFault::BadName),
        };
        self.note(name);
        match (value, fallback) {
            (None, None) => self.fail(VariableFault::Unset(name.to_owned())),
            (Some(value), None) => self.text.push_str(&value),
            (Some(value), Some(_)) if !value.is_empty() => self.text.push_str(&value),
            (_, Some(fallback)) => self.append(fallback, environment),
        }
    }

    fn note(&mut self, name: &str) {
        if !self.variables.iter().any(|known| known == name) {
            self.variables.push(name.to_owned());
        }
    }

    fn fail(&mut self, fault: VariableFault) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// What messages call a text that came from the environment.
    pub(super) fn named(variables: &[String]) -> String {
        let names: Vec<_> = variables
            .iter()
            .map(|name| format!("`${{{name}}}`"))
            .collect();
        format!("the value of {}", names.join(" and "))
    }
}

impl VariableFault {
    pub(super) fn found(&self) -> String {
        match self {
            Self::Unset(name) => format!("`${{{name}}}`, which is not set"),
            Self::NoFile(path, found) => format!("`${{file:{path}}}`, {found}"),
            Self::Unclosed => "`${` without `}`".to_owned(),
            Self::BadName => "`${…}` without the name of a variable".to_owned(),
        }
    }

    pub(super) fn expected(&self) -> String {
        match self {
            Self::Unset(name) => format!("it in the environment, or `${{{name}:-fallback}}`"),
            Self::NoFile(..) => "a file with the value as UTF-8 text".to_owned(),
            Self::Unclosed | Self::BadName => {
                "`${NAME}`, `${NAME:-fallback}` or `${file:/path}`; `$${` is a literal `${`"
                    .to_owned()
            }
        }
    }
}

/// Splits at the `}` that closes a `${`, past those that belong to inner ones.
fn split_closed(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0;
    for (index, c) in text.char_indices() {
        match c {
            '{' if text[..index].ends_with('$') && !text[..index].ends_with("$$") => depth += 1,
            '}' if depth == 0 => return Some((&text[..index], &text[index + 1..])),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Whether a message may show it: an address that lost its `}` may hold a password.
pub(super) fn is_path(text: &str) -> bool {
    !text.is_empty()
        && !text.contains(['@', '{', '$', '\\'])
        && !text.contains("//")
        && !text.contains(char::is_control)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
