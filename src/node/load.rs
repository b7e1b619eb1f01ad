use std::{
    sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering},
    time::Duration,
};

use crate::freshness::{AtomicMoment, Moment};

/// One read of so many is timed where the choice of a slave does not rest on that: enough to find a slow slave within a
/// second of any load that suffers from it.
const SAMPLING: u64 = 16;

/// As often as that a slave's reads are timed where it is wanted of each: a pause is met by all that it holds up.
const OFTEN: Duration = Duration::from_millis(1);

/// The answer that a fault counts as, so that a slave which fails fast does not look fast (linkerd2-proxy's penalty).
pub(crate) const PENALTY: Duration = Duration::from_secs(1);

/// In so long what was met counts half: tower and linkerd2-proxy let it decay by e in 10 s.
const HALF_LIFE: Duration = Duration::from_secs(7);

/// By so much less two slaves hardly differ: a fifth.
pub(super) const NOISE: i32 = DOUBLE / 4;

/// What was met before that says nothing of its slave as it is now.
const FORGOTTEN: Duration = Duration::from_secs(10);

/// One half of a logarithm to the base 2.
pub(crate) const DOUBLE: i32 = 256;

/// In so many parts one statement in flight is counted, as a slave may have a weight.
const FINE: u64 = 16;

/// What a client adds of its own: below that, no slave is slower than another one.
const OWN: Duration = Duration::from_millis(1);

/// How slow a slave has been, as far as that is its own fault.
///
/// Answers are compared with what their texts take on all nodes, so that a query which is slow everywhere says nothing of its
/// node. All numbers are logarithms to the base 2, in parts of 256.
#[derive(Debug)]
pub(crate) struct Load {
    /// Whether each read is timed, as the choice of a slave rests on that.
    times_all: AtomicBool,
    /// Whether it is as there are so few.
    is_sparse: AtomicBool,
    /// The worst lately, which falls slowly: as in tower's `PeakEwma`.
    peak: AtomicI32,
    noted: AtomicMoment,
    /// The usual one.
    mean: AtomicI32,
    samples: AtomicU32,
    /// Whether something was noted since its peers were last compared with it.
    has_news: AtomicBool,
    /// How often in a row it was many times slower than they.
    strikes: AtomicU32,
    /// Of a thousand reads that would be its own, those that it gets.
    share: AtomicU32,
    /// How many times slower than its peers it is, when it does not get all.
    gap: AtomicI32,
}

/// All reads are a slave's own.
pub(crate) const WHOLE: u32 = 1_000;

impl Default for Load {
    fn default() -> Self {
        Self {
            times_all: AtomicBool::new(false),
            is_sparse: AtomicBool::new(false),
            peak: AtomicI32::new(0),
            noted: AtomicMoment::default(),
            mean: AtomicI32::new(0),
            samples: AtomicU32::new(0),
            has_news: AtomicBool::new(false),
            strikes: AtomicU32::new(0),
            share: AtomicU32::new(WHOLE),
            gap: AtomicI32::new(0),
        }
    }
}

/// What a text takes, on whatever node.
#[derive(Debug)]
pub(crate) struct Pace {
    usual: AtomicI32,
    /// What 95 of 100 answers don't exceed.
    late: AtomicI32,
}

/// By so much what is late rises with an answer that is later, and by a 19th of it falls with any other: it stays where
/// these are as many.
const LATER: i32 = 38;

/// No answer has been timed yet.
const UNKNOWN: i32 = i32::MIN;

impl Default for Pace {
    fn default() -> Self {
        Self {
            usual: AtomicI32::new(UNKNOWN),
            late: AtomicI32::new(UNKNOWN),
        }
    }
}

impl Pace {
    /// By how much an answer took longer than the text does.
    pub(crate) fn compare(&self, took: Duration) -> i32 {
        let took = logarithm(microseconds(took + OWN));
        let usual = self.usual.load(Ordering::Relaxed);
        if usual == UNKNOWN {
            self.usual.store(took, Ordering::Relaxed);
            self.late.store(took + DOUBLE, Ordering::Relaxed);
            return 0;
        }
        self.usual
            .store(usual + (took - usual) / 8, Ordering::Relaxed);
        let late = self.late.load(Ordering::Relaxed);
        let step = if took > late { LATER } else { -LATER / 19 };
        self.late.store(late + step, Ordering::Relaxed);
        took - usual
    }

    /// What 95 of 100 answers don't exceed, as far as that is known.
    pub(crate) fn late(&self) -> Option<Duration> {
        let late = self.late.load(Ordering::Relaxed);
        let time = |late: i32| {
            let microseconds = (f64::from(late) / f64::from(DOUBLE)).exp2();
            Duration::from_secs_f64(microseconds / 1e6).saturating_sub(OWN)
        };
        (late != UNKNOWN).then(|| time(late))
    }

