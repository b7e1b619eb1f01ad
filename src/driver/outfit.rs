use std::{fmt, sync::Arc};

/// What a connection has set for whom it serves: where names without a schema are looked up, and values of the scope.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Outfit {
    /// The search path on PostgreSQL, the database on MySQL; `None` for what a session of the pool begins with.
    pub(crate) place: Option<Arc<str>>,
    /// PostgreSQL's settings, each with what the scope says, which may be nothing.
    pub(crate) values: Arc<[(Arc<str>, Arc<str>)]>,
}

impl Outfit {
    pub(crate) fn at(place: Option<Arc<str>>) -> Self {
        Self {
            place,
            values: Arc::default(),
        }
    }

    /// The same with these values.
    pub(crate) fn with(&self, values: Arc<[(Arc<str>, Arc<str>)]>) -> Self {
        Self {
            place: self.place.clone(),
            values,
        }
    }
}

impl Outfit {
    /// What sets it for a whole session, in one message. Where it `is_unknown` what was done there, what somebody may have made
    /// for a while, which would be found before the tables of this one, goes with it.
    pub(super) fn for_session(&self, is_unknown: bool) -> String {
        let discard = is_unknown.then(|| "DISCARD TEMP".to_owned());
        let reset = self.place.is_none().then(|| "RESET search_path".to_owned());
        let all: Vec<_> = [discard, reset, self.set(false)]
            .into_iter()
            .flatten()
            .collect();
        all.join("; ")
    }

    /// What sets it until the transaction ends, if there is anything to set.
    pub(crate) fn for_transaction(&self) -> Option<String> {
        self.set(true)
    }

    fn set(&self, is_local: bool) -> Option<String> {
        let place = self.place.iter().map(|place| ("search_path", &**place));
        let values = self.values.iter().map(|(name, value)| (&**name, &**value));
        let set = place.chain(values).map(|(name, value)| {
            let (name, value) = (literal(name), literal(value));
            format!("pg_catalog.set_config({name}, {value}, {is_local})")
        });
        let set: Vec<_> = set.collect();
        (!set.is_empty()).then(|| format!("SELECT {}", set.join(", ")))
    }
}

impl Outfit {
    /// What sets it for a session, if it is a database.
    pub(super) fn for_use(&self) -> Option<String> {
        let place = self.place.as_ref()?;
        Some(format!("USE `{}`", place.replace('`', "``")))
    }
}

/// A text whatever `standard_conforming_strings` says. What has a zero byte PostgreSQL can't hold: there it is nothing.
fn literal(text: &str) -> String {
    if text.contains('\0') {
        return "''".to_owned();
    }
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// Without values, which may be anybody's.
impl fmt::Debug for Outfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.values.iter().map(|(name, _)| name).collect();
        f.debug_struct("Outfit")
            .field("place", &self.place)
            .field("values", &names)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outfit(place: Option<&str>, values: &[(&str, &str)]) -> Outfit {
        let values = values
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        Outfit {
            place: place.map(Into::into),
            values: values.collect(),
        }
    }

    #[test]
    fn values_are_texts_whatever_they_hold() {
        let evil = outfit(None, &[("app.tenant", "a'); DROP TABLE cake; --\\")]);
        let expected =
            r"SELECT pg_catalog.set_config(E'app.tenant', E'a''); DROP TABLE cake; --\\', true)";
        assert_eq!(evil.for_transaction().as_deref(), Some(expected));
        let cut = outfit(None, &[("app.tenant", "acme\0")]);
        let expected = "SELECT pg_catalog.set_config(E'app.tenant', '', true)";
        assert_eq!(cut.for_transaction().as_deref(), Some(expected));
        assert_eq!(outfit(None, &[]).for_transaction(), None);
        let used = outfit(Some("a`b"), &[]).for_use();
        assert_eq!(used.as_deref(), Some("USE `a``b`"));
    }

    #[test]
    fn session_without_a_place_of_its_own_gets_that_which_it_began_with() {
        assert_eq!(
            outfit(None, &[]).for_session(true),
            "DISCARD TEMP; RESET search_path"
        );
        assert_eq!(
            outfit(Some("acme"), &[]).for_session(false),
            "SELECT pg_catalog.set_config(E'search_path', E'acme', false)"
        );
    }

    #[test]
    fn debug_shows_no_value() {
        let shown = format!("{:?}", outfit(Some("acme"), &[("app.tenant", "secret")]));
        assert!(shown.contains("app.tenant") && !shown.contains("secret"));
    }
}
