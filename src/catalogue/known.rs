use std::collections::{HashMap, HashSet};

use super::{Catalogue, Relations};
use crate::{
    classify::{Access, Functions},
    config::FunctionsConfig,
    names::BindName,
};

/// What is known beside the servers' built-ins: found in the binds' databases, or configured.
///
/// One answer serves all binds: what writes in one of them is taken for a write everywhere.
#[derive(Debug, Default)]
pub(crate) struct Known {
    configured: FunctionsConfig,
    /// By the bind, or the group of shards that are alike; `None` where no catalogue has been read.
    found: HashMap<BindName, Option<Catalogue>>,
}

/// What follows from it for statements, made anew with every news.
#[derive(Debug)]
pub(crate) struct Knowledge {
    pub(crate) functions: Functions,
    pub(crate) relations: Relations,
}

impl Known {
    pub(crate) fn new(configured: FunctionsConfig) -> Self {
        Self {
            configured,
            found: HashMap::new(),
        }
    }

    /// Notes that a bind has a catalogue that is not known yet; true if that is news.
    pub(crate) fn expect(&mut self, bind: &BindName) -> bool {
        let is_new = !self.found.contains_key(bind);
        self.found.entry(bind.clone()).or_default();
        is_new
    }

    /// Notes what a bind's database says; true if that is news.
    pub(crate) fn note(&mut self, bind: &BindName, catalogue: Catalogue) -> bool {
        let catalogue = Some(catalogue);
        let news = self.found.get(bind) != Some(&catalogue);
        self.found.insert(bind.clone(), catalogue);
        news
    }

    /// Forgets all other binds; true if that is news.
    pub(crate) fn keep(&mut self, binds: &[BindName]) -> bool {
        let before = self.found.len();
        let binds: HashSet<_> = binds.iter().collect();
        self.found.retain(|bind, _| binds.contains(bind));
        self.found.len() < before
    }

    pub(crate) fn knowledge(&self) -> Knowledge {
        let functions = self.functions();
        let found = self.found.values().flatten();
        let facts = found.map(|catalogue| (catalogue.backend, &*catalogue.facts));
        Knowledge {
            relations: Relations::of(facts, &functions),
            functions,
        }
    }

    /// Built-ins, then what was found, then what was configured: the later wins, but what was found never turns
    /// a write into a read, and is no read anywhere while a bind is not known.
    fn functions(&self) -> Functions {
        let all_known = self.found.values().all(Option::is_some);
        let found = self.found.values().flatten();
        let found = found.flat_map(|catalogue| &catalogue.functions);
        let naming: Vec<_> = found
            .clone()
            .filter(|function| function.relations != 0)
            .collect();
        let mut found: Vec<_> = found
            .filter(|function| all_known || function.access == Access::Write)
            .collect();
        found.sort_by_key(|function| function.access == Access::Write);
        let functions = found
            .into_iter()
            .fold(Functions::builtin(), |functions, function| {
                functions.with_found(&function.name, function.access)
            });
        let functions = naming.into_iter().fold(functions, |functions, function| {
            functions.that_names_relations(&function.name, function.relations)
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
    use std::sync::Arc;

    use sea_orm::DbBackend;

    use super::{super::known_function::KnownFunction, *};
    use crate::classify::classify;

    fn catalogue(functions: Vec<(String, Access)>) -> Catalogue {
        let known = |(name, access)| KnownFunction {
            name,
            access,
            relations: 0,
        };
        let functions = functions.into_iter().map(known).collect();
        Catalogue {
            backend: DbBackend::Postgres,
            functions,
            facts: Arc::default(),
        }
    }

    fn is_read(known: &Known, sql: &str) -> bool {
        classify(DbBackend::Postgres, sql, &known.functions()).is_read()
    }

    #[test]
    fn a_write_in_one_bind_is_a_write_everywhere() {
        let mut known = Known::default();
        assert!(known.note(
            &"a".into(),
            catalogue(vec![("tax".to_owned(), Access::Read)])
        ));
        assert!(is_read(&known, "SELECT tax(1)"));
        assert!(known.note(
            &"b".into(),
            catalogue(vec![("tax".to_owned(), Access::Write)])
        ));
        assert!(!is_read(&known, "SELECT tax(1)"));
        assert!(known.note(&"b".into(), catalogue(Vec::new())));
        assert!(is_read(&known, "SELECT tax(1)"));
        assert!(!known.note(&"b".into(), catalogue(Vec::new())));
    }

    #[test]
    fn nothing_found_is_a_read_while_a_bind_is_not_known() {
        let mut known = Known::default();
        known.expect(&"b".into());
        known.note(
            &"a".into(),
            catalogue(vec![("tax".to_owned(), Access::Read)]),
        );
        assert!(!is_read(&known, "SELECT tax(1)"));
        known.note(&"b".into(), catalogue(Vec::new()));
        assert!(is_read(&known, "SELECT tax(1)"));
    }

    #[test]
    fn what_is_found_never_turns_a_built_in_write_into_a_read() {
        let mut known = Known::default();
        known.note(
            &"a".into(),
            catalogue(vec![
                ("nextval".to_owned(), Access::Read),
                ("lower".to_owned(), Access::Write),
            ]),
        );
        assert!(!is_read(&known, "SELECT nextval('s')"));
        assert!(!is_read(&known, "SELECT lower('S')"));
    }

    #[test]
    fn configuration_wins() {
        let configured = FunctionsConfig::new().read(["audit"]).write(["tax"]);
        let mut known = Known::new(configured);
        known.note(
            &"a".into(),
            catalogue(vec![
                ("audit".to_owned(), Access::Write),
                ("tax".to_owned(), Access::Read),
            ]),
        );
        assert!(is_read(&known, "SELECT audit()"));
        assert!(!is_read(&known, "SELECT tax(1)"));
    }
}
