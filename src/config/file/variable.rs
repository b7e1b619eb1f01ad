/// A text whose `${NAME}` and `${NAME:-fallback}` were replaced.
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
    Unclosed,
    BadName,
}

type Environment<'e> = &'e dyn Fn(&str) -> Option<String>;

impl Expansion {
    /// As in the shell, a fallback stands in for a variable that is unset or empty, and may itself name
    /// variables. `$${` is a literal `${`. Values are taken as they are.
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
        if !is_name(name) {
            return self.fail(VariableFault::BadName);
        }
        if !self.variables.iter().any(|known| known == name) {
            self.variables.push(name.to_owned());
        }
        match (environment(name), fallback) {
            (None, None) => self.fail(VariableFault::Unset(name.to_owned())),
            (Some(value), None) => self.text.push_str(&value),
            (Some(value), Some(_)) if !value.is_empty() => self.text.push_str(&value),
            (_, Some(fallback)) => self.append(fallback, environment),
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
            Self::Unclosed => "`${` without `}`".to_owned(),
            Self::BadName => "`${…}` without the name of a variable".to_owned(),
        }
    }

    pub(super) fn expected(&self) -> String {
        match self {
            Self::Unset(name) => format!("it in the environment, or `${{{name}:-fallback}}`"),
            Self::Unclosed | Self::BadName => {
                "`${NAME}` or `${NAME:-fallback}`; `$${` is a literal `${`".to_owned()
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

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
