use std::collections::HashMap;

use crate::{
    classify::{Access, Functions},
    config::FunctionsConfig,
    names::BindName,
};

/// What is known of functions beside the servers' built-ins: found in the binds' databases, or configured.
///
/// One answer serves all binds: a function that writes in one of them is taken for a write everywhere.
#[derive(Debug, Default)]
pub(crate) struct KnownFunctions {
    configured: FunctionsConfig,
    /// `None` for a bind whose catalogue has not been read.
    found: HashMap<BindName, Option<Vec<(String, Access)>>>,
}

impl KnownFunctions {
    pub(crate) fn new(configured: FunctionsConfig) -> Self {
        Self {
            configured,
            found: HashMap::new(),
        }
    }

    /// Notes that a bind has functions that are not known yet.
    pub(crate) fn expect(&mut self, bind: &BindName) {
        self.found.entry(bind.clone()).or_default();
    }

    /// Notes what a bind's database has; true if that is news.
    pub(crate) fn note(&mut self, bind: &BindName, functions: Vec<(String, Access)>) -> bool {
        let functions = Some(functions);
        let news = self.found.get(bind) != Some(&functions);
        self.found.insert(bind.clone(), functions);
        news
    }

    /// Built-ins, then what was found, then what was configured: the later wins, but what was found never turns
    /// a write into a read, and is no read anywhere while a bind is not known.
    pub(crate) fn functions(&self) -> Functions {
        let all_known = self.found.values().all(Option::is_some);
        let found = self.found.values().flatten().flatten();
        let mut found: Vec<_> = found
            .filter(|(_, effect)| all_known || *effect == Access::Write)
            .collect();
        found.sort_by_key(|(_, effect)| *effect == Access::Write);
        let functions = found
            .into_iter()
            .fold(Functions::builtin(), |functions, (name, effect)| {
                functions.with_found(name, *effect)
            });
        let reads = self.configured.read.iter().map(|name| (name, Access::Read));
        let writes = self
            .configured
            .write
            .iter()
            .map(|name| (name, Access::Write));
        reads
            .chain(writes)
            .fold(functions, |functions, (name, effect)| {
                functions.with(name, effect)
            })
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;

    use super::*;
    use crate::classify::classify;

    fn is_read(known: &KnownFunctions, sql: &str) -> bool {
        classify(DbBackend::Postgres, sql, &known.functions()).is_read()
    }

    #[test]
    fn a_write_in_one_bind_is_a_write_everywhere() {
        let mut known = KnownFunctions::default();
        assert!(known.note(&"a".into(), vec![("tax".to_owned(), Access::Read)]));
        assert!(is_read(&known, "SELECT tax(1)"));
        assert!(known.note(&"b".into(), vec![("tax".to_owned(), Access::Write)]));
        assert!(!is_read(&known, "SELECT tax(1)"));
        assert!(known.note(&"b".into(), Vec::new()));
        assert!(is_read(&known, "SELECT tax(1)"));
        assert!(!known.note(&"b".into(), Vec::new()));
    }

    #[test]
    fn nothing_found_is_a_read_while_a_bind_is_not_known() {
        let mut known = KnownFunctions::default();
        known.expect(&"b".into());
        known.note(&"a".into(), vec![("tax".to_owned(), Access::Read)]);
        assert!(!is_read(&known, "SELECT tax(1)"));
        known.note(&"b".into(), Vec::new());
        assert!(is_read(&known, "SELECT tax(1)"));
    }

    #[test]
    fn what_is_found_never_turns_a_built_in_write_into_a_read() {
        let mut known = KnownFunctions::default();
        known.note(
            &"a".into(),
            vec![
                ("nextval".to_owned(), Access::Read),
                ("lower".to_owned(), Access::Write),
            ],
        );
        assert!(!is_read(&known, "SELECT nextval('s')"));
        assert!(!is_read(&known, "SELECT lower('S')"));
    }

    #[test]
    fn configuration_wins() {
        let configured = FunctionsConfig::new().read(["audit"]).write(["tax"]);
        let mut known = KnownFunctions::new(configured);
        known.note(
            &"a".into(),
            vec![
                ("audit".to_owned(), Access::Write),
                ("tax".to_owned(), Access::Read),
            ],
        );
        assert!(is_read(&known, "SELECT audit()"));
        assert!(!is_read(&known, "SELECT tax(1)"));
    }
}
