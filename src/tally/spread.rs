use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// Steps into which each doubling is divided: a duration is told to a sixteenth of itself.
const STEPS: usize = 8;

/// From 1 µs to two minutes; what takes longer is told as that.
const PLACES: usize = 208;

/// How many nanoseconds the first step has.
const UNIT_BITS: u32 = 10;

/// How often which duration was met, in steps that grow with it.
#[derive(Debug)]
pub(super) struct Spread([AtomicU32; PLACES]);

impl Default for Spread {
    fn default() -> Self {
        Self([const { AtomicU32::new(0) }; PLACES])
    }
}

impl Spread {
    pub(super) fn note(&self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        if let Some(place) = self.0.get(place(nanos >> UNIT_BITS)) {
            place.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Seconds, and how often; they are forgotten.
    pub(super) fn take(&self) -> Vec<(f64, usize)> {
        let places = self.0.iter().enumerate();
        let met = places.filter_map(|(place, count)| {
            // Most are empty, and to swap costs more than to look.
            let count = match count.load(Ordering::Relaxed) {
                0 => 0,
                _ => count.swap(0, Ordering::Relaxed),
            };
            (count > 0).then(|| (middle(place), count as usize))
        });
        met.collect()
    }
}

fn place(units: u64) -> usize {
    let units = units.max(1);
    let doublings = units.ilog2() as usize;
    let place = match doublings.checked_sub(3) {
        None => units as usize,
        Some(shift) => (shift + 1) * STEPS + ((units >> shift) as usize & (STEPS - 1)),
    };
    place.min(PLACES - 1)
}

/// The middle of what has a place, in seconds.
fn middle(place: usize) -> f64 {
    let (from, width) = match (place / STEPS).checked_sub(1) {
        None => (place as f64, 1.0),
        Some(shift) => {
            let width = f64::powi(2.0, i32::try_from(shift).unwrap_or(i32::MAX));
            ((STEPS + place % STEPS) as f64 * width, width)
        }
    };
    (from + width / 2.0) * f64::from(1_u32 << UNIT_BITS) / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_to_a_sixteenth_of_itself() {
        for nanos in
            (0..37).flat_map(|power| [(1_u64 << power), (1 << power) * 3 / 2, (1 << power) + 1])
        {
            let spread = Spread::default();
            spread.note(Duration::from_nanos(nanos));
            let told = spread.take();
            assert_eq!(told.len(), 1, "{nanos}");
            let (seconds, count) = told[0];
            let exact = nanos as f64 / 1e9;
            assert!(
                (seconds - exact).abs() <= (exact / 16.0).max(1.6e-6),
                "{nanos} ns is told as {seconds} s"
            );
            assert_eq!(count, 1);
            assert!(spread.take().is_empty(), "taken once");
        }
        let spread = Spread::default();
        spread.note(Duration::MAX);
        assert!(spread.take()[0].0 > 100.0);
    }
}
