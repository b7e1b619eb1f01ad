use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;

use super::{Kind, Turn, spread::Spread};
use crate::freshness::Moment;

/// Errors that are told apart, of each node; a server has a few hundred codes, of which an application meets a handful.
const MOST_ERRORS: usize = 64;

/// What statements took at a node, by kind, and what became of it.
///
/// It is kept here, and not told to the recorder of metrics with each statement: that looks up every series by its labels,
/// and may have been set after the first statement.
#[derive(Debug, Default)]
pub(crate) struct Tallies {
    /// Made with the first statement, like each of its places.
    done: OnceLock<Box<[OnceLock<Done>]>>,
    failed: Mutex<Failed>,
    held: Spread,
    turns: [AtomicU64; Turn::ALL.len()],
}

/// Statements of one kind that ended well.
type Done = Box<(Kind, Spread)>;

/// A kind of statements that did not end well.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Failure {
    kind: Kind,
    outcome: &'static str,
    error_type: String,
}

/// Statements that did not end well, and the errors that are told apart.
#[derive(Debug, Default)]
struct Failed {
    spreads: HashMap<Failure, Spread>,
    types: HashSet<String>,
}

/// Statements of one kind that ended alike.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) kind: Kind,
    pub(crate) outcome: &'static str,
    pub(crate) error_type: Option<String>,
    /// Seconds, and how many took so long.
    pub(crate) durations: Vec<(f64, usize)>,
}

