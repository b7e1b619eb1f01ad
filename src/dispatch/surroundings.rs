use std::{fmt, sync::Arc};

use super::{Governance, NodeScope, governance::Governor};
use crate::{error::RoutingError, names::BindName};

tokio::task_local! {
    static AROUND: Option<Arc<Surroundings>>;
}

/// What the code around says of a database's statements that no handle has fixed.
pub(crate) struct Surroundings {
    /// The bind of all tables that nobody claims, or why there is none.
    place: Option<Result<Place, RoutingError>>,
    /// The shard of each group that was named.
    shards: Vec<Arc<Shard>>,
    /// What a rule may ask for, by name.
    values: Vec<(Arc<str>, Arc<str>)>,
    governor: Governor,
    /// Those of other databases.
    beyond: Option<Arc<Surroundings>>,
}

/// A bind, and the nodes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) bind: BindName,
    pub(crate) node: NodeScope,
}

/// The shard of a group that a key is on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    pub(crate) group: BindName,
    pub(crate) key: String,
    pub(crate) bind: BindName,
}

/// Which surroundings count for a handle that has not fixed its bind.
#[derive(Clone, Debug)]
pub(crate) enum Around {
    /// Those of the code that runs.
    Code {
        /// The handle's own, which go before them.
        over: Option<Arc<Surroundings>>,
        /// What the handle took along, for what they do not say.
        under: Option<Arc<Surroundings>>,
    },
    /// Those in which it was begun, wherever it goes on.
    Kept(Option<Arc<Surroundings>>),
}

impl Default for Around {
    fn default() -> Self {
        Self::Code {
            over: None,
            under: None,
        }
    }
}

impl Surroundings {
    pub(crate) fn new(governance: &Arc<Governance>) -> Self {
        Self {
            place: None,
            shards: Vec::new(),
            values: Vec::new(),
            governor: governance.govern(),
            beyond: None,
        }
    }

    pub(crate) fn place(&self) -> Option<&Result<Place, RoutingError>> {
        self.place.as_ref()
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let mut values = self.values.iter();
        let found = values.find(|(other, _)| **other == *name);
        found.map(|(_, value)| &**value)
    }

    /// The same at another place, or at none.
    pub(crate) fn at(&self, place: Result<Place, RoutingError>) -> Self {
        Self {
            place: Some(place),
            ..self.copy()
        }
    }

    /// The shard of a group, if one was named.
    pub(crate) fn shard(&self, group: &str) -> Option<&Arc<Shard>> {
        self.shards.iter().find(|shard| shard.group == *group)
    }

    /// The binds of the shards that were named.
    pub(crate) fn shard_binds(&self) -> impl Iterator<Item = BindName> {
        self.shards.iter().map(|shard| shard.bind.clone())
    }

    /// The same on another shard of a group.
    pub(crate) fn on(&self, shard: Arc<Shard>) -> Self {
        let mut next = self.copy();
        next.name(shard);
        next
    }

    fn name(&mut self, shard: Arc<Shard>) {
        self.shards.retain(|other| other.group != shard.group);
        self.shards.push(shard);
    }

    /// The same with a value.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut next = self.copy();
        next.set(name.into(), value.into());
        next
    }

    fn set(&mut self, name: Arc<str>, value: Arc<str>) {
        self.values.retain(|(other, _)| *other != name);
        self.values.push((name, value));
    }

    /// The same once more.
    pub(crate) fn copy(&self) -> Self {
        Self {
            place: self.place.clone(),
            shards: self.shards.clone(),
            values: self.values.clone(),
            governor: self.governor.governance().govern(),
            beyond: self.beyond.clone(),
        }
    }

    /// These, and where they say nothing, what `outer` says.
    fn over(&self, outer: &Self) -> Self {
        let mut whole = outer.copy();
        whole.place = self.place.clone().or(whole.place);
        for shard in &self.shards {
            whole.name(shard.clone());
        }
        for (name, value) in &self.values {
            whole.set(name.clone(), value.clone());
        }
        whole
    }

    /// Whether `other` says nothing more.
    fn covers(&self, other: &Self) -> bool {
        (self.place.is_some() || other.place.is_none())
            && (other.shards.iter()).all(|shard| self.shard(shard.group.as_str()).is_some())
            && (other.values.iter()).all(|(name, _)| self.value(name).is_some())
    }

    /// These inside of the scopes of other databases in which the code runs.
    fn beside_others(mut self) -> Arc<Self> {
        self.beyond = around();
        Arc::new(self)
    }

    fn is_of(&self, governance: &Governance) -> bool {
        self.governor.governance().is_of(governance)
    }
}