    /// The same of what is no answer; a text that was never timed is taken for a quick one.
    pub(crate) fn distance(&self, took: Duration) -> i32 {
        let usual = match self.usual.load(Ordering::Relaxed) {
            UNKNOWN => logarithm(microseconds(OWN)),
            usual => usual,
        };
        logarithm(microseconds(took + OWN)) - usual
    }
}

impl Load {
    /// Has each read timed, or a sample of them.
    pub(super) fn time_all(&self, all: bool) {
        self.times_all.store(all, Ordering::Relaxed);
    }

    /// Whether the read of this number is timed, which begins at that moment; [`Moment::FIRST`] if nobody knows when.
    #[inline]
    pub(crate) fn is_timed(&self, number: u64, now: Moment) -> bool {
        let is_often = || now > Moment::FIRST && now.since(self.noted.get()) < OFTEN;
        number.is_multiple_of(SAMPLING)
            || self.is_sparse.load(Ordering::Relaxed)
            || self.share() < WHOLE
            || self.times_all.load(Ordering::Relaxed) && !is_often()
    }

    /// Notes by how much an answer took longer than usual.
    pub(crate) fn note(&self, slowness: i32, now: Moment) {
        self.note_peak(slowness, now);
        let mean = self.mean_before();
        self.mean
            .store(mean + (slowness - mean) / 4, Ordering::Relaxed);
        self.samples.fetch_add(1, Ordering::Relaxed);
        self.has_news.store(true, Ordering::Relaxed);
    }

    /// The same of what was no answer: whether a slave fails is not told by how long that takes.
    pub(crate) fn note_peak(&self, slowness: i32, now: Moment) {
        let since = now.since(self.noted.get());
        let peak = self.faded(now);
        let peak = match slowness >= peak {
            true => slowness,
            // By its part of the time: the more often it is met, the less one answer says.
            false => peak - weighted(peak - slowness, since),
        };
        self.peak.store(peak, Ordering::Relaxed);
        self.noted.set(now);
    }

    /// Whether its peers are to be compared with it, as something was noted since they were.
    #[inline]
    pub(crate) fn has_news(&self) -> bool {
        self.has_news.load(Ordering::Relaxed)
    }

    pub(super) fn note_compared(&self) {
        self.has_news.store(false, Ordering::Relaxed);
    }

    /// Has each read timed as long as a sample of them is too small.
    pub(super) fn note_sparse(&self, is_sparse: bool) {
        self.is_sparse.store(is_sparse, Ordering::Relaxed);
    }

    /// How often in a row it was many times slower than its peers, this time among them if it `is_slow`.
    pub(super) fn strike(&self, is_slow: bool) -> u32 {
        let strikes = match is_slow {
            true => self.strikes.load(Ordering::Relaxed).saturating_add(1),
            false => 0,
        };
        self.strikes.store(strikes, Ordering::Relaxed);
        strikes
    }

    /// What one more read costs there beside so many at work, for a slave of that weight.
    #[inline]
    pub(super) fn cost(&self, in_flight: u64, weight: u32, now: Moment) -> i32 {
        logarithm(in_flight * FINE / u64::from(weight) + FINE) + self.faded(now)
    }

    /// The worst lately. Nobody would ever see that a slave is well again which is left alone, if that did not fade.
    #[inline]
    fn faded(&self, now: Moment) -> i32 {
        match self.peak.load(Ordering::Relaxed) {
            peak if peak > 0 => (peak - halvings(now.since(self.noted.get()))).max(0),
            peak => peak,
        }
    }

    /// Of a thousand reads that would be its own, those that it gets.
    #[inline]
    pub(crate) fn share(&self) -> u32 {
        self.share.load(Ordering::Relaxed)
    }

    /// Whether it gets the read of this draw, from 0 to 999.
    #[inline]
    pub(crate) fn admits(&self, draw: impl FnOnce() -> u64) -> bool {
        let share = self.share();
        share >= WHOLE || draw() < u64::from(share)
    }

    /// Whether it gets fewer reads than its share.
    #[inline]
    pub(crate) fn is_slow(&self) -> bool {
        self.share() < WHOLE
    }

    /// How many times slower than its peers it is, if it gets fewer reads for that.
    pub(crate) fn slowness(&self) -> Option<f64> {
        let gap = f64::from(self.gap.load(Ordering::Relaxed)) / f64::from(DOUBLE);
        (self.share() < WHOLE).then(|| gap.exp2())
    }

    /// The usual slowness, if that was met lately.
    pub(super) fn mean(&self, now: Moment) -> Option<i32> {
        let is_late = now.since(self.noted.get()) > FORGOTTEN;
        (!is_late).then(|| self.mean_before())
    }

    /// The same, whenever that was.
    pub(super) fn mean_before(&self) -> i32 {
        self.mean.load(Ordering::Relaxed)
    }

    /// Whether so many answers were timed since this was last so.
    pub(super) fn has_samples(&self, number: u32) -> bool {
        let has = self.samples.load(Ordering::Relaxed) >= number;
        if has {
            self.samples.store(0, Ordering::Relaxed);
        }
        has
    }

