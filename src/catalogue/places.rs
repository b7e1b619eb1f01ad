use std::{
    collections::{BTreeSet, HashMap},
    sync::atomic::{AtomicU64, Ordering},
};

use parking_lot::Mutex;

use crate::{
    bind::{BindReason, Target},
    classify::{Class, Object, Table},
    error::RoutingError,
    names::{BindName, some_of},
    shard::group_of,
};

/// More objects than this are not remembered: they are asked for again.
const MOST: usize = 4_096;

/// Which binds have an object that is no table, as far as they were asked.
#[derive(Debug, Default)]
pub(crate) struct Places {
    known: Mutex<HashMap<Object, Owners>>,
    forgotten: AtomicU64,
}

/// Who has an object. What a shard has is its group's: which shard is meant, whoever sends a statement says.
#[derive(Debug, Default)]
struct Owners {
    /// Binds, and groups.
    having: BTreeSet<BindName>,
    /// The shards that were asked.
    asked: BTreeSet<BindName>,
}

impl Places {
    /// Notes which binds have an object, of which these are the shards that were asked, too.
    pub(crate) fn note(&self, object: &Object, having: &[BindName], shards: &[BindName]) {
        let mut places = self.known.lock();
        if places.len() >= MOST {
            places.clear();
        }
        let owners = places.entry(object.clone()).or_default();
        let of_group = |bind: &BindName| match group_of(bind.as_str()) {
            Some((group, _)) => group.into(),
            None => bind.clone(),
        };
        owners.having.extend(having.iter().map(of_group));
        owners.asked.extend(shards.iter().cloned());
    }

    /// Whether all these shards were asked for all that a statement names; if not, an object for which one was not.
    ///
    /// # Errors
    /// [`RoutingError::UnaskedObject`].
    pub(crate) fn were_asked(
        &self,
        class: &Class,
        mut shards: impl Iterator<Item = BindName>,
    ) -> Result<(), RoutingError> {
        let places = self.known.lock();
        let unknown = shards.find_map(|shard| {
            let knows = |object: &&Object| {
                let owners = places.get(object);
                owners.is_some_and(|owners| owners.asked.contains(&shard))
            };
            class.objects.iter().find(|object| !knows(object))
        });
        unknown.map_or(Ok(()), |object| Err(unasked(object, &[])))
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

    /// The target of a statement by the objects that it names, perhaps a group, or `otherwise` where nobody has them.
    ///
    /// # Errors
    /// An object was not asked for, or several binds have it, or two objects are on two binds.
    pub(crate) fn target(&self, class: &Class, otherwise: Target) -> Result<Target, RoutingError> {
        let mut found: Option<(&Object, BindName)> = None;
        for object in &class.objects {
            let places = self.known.lock();
            let owners = places.get(object).ok_or_else(|| unasked(object, &[]))?;
            let mut having = owners.having.iter();
            let bind = match (having.next(), having.next()) {
                (None, _) => continue,
                (Some(bind), None) => bind.clone(),
                _ => return Err(ambiguous(object, &owners.having)),
            };
            drop(places);
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
        binds: some_of(binds).map(ToString::to_string).collect(),
    }
}

fn ambiguous(object: &Object, binds: &BTreeSet<BindName>) -> RoutingError {
    RoutingError::AmbiguousObject {
        object: object.to_string(),
        binds: some_of(binds).cloned().collect(),
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
        places.note(&class.objects[0], &[], &[]);
        places.note(&class.objects[1], &["reports".into()], &[]);
        let target = places.target(&class, default()).unwrap();
        assert_eq!(target.bind, BindName::from("reports"));
        places.note(&class.objects[0], &["default".into()], &[]);
        let error = places.target(&class, default()).unwrap_err();
        assert!(matches!(error, RoutingError::TwoBinds { .. }), "{error}");
        places.note(&class.objects[0], &["reports".into()], &[]);
        let error = places.target(&class, default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "index one is on more than one bind: `default`, `reports`; use `db.bind(key)`"
        );
        assert!(places.forget());
        let unasked = places.target(&class, default()).unwrap_err();
        assert!(
            matches!(unasked, RoutingError::UnaskedObject { .. }),
            "{unasked}"
        );
    }
}