impl Around {
    /// What was taken along, for where the code says nothing.
    #[cfg(feature = "carrier")]
    pub(crate) fn under(own: Surroundings) -> Self {
        Self::Code {
            over: None,
            under: Some(Arc::new(own)),
        }
    }

    /// The same, saying more itself.
    pub(crate) fn saying(
        &self,
        governance: &Arc<Governance>,
        more: impl FnOnce(&Surroundings) -> Surroundings,
    ) -> Self {
        let (over, under) = match self {
            Self::Code { over, under } => (over, under.clone()),
            Self::Kept(kept) => (kept, None),
        };
        let said = match over {
            Some(own) => more(own),
            None => more(&Surroundings::new(governance)),
        };
        Self::Code {
            over: Some(Arc::new(said)),
            under,
        }
    }

    /// The same, taking along what the code says that runs.
    pub(crate) fn taking_along(&self, governance: &Governance) -> Self {
        match self {
            Self::Code { over, under } => Self::Code {
                over: over.clone(),
                under: layered(current(governance), under),
            },
            Self::Kept(_) => self.clone(),
        }
    }

    /// What counts for a statement that runs now.
    pub(crate) fn now(&self, governance: &Governance) -> Option<Arc<Surroundings>> {
        match self {
            Self::Kept(kept) => kept.clone(),
            Self::Code {
                over: None,
                under: None,
            } => current(governance),
            Self::Code { over, under } => {
                let beneath = layered(current(governance), under);
                layered(over.clone(), &beneath)
            }
        }
    }

    /// What counts inside of its scope: what was taken along goes before what is around that.
    pub(crate) fn entered(&self, governance: &Governance) -> Option<Arc<Surroundings>> {
        match self {
            Self::Kept(kept) => kept.clone(),
            Self::Code { over, under } => {
                let beneath = layered(under.clone(), &current(governance));
                layered(over.clone(), &beneath)
            }
        }
    }
}

/// The upper ones, and where they say nothing, the lower ones.
fn layered(
    upper: Option<Arc<Surroundings>>,
    lower: &Option<Arc<Surroundings>>,
) -> Option<Arc<Surroundings>> {
    match (upper, lower) {
        (Some(upper), Some(lower)) if !upper.covers(lower) => Some(Arc::new(upper.over(lower))),
        (Some(upper), _) => Some(upper),
        (None, lower) => lower.clone(),
    }
}

/// Without values and keys, which may be anybody's.
impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self
            .place
            .as_ref()
            .map(|place| place.as_ref().map_err(|_| "none"));
        let groups: Vec<_> = self.shards.iter().map(|shard| &shard.group).collect();
        let values: Vec<_> = self.values.iter().map(|(name, _)| name).collect();
        f.debug_struct("Surroundings")
            .field("place", &place)
            .field("groups", &groups)
            .field("values", &values)
            .finish_non_exhaustive()
    }
}

/// Two are one if nothing tells them apart.
impl PartialEq for Around {
    fn eq(&self, other: &Self) -> bool {
        let is_one = |one: &Option<Arc<_>>, other: &Option<Arc<_>>| match (one, other) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        match (self, other) {
            (
                Self::Code { over, under },
                Self::Code {
                    over: other_over,
                    under: other_under,
                },
            ) => is_one(over, other_over) && is_one(under, other_under),
            (Self::Kept(one), Self::Kept(other)) => is_one(one, other),
            _ => false,
        }
    }
}

impl Eq for Around {}

/// Those of the code that runs, of whichever database: the innermost first.
pub(super) fn around() -> Option<Arc<Surroundings>> {
    AROUND.try_with(Option::clone).ok().flatten()
}

/// Those of the code that runs.
fn current(governance: &Governance) -> Option<Arc<Surroundings>> {
    let mut at = around();
    while let Some(found) = at {
        if found.is_of(governance) {
            return Some(found);
        }
        at = found.beyond.clone();
    }
    None
}

/// Has the statements of what runs inside `future` go where `own` says; without it, where they would go.
pub(crate) async fn surrounded<F: Future>(own: Option<Surroundings>, future: F) -> F::Output {
    AROUND.scope(entered(own), future).await
}

/// Has the statements of what runs inside `future` go where they would without any scope.
pub(crate) async fn unsurrounded<F: Future>(future: F) -> F::Output {
    AROUND.scope(None, future).await
}

/// The same while `work` runs.
#[cfg(feature = "carrier")]
pub(crate) fn within_surroundings<T>(own: Option<Surroundings>, work: impl FnOnce() -> T) -> T {
    AROUND.sync_scope(entered(own), work)
}

fn entered(own: Option<Surroundings>) -> Option<Arc<Surroundings>> {
    match own {
        Some(own) => Some(own.beside_others()),
        None => around(),
    }
}