    /// Brings the usual slowness nearer to that of its peers: it was left alone.
    pub(super) fn forgive(&self, pause: Duration) {
        let mean = self.mean_before();
        self.mean.store(mean - halvings(pause), Ordering::Relaxed);
    }

    pub(super) fn set_share(&self, share: u32, gap: i32) {
        self.gap.store(gap, Ordering::Relaxed);
        self.share.store(share, Ordering::Relaxed);
    }
}

/// The part of `distance` that answers of this `time` make up.
fn weighted(distance: i32, time: Duration) -> i32 {
    let time = microseconds(time).min(1 << 40);
    let whole = time + microseconds(HALF_LIFE);
    i32::try_from(i64::from(distance) * time.cast_signed() / whole.cast_signed())
        .unwrap_or(distance)
}

/// By how much what was met falls in a time.
#[inline]
fn halvings(time: Duration) -> i32 {
    let time = microseconds(time).min(1 << 31);
    i32::try_from(time * DOUBLE.unsigned_abs() as u64 / microseconds(HALF_LIFE))
        .unwrap_or(i32::MAX / 4)
}

#[inline]
fn microseconds(time: Duration) -> u64 {
    time.as_secs() * 1_000_000 + u64::from(time.subsec_micros())
}

/// Linear between powers of two, which is within a tenth.
#[inline]
fn logarithm(number: u64) -> i32 {
    let number = number.max(1);
    let zeros = number.leading_zeros();
    // The 8 bits behind the first one.
    let fraction = (number << zeros << 1 >> 56) as i32;
    (63 - zeros.cast_signed()) * DOUBLE + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::FIRST.plus(Duration::from_secs(1_000 + seconds))
    }

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn logarithms_rise_with_their_numbers() {
        assert_eq!(logarithm(1), 0);
        assert_eq!(logarithm(3), DOUBLE + DOUBLE / 2);
        assert_eq!(logarithm(1 << 40), 40 * DOUBLE);
        assert!((1..5_000).all(|number| logarithm(number) <= logarithm(number + 1)));
    }

    #[test]
    fn text_that_is_slow_everywhere_is_nobodys_fault() {
        let (fast, slow) = (Pace::default(), Pace::default());
        for _ in 0..50 {
            fast.compare(MS);
            slow.compare(MS * 500);
        }
        assert_eq!(fast.compare(MS), 0);
        assert_eq!(slow.compare(MS * 500), 0);
        assert!(fast.compare(MS * 20) > 3 * DOUBLE);
    }

    #[test]
    fn five_of_a_hundred_answers_are_late() {
        let pace = Pace::default();
        assert_eq!(pace.late(), None);
        for number in 0..5_000_u32 {
            // 1 to 100 ms, each as often.
            pace.compare(MS * (number * 37 % 100 + 1));
        }
        let late = pace.late().unwrap();
        assert!((MS * 85..MS * 115).contains(&late), "{late:?}");
    }

    #[test]
    fn peak_is_noted_at_once_and_falls_by_half_in_its_time() {
        let load = Load::default();
        load.note(0, at(0));
        let cost = |now| load.cost(0, 1, now) - 4 * DOUBLE;
        assert_eq!(cost(at(0)), 0);
        load.note(5 * DOUBLE, at(0));
        assert_eq!(cost(at(0)), 5 * DOUBLE);
        assert_eq!(cost(at(14)), 3 * DOUBLE);
        assert_eq!(cost(at(700)), 0);
        load.note(0, at(7));
        assert_eq!(cost(at(7)), 2 * DOUBLE);
    }

    #[test]
    fn work_in_flight_and_weight_count() {
        let load = Load::default();
        load.note(0, at(0));
        assert_eq!(load.cost(3, 1, at(0)), 6 * DOUBLE);
        assert_eq!(load.cost(4, 4, at(0)), 5 * DOUBLE);
        assert_eq!(load.cost(0, 4, at(0)), load.cost(0, 1, at(0)));
    }

    #[test]
    fn some_reads_are_timed_and_all_of_a_slow_slave() {
        let load = Load::default();
        let timed = |load: &Load| timed(load, Moment::FIRST);
        assert_eq!(timed(&load), 100);
        load.set_share(500, DOUBLE);
        assert_eq!(timed(&load), 1_600);
        assert_eq!(load.slowness(), Some(2.0));
        load.set_share(WHOLE, 0);
        load.time_all(true);
        assert_eq!(timed(&load), 1_600);
    }

    fn timed(load: &Load, now: Moment) -> usize {
        let reads = 0..1_600;
        reads.filter(|number| load.is_timed(*number, now)).count()
    }

    #[test]
    fn reads_are_timed_often_enough_to_meet_a_pause() {
        let load = Load::default();
        load.time_all(true);
        load.note(0, at(1));
        assert_eq!(timed(&load, at(1)), 100);
        assert_eq!(timed(&load, at(1).plus(OFTEN)), 1_600);
        load.note(0, at(1).plus(OFTEN));
        assert_eq!(timed(&load, at(1).plus(OFTEN)), 100);
    }
}
