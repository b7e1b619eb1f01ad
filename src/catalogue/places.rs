use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;

use crate::{
    bind::{BindReason, Target},
    classify::{Class, Object, Table},
    error::RoutingError,
    names::BindName,
};

/// More objects than this are not remembered: they are asked for again.
const MOST: usize = 4_096;

/// Which binds have an object that is no table, as far as they were asked.
#[derive(Debug, Default)]
pub(crate) struct Places {
    known: Mutex<HashMap<Object, Arc<[BindName]>>>,
    forgotten: AtomicU64,
}

impl Places {
    pub(crate) fn note(&self, object: &Object, binds: Vec<BindName>) {
        let mut places = self.known.lock();
        if places.len() >= MOST {
            places.clear();
        }
        places.insert(object.clone(), binds.into());
    }

    /// True if there was something to forget.
    pub(crate) fn forget(&self) -> bool {
        let mut places = self.known.lock();
        let had_some = !places.is_empty();
        places.clear();
        self.forgotten.fetch_add(1, Ordering::Release);
        had_some
    }

    /// How often everything was forgotten: what was told before it was, no longer holds.
    pub(crate) fn forgotten(&self) -> u64 {
        self.forgotten.load(Ordering::Acquire)
    }

    /// The target of a statement by the objects that it names, or `otherwise` where nobody has them.
    ///
    /// # Errors
    /// An object was not asked for, or several binds have it, or two objects are on two binds.
    pub(crate) fn target(&self, class: &Class, otherwise: Target) -> Result<Target, RoutingError> {
        let mut found: Option<(&Object, BindName)> = None;
        for object in &class.objects {
            let binds = self.known.lock().get(object).cloned();
            let binds = binds.ok_or_else(|| unasked(object, &[]))?;
            let bind = match &*binds {
                [] => continue,
                [bind] => bind.clone(),
                _ => return Err(ambiguous(object, &binds)),
            };
            match &found {
                Some((first, other)) if *other != bind => {
                    return Err(RoutingError::TwoBinds {
                        first_table: first.to_string(),
                        first_bind: other.to_string(),
                        second_table: object.to_string(),
                        second_bind: bind.to_string(),
                    });
                }
                _ => found = Some((object, bind)),
            }
        }
        Ok(match found {
            None => otherwise,
            Some((object, bind)) => Target {
                bind,
                pin: None,
                reason: BindReason::Found {
                    object: object.to_string(),
                },
            },
        })
    }
}

/// Whether a table is one of the statement's objects, as a sequence or view is.
pub(crate) fn is_object(class: &Class, table: &Table) -> bool {
    let mut objects = class.objects.iter();
    objects.any(|object| {
        object.kind.is_relation() && object.name == table.name && object.schema == table.schema
    })
}

pub(crate) fn unasked(object: &Object, binds: &[BindName]) -> RoutingError {
    RoutingError::UnaskedObject {
        object: object.to_string(),
        binds: binds.iter().map(ToString::to_string).collect(),
    }
}

fn ambiguous(object: &Object, binds: &[BindName]) -> RoutingError {
    RoutingError::AmbiguousObject {
        object: object.to_string(),
        binds: binds.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;

    use super::*;
    use crate::classify::{Functions, classify};

    fn class(sql: &str) -> Class {
        classify(DbBackend::Postgres, sql, &Functions::builtin())
    }

    fn default() -> Target {
        Target {
            bind: "default".into(),
            pin: None,
            reason: BindReason::NoTable,
        }
    }

    #[test]
    fn bind_of_an_object_is_who_has_it() {
        let places = Places::default();
        let class = class("DROP INDEX one, two");
        let unasked = places.target(&class, default()).unwrap_err().to_string();
        assert!(unasked.contains("index one"), "{unasked}");
        places.note(&class.objects[0], Vec::new());
        places.note(&class.objects[1], vec!["reports".into()]);
        let target = places.target(&class, default()).unwrap();
        assert_eq!(target.bind, BindName::from("reports"));
        places.note(&class.objects[0], vec!["default".into()]);
        let error = places.target(&class, default()).unwrap_err();
        assert!(matches!(error, RoutingError::TwoBinds { .. }), "{error}");
        places.note(&class.objects[0], vec!["default".into(), "reports".into()]);
        let error = places.target(&class, default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "index one is on more than one bind: `default`, `reports`; use `db.bind(key)`"
        );
        assert!(places.forget());
        assert!(places.target(&class, default()).is_err());
    }
}
