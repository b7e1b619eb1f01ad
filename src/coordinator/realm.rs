use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;

use crate::names::BindName;

/// Tells one decision table from all others, also of servers that share the names of their databases: a branch belongs
/// to the table that its name holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Realm(Arc<str>);

impl Realm {
    pub(super) fn new() -> Self {
        Self(format!("{:016x}", rand::random::<u64>()).into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Realm {
    fn from(realm: &str) -> Self {
        Self(realm.into())
    }
}

/// The realms of the binds that have decided before.
#[derive(Debug, Default)]
pub(crate) struct Realms(Mutex<HashMap<BindName, Realm>>);

impl Realms {
    pub(crate) fn of(&self, bind: &BindName) -> Option<Realm> {
        self.with(|realms| realms.get(bind).cloned())
    }

    pub(crate) fn learn(&self, bind: &BindName, realm: &Realm) {
        self.with(|realms| realms.insert(bind.clone(), realm.clone()));
    }

    pub(crate) fn forget(&self, bind: &BindName) {
        self.with(|realms| realms.remove(bind));
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<BindName, Realm>) -> T) -> T {
        act(&mut self.0.lock())
    }
}
