use std::{
    any::Any,
    collections::HashMap,
    fmt,
    sync::{Arc, atomic::AtomicU64},
};

use parking_lot::Mutex;

use super::Outfit;

/// What the connections of a pool have that serves several binds, or scopes of different values.
///
/// It is forgotten when work gets the connection, and noted again if that work is known to have left it as it was. So after
/// work that was cancelled, failed or did anything else, it is set again.
pub(crate) struct Outfits {
    /// What a session begins with.
    pub(crate) base: Arc<Outfit>,
    /// The settings that get values of the scope.
    pub(crate) names: Vec<Arc<str>>,
    pub(super) known: Mutex<HashMap<usize, Known>>,
    pub(super) leases: AtomicU64,
}

pub(super) struct Known {
    /// `None` where it isn't certain.
    pub(super) outfit: Option<Arc<Outfit>>,
    /// Where all statements were prepared that the connection keeps; `None` where that is not one place.
    pub(super) prepared: Option<Option<Arc<str>>>,
    /// Who has it, or had it last.
    pub(super) lease: u64,
    pub(super) _holds: Box<dyn Any + Send + Sync>,
}

/// A connection that work has got in a certain outfit.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) outfits: Arc<Outfits>,
    pub(super) address: usize,
    pub(super) number: u64,
    pub(super) outfit: Arc<Outfit>,
}

impl Lease {
    /// The connection is as it was.
    pub(super) fn end(self) {
        let mut known = self.outfits.known.lock();
        if let Some(known) = known.get_mut(&self.address)
            && known.lease == self.number
        {
            known.outfit = Some(self.outfit);
        }
    }
}

impl Outfits {
    pub(crate) fn new(base: Outfit, names: Vec<Arc<str>>) -> Self {
        Self {
            base: Arc::new(base),
            names,
            known: Mutex::default(),
            leases: AtomicU64::new(1),
        }
    }
}

impl fmt::Debug for Outfits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outfits")
            .field("base", &self.base)
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}
