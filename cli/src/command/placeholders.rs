use std::{collections::BTreeMap, env};

use sea_orm_routing::{BindsConfig, ConfigError};

use super::{arguments::Dialect, binds_file::BindsFile};

/// What a variable may stand for beside an address, until the file can be read: a number, a time, a yes. The first one also is what
/// a part of an address may be: a user, a host, a port.
const OTHERS: [&str; 3] = ["1", "1s", "true"];

/// The file, in which a variable that is not set stands for whatever may stand there: where nobody connects, it does not matter.
pub(super) fn without_variables(
    file: &BindsFile,
    dialect: Option<Dialect>,
) -> Result<BindsConfig, ConfigError> {
    let error = match file.config() {
        Ok(config) => return Ok(config),
        Err(error) => error,
    };
    let Ok(text) = file.text() else {
        return Err(error);
    };
    let address = match dialect {
        Some(Dialect::Mysql) => "mysql://unset@unset/unset",
        Some(Dialect::Sqlite) => "sqlite://unset.db",
        Some(Dialect::Postgres) | None => "postgres://unset@unset/unset",
    };
    // One that is a part of a text is no address.
    let first = |name: &str| usize::from(!is_whole(&text, name));
    let mut unset: BTreeMap<_, usize> = unset(&text).map(|name| (name, first(name))).collect();
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
        let may_turn = |turn: usize| turn + 1 < words.len();
        let left = unset.iter().filter(|(_, turn)| may_turn(**turn));
        let left: Vec<_> = left.map(|(name, _)| *name).collect();
        let wrong = left.iter().find(|name| is_told(&problems, name));
        let wrong = wrong.or_else(|| left.iter().find(|name| is_on_line(&problems, &text, name)));
        let Some(turn) = wrong.and_then(|name| unset.get_mut(name)) else {
            break;
        };
        *turn += 1;
    }
    Err(error)
}

/// Whether a problem says that it is in the value of a variable, as most do.
fn is_told(error: &ConfigError, name: &str) -> bool {
    let variable = format!("${{{name}}}");
    let mut problems = error.problems().iter();
    problems.any(|problem| problem.found.contains(&variable))
}

/// Whether a problem is on a line with a variable.
fn is_on_line(error: &ConfigError, text: &str, name: &str) -> bool {
    let variable = format!("${{{name}}}");
    let lines = error.problems().iter().filter_map(|problem| problem.line);
    let mut lines = lines.filter_map(|line| text.lines().nth((line as usize).checked_sub(1)?));
    lines.any(|line| line.contains(&variable))
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

/// Whether a variable is all of a value, wherever it stands.
fn is_whole(text: &str, name: &str) -> bool {
    let variable = format!("${{{name}}}");
    let ends = |symbol: Option<char>| {
        symbol.is_none_or(|symbol| symbol.is_whitespace() || "'\",]}[{".contains(symbol))
    };
    text.match_indices(&variable).all(|(at, found)| {
        let (before, after) = (&text[..at], &text[at + found.len()..]);
        ends(before.chars().next_back()) && ends(after.chars().next())
    })
}
