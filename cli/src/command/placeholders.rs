use std::{collections::HashMap, env, fs, path::Path};

use sea_orm_routing::{BindsConfig, ConfigError};

use super::arguments::Dialect;

/// What a variable may stand for, until the file can be read: an address, or a part of one, a number, a time, a yes.
const OTHERS: [&str; 3] = ["1", "1s", "true"];

/// The file, in which a variable that is not set stands for whatever may stand there: where nobody connects, it does not matter.
pub(super) fn without_variables(
    path: &Path,
    dialect: Option<Dialect>,
) -> Result<BindsConfig, ConfigError> {
    let error = match BindsConfig::from_path(path) {
        Ok(config) => return Ok(config),
        Err(error) => error,
    };
    let Ok(text) = fs::read_to_string(path) else {
        return Err(error);
    };
    let address = match dialect {
        Some(Dialect::Mysql) => "mysql://unset@unset/unset",
        Some(Dialect::Sqlite) => "sqlite://unset.db",
        Some(Dialect::Postgres) | None => "postgres://unset@unset/unset",
    };
    let mut unset: HashMap<_, usize> = unset(&text).map(|name| (name, 0)).collect();
    let words: Vec<_> = std::iter::once(address).chain(OTHERS).collect();
    // Each turn brings one of them further.
    for _ in 0..=unset.len() * words.len() {
        let value = |name: &str| match unset.get(name) {
            Some(turn) => words.get(*turn).map(|word| (*word).to_owned()),
            None => env::var(name).ok(),
        };
        let problems = match BindsConfig::from_yaml_with(&text, value) {
            Ok(config) => return Ok(config),
            Err(error) => error,
        };
        let is_wrong = |name: &str| {
            let lines = problems
                .problems()
                .iter()
                .filter_map(|problem| problem.line);
            let mut lines = lines.filter_map(|line| text.lines().nth(line as usize - 1));
            lines.any(|line| line.contains(&format!("${{{name}}}")))
        };
        let next = unset
            .iter_mut()
            .find(|(name, turn)| **turn + 1 < words.len() && is_wrong(name));
        let Some((_, turn)) = next else { break };
        *turn += 1;
    }
    Err(error)
}

/// The variables without a fallback that have no value.
fn unset(text: &str) -> impl Iterator<Item = &str> {
    let inside = text.split("${").skip(1);
    let names = inside
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name);
    let is_name = |name: &&str| {
        let mut symbols = name.chars();
        symbols.all(|symbol| symbol.is_ascii_alphanumeric() || symbol == '_')
    };
    names
        .filter(is_name)
        .filter(|name| env::var_os(name).is_none())
}