impl Tallies {
    pub(crate) fn note(&self, turn: Turn) {
        if let Some(count) = self.turns.get(turn as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Notes that a statement has waited for a master.
    pub(crate) fn note_held(&self, duration: Duration) {
        self.held.note(duration);
    }

    fn note_done(&self, kind: Kind, duration: Duration) {
        let places = self
            .done
            .get_or_init(|| (0..Kind::COUNT).map(|_| OnceLock::new()).collect());
        if let Some(place) = places.get(kind.index()) {
            let (_, spread) = &**place.get_or_init(|| Box::new((kind, Spread::default())));
            spread.note(duration);
        }
    }

    fn note_failed(&self, failure: Failure, duration: Duration) {
        let mut failed = self.failed.lock();
        let Failed { spreads, types } = &mut *failed;
        let is_told_apart = failure.error_type.is_empty()
            || types.contains(&failure.error_type)
            || types.len() < MOST_ERRORS && types.insert(failure.error_type.clone());
        let failure = match is_told_apart {
            true => failure,
            false => Failure {
                error_type: "_OTHER".to_owned(),
                ..failure
            },
        };
        spreads.entry(failure).or_default().note(duration);
    }

    /// What there is of statements; it is forgotten.
    pub(crate) fn take(&self) -> Vec<Taken> {
        let places = self.done.get().into_iter().flat_map(|places| places.iter());
        let done = places.filter_map(OnceLock::get).map(|place| Taken {
            kind: place.0,
            outcome: "ok",
            error_type: None,
            durations: place.1.take(),
        });
        let failed = self.failed.lock();
        let failed = failed.spreads.iter().map(|(failure, spread)| Taken {
            kind: failure.kind,
            outcome: failure.outcome,
            error_type: Some(failure.error_type.clone()).filter(|error| !error.is_empty()),
            durations: spread.take(),
        });
        done.chain(failed)
            .filter(|taken| !taken.durations.is_empty())
            .collect()
    }

    /// How long statements have waited for a master; it is forgotten.
    pub(crate) fn take_held(&self) -> Vec<(f64, usize)> {
        self.held.take()
    }

    /// How often that was; it is forgotten.
    pub(crate) fn take_turns(&self, turn: Turn) -> u64 {
        self.turns
            .get(turn as usize)
            .map_or(0, |count| count.swap(0, Ordering::Relaxed))
    }
}

/// One statement at work. Dropped without an end, it was cancelled.
#[derive(Debug)]
pub(crate) struct Measured(Option<AtWork>);

#[derive(Debug)]
struct AtWork {
    tallies: Arc<Tallies>,
    kind: Kind,
    begun: Moment,
}

impl Measured {
    /// Begins now, or when the clock was looked at for it: to look costs as much as all the rest.
    #[inline(always)]
    pub(crate) fn begin(
        tallies: &Arc<Tallies>,
        taken: Moment,
        kind: impl FnOnce() -> Kind,
    ) -> Self {
        Self(Some(AtWork {
            tallies: tallies.clone(),
            kind: kind(),
            begun: match taken {
                Moment::FIRST => Moment::now(),
                taken => taken,
            },
        }))
    }

    /// The same; here it has ended.
    pub(crate) fn take(&mut self) -> Self {
        Self(self.0.take())
    }

    /// Notes its end; one that has ended does not end again.
    #[inline(always)]
    pub(crate) fn end(&mut self, outcome: &'static str, error_type: Option<&str>) {
        let Some(AtWork {
            tallies,
            kind,
            begun,
        }) = self.0.take()
        else {
            return;
        };
        if outcome == "ok" {
            return tallies.note_done(kind, Moment::now().since(begun));
        }
        let error_type = error_type.unwrap_or_default().to_owned();
        tallies.note_failed(
            Failure {
                kind,
                outcome,
                error_type,
            },
            Moment::now().since(begun),
        );
    }
}

impl Drop for Measured {
    #[inline(always)]
    fn drop(&mut self) {
        if self.0.is_some() {
            self.end("cancelled", None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::{Access, Operation};

    fn kind(operation: &str) -> Kind {
        Kind {
            operation: Operation::named(operation),
            access: Access::Read,
            is_on_master: false,
            reason: 3,
        }
    }

    #[test]
    fn what_was_taken_is_counted_once() {
        let tallies = Arc::<Tallies>::default();
        for operation in ["SELECT", "SELECT", "SHOW"] {
            Measured::begin(&tallies, Moment::FIRST, || kind(operation)).end("ok", None);
        }
        Measured::begin(&tallies, Moment::FIRST, || kind("SELECT")).end("error", Some("23505"));
        drop(Measured::begin(&tallies, Moment::FIRST, || kind("SELECT")));
        let count = |taken: &[Taken], operation: &str, outcome: &str| -> usize {
            let alike = taken
                .iter()
                .filter(|taken| taken.kind == kind(operation) && taken.outcome == outcome);
            alike
                .flat_map(|taken| &taken.durations)
                .map(|(_, count)| count)
                .sum()
        };
        let taken = tallies.take();
        assert_eq!(count(&taken, "SELECT", "ok"), 2);
        assert_eq!(count(&taken, "SHOW", "ok"), 1);
        assert_eq!(count(&taken, "SELECT", "error"), 1);
        assert_eq!(count(&taken, "SELECT", "cancelled"), 1);
        assert!(tallies.take().is_empty(), "it was taken");
    }

    #[test]
    fn errors_beyond_those_that_are_told_apart_are_one() {
        let tallies = Arc::<Tallies>::default();
        for code in 0..10 * MOST_ERRORS {
            Measured::begin(&tallies, Moment::FIRST, || kind("SELECT"))
                .end("error", Some(&code.to_string()));
        }
        let taken = tallies.take();
        assert_eq!(taken.len(), MOST_ERRORS + 1);
        let all: usize = taken
            .iter()
            .flat_map(|taken| &taken.durations)
            .map(|(_, count)| count)
            .sum();
        assert_eq!(all, 10 * MOST_ERRORS, "nothing is lost");
    }

    #[test]
    fn errors_are_told_apart_for_every_kind_and_no_end_becomes_an_error() {
        let tallies = Arc::<Tallies>::default();
        for code in 0..MOST_ERRORS {
            for operation in ["SELECT", "INSERT", "UPDATE"] {
                let code = code.to_string();
                Measured::begin(&tallies, Moment::FIRST, || kind(operation))
                    .end("error", Some(&code));
            }
        }
        drop(Measured::begin(&tallies, Moment::FIRST, || kind("DELETE")));
        let taken = tallies.take();
        assert_eq!(taken.len(), 3 * MOST_ERRORS + 1);
        let is_other = |taken: &Taken| taken.error_type.as_deref() == Some("_OTHER");
        assert!(!taken.iter().any(is_other));
    }

    #[test]
    fn every_kind_has_a_place_of_its_own() {
        let mut places = HashSet::new();
        for operation in ["SELECT", "INSERT", "OTHER"] {
            for access in [Access::Read, Access::Write] {
                for (reason, is_on_master) in
                    (0..16).flat_map(|reason| [(reason, true), (reason, false)])
                {
                    let kind = Kind {
                        operation: Operation::named(operation),
                        access,
                        is_on_master,
                        reason,
                    };
                    let is_new = kind.index() < Kind::COUNT && places.insert(kind.index());
                    assert!(is_new, "{kind:?}");
                }
            }
        }
    }
}
