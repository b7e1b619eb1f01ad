use parking_lot::Mutex;

use crate::freshness::{AtomicMoment, Moment};

/// Work of which only the connection is seen, so that what it writes counts as written when it ends.
#[derive(Debug, Default)]
pub(super) struct Loans {
    open: Mutex<Open>,
    /// [`Moment::LAST`] as long as some goes on; else when the last of it ended.
    written: AtomicMoment,
    /// The same of what any session may have begun.
    by_all: AtomicMoment,
    /// The same of what may define something.
    defined: AtomicMoment,
}

/// How many go on.
#[derive(Debug, Default)]
struct Open {
    all: u32,
    of_all: u32,
    defining: u32,
}

impl Loans {
    pub(super) fn begin(&self) {
        let mut open = self.open.lock();
        open.all += 1;
        self.written.set(Moment::LAST);
    }

    pub(super) fn end(&self) {
        let mut open = self.open.lock();
        open.all = open.all.saturating_sub(1);
        if open.all == 0 {
            self.written.set(Moment::now());
        }
    }

    /// Any session may have begun something that goes on.
    pub(super) fn begin_for_all(&self) {
        let mut open = self.open.lock();
        open.of_all += 1;
        self.by_all.set(Moment::LAST);
    }

    pub(super) fn end_for_all(&self) {
        let mut open = self.open.lock();
        open.of_all = open.of_all.saturating_sub(1);
        if open.of_all == 0 {
            self.by_all.set(Moment::now());
        }
    }

    /// Something that goes on may be a definition.
    pub(super) fn begin_defining(&self) {
        let mut open = self.open.lock();
        open.defining += 1;
        self.defined.set(Moment::LAST);
    }

    pub(super) fn end_defining(&self) {
        let mut open = self.open.lock();
        open.defining = open.defining.saturating_sub(1);
        if open.defining == 0 {
            self.defined.set(Moment::now());
        }
    }

    #[inline]
    pub(super) fn written(&self) -> Moment {
        self.written.get()
    }

    #[inline]
    pub(super) fn written_by_all(&self) -> Moment {
        self.by_all.get()
    }

    pub(super) fn defined(&self) -> Moment {
        self.defined.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_is_later_than_everything_until_all_of_it_has_ended() {
        let loans = Loans::default();
        assert_eq!(loans.written(), Moment::FIRST);
        loans.begin();
        loans.begin();
        loans.begin_defining();
        assert_eq!([loans.written(), loans.defined()], [Moment::LAST; 2]);
        loans.end();
        loans.end_defining();
        assert_eq!(loans.written(), Moment::LAST);
        assert!(loans.defined() <= Moment::now());
        loans.end();
        assert!(loans.written() <= Moment::now());
    }
}
