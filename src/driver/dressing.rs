use std::{
    any::Any,
    sync::{Arc, atomic::Ordering},
};

use sea_orm::{DbErr, RuntimeErr, sqlx::Error};

use super::{
    Errand, Outfit, Outfits,
    dressed::Dressed,
    outfits::{Known, Lease},
};

/// Connections at most of which it is remembered what they have: those that have gone are among them.
const MOST_KNOWN: usize = 4_096;

/// What tells a connection from all others, as long as this lives.
pub(crate) struct Mark {
    pub(super) address: usize,
    /// Nothing else gets its address.
    pub(super) holds: Box<dyn Any + Send + Sync>,
}

impl Outfits {
    /// Gives a connection what the work needs that is about to get it.
    ///
    /// Not cancel safe: a connection on which it did not end must be closed, as pools do.
    ///
    /// # Errors
    /// The driver's; what the connection has is not known then.
    pub(crate) async fn dress<C: Dressed>(
        self: &Arc<Self>,
        connection: &mut C,
        is_new: bool,
    ) -> Result<(), Error> {
        let errand = Errand::current();
        let outfit = errand.as_ref().map_or(&self.base, |errand| &errand.outfit);
        let number = self.leases.fetch_add(1, Ordering::Relaxed);
        // What is new has prepared nothing.
        let (worn, prepared, mut address) = match is_new {
            true => (Some(self.base.clone()), Some(outfit.place.clone()), None),
            false => {
                let mark = connection.mark().await?;
                let address = mark.address;
                let (worn, prepared) = self.begin::<C>(mark, number);
                (worn, prepared, Some(address))
            }
        };
        let is_unknown = worn.is_none();
        let mut has_prepared = true;
        if !worn.is_some_and(|worn| self.is_same(&worn, outfit)) {
            has_prepared = match connection.put_on(outfit, is_unknown).await {
                Err(error) if C::is_refusal(&error) => return Err(refused(errand, error)),
                done => done?,
            };
        }
        let mut is_of_one_place = prepared.as_ref() == Some(&outfit.place);
        let may_run_again = errand.as_ref().is_some_and(|errand| errand.is_short);
        let is_usable = is_of_one_place || may_run_again && !C::KEEPS_PLACES;
        if !is_usable || !has_prepared {
            // Others have prepared the same text for tables of their own.
            connection.clear_cached_statements().await?;
            (is_of_one_place, address) = (true, None);
        }
        let address = match address {
            Some(address) => address,
            None => {
                let mark = connection.mark().await?;
                let address = mark.address;
                self.begin::<C>(mark, number);
                address
            }
        };
        let prepared = is_of_one_place.then(|| outfit.place.clone());
        if let Some(known) = self.known.lock().get_mut(&address) {
            known.prepared = prepared;
        }
        if let Some(errand) = &errand {
            errand.note(Lease {
                outfits: self.clone(),
                address,
                number,
                outfit: outfit.clone(),
            });
        }
        Ok(())
    }

    /// What a connection has, which is not certain from now on.
    fn begin<C: Dressed>(
        &self,
        mark: Mark,
        number: u64,
    ) -> (Option<Arc<Outfit>>, Option<Option<Arc<str>>>) {
        let mut known = self.known.lock();
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        let known = known.entry(mark.address).or_insert_with(|| Known {
            outfit: None,
            prepared: None,
            lease: 0,
            _holds: mark.holds,
        });
        known.lease = number;
        let outfit = known.outfit.take();
        let prepared = match outfit.is_none() && C::KEEPS_PLACES {
            true => None,
            false => known.prepared.clone(),
        };
        (outfit, prepared)
    }

    /// A setting that nobody has set yet holds nothing.
    fn is_same(&self, one: &Outfit, other: &Outfit) -> bool {
        let value = |outfit: &Outfit, name: &Arc<str>| {
            let mut values = outfit.values.iter();
            let found = values.find(|(own, _)| own == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let has_same = |name: &Arc<str>| value(one, name) == value(other, name);
        one.place == other.place && self.names.iter().all(has_same)
    }
}

/// Tells who asked that there is no such place, and the pool that the connection is to be closed.
fn refused(errand: Option<Arc<Errand>>, error: Error) -> Error {
    let Some(errand) = errand else {
        return error;
    };
    errand.refuse(DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))));
    Error::WorkerCrashed
}
