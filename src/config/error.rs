use std::fmt;

use thiserror::Error;

/// Everything that is wrong with a configuration, in the order of the file's lines: correct it, load again.
///
/// Neither its `Display` nor its `Debug` holds a password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub struct ConfigError {
    origin: String,
    problems: Vec<ConfigProblem>,
}

impl ConfigError {
    /// Problems without a line come last.
    pub(crate) fn new(origin: impl Into<String>, mut problems: Vec<ConfigProblem>) -> Self {
        problems.sort_by_key(|problem| problem.line.unwrap_or(u64::MAX));
        Self {
            origin: origin.into(),
            problems,
        }
    }

    /// What was read: the file's path, or what stands for it.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Each problem, in the order of the file's lines.
    pub fn problems(&self) -> &[ConfigProblem] {
        &self.problems
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.len() {
            1 => write!(f, "{}: 1 problem", self.origin)?,
            count => write!(f, "{}: {count} problems", self.origin)?,
        }
        for problem in &self.problems {
            write!(f, "\n  {problem}")?;
        }
        Ok(())
    }
}

/// One thing that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigProblem {
    /// Line in the file, from 1; `None` where there is no file or no such place in it.
    pub line: Option<u64>,
    /// Path to the key, as in `binds.default.slaves.slave-1.url`; empty for the whole file.
    pub key: String,
    /// What is there.
    pub found: String,
    /// What would be right.
    pub expected: String,
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line.map(|line| format!("line {line}"));
        let key = (!self.key.is_empty()).then(|| self.key.clone());
        let place: Vec<String> = line.into_iter().chain(key).collect();
        if !place.is_empty() {
            write!(f, "{}: ", place.join(", "))?;
        }
        write!(f, "found {}, expected {}", self.found, self.expected)
    }
}
