use std::sync::atomic::{AtomicBool, Ordering};

use sea_orm::Statement;

use crate::dispatch::Decision;

/// Where a transaction and what is nested in it go on.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// Something has run that can't be had again elsewhere.
    is_bound: AtomicBool,
    has_cursor: AtomicBool,
    /// The application has seen something of it, so that it can't begin again.
    has_answered: AtomicBool,
    goes_on_beyond: AtomicBool,
}

/// The two nodes that a transaction may be open on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Where it has begun.
    First,
    /// Where it went on, or does beside the first what only a master can: the master of its bind, or, after nothing but
    /// settings, of the bind that the first table names.
    Beyond,
}

impl Course {
    /// Whether what has run so far can be had again elsewhere: nothing but settings.
    pub(super) fn is_free(&self) -> bool {
        !self.is_bound.load(Ordering::Relaxed)
    }

    pub(super) fn has_cursor(&self) -> bool {
        self.has_cursor.load(Ordering::Relaxed)
    }

    /// Notes a statement that is about to run.
    pub(super) fn note(&self, decision: &Decision) {
        if !decision.is_setting() {
            self.is_bound.store(true, Ordering::Relaxed);
        }
        if decision.opens_cursor() {
            self.has_cursor.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn has_answered(&self) -> bool {
        self.has_answered.load(Ordering::Acquire)
    }

    pub(super) fn note_answer(&self) {
        self.has_answered.store(true, Ordering::Release);
    }

    /// Of a transaction that others use beside the statements that are seen.
    pub(super) fn bind(&self) {
        self.is_bound.store(true, Ordering::Relaxed);
        self.note_answer();
    }

    /// Everything runs beyond from now on.
    pub(super) fn go_beyond(&self) {
        self.goes_on_beyond.store(true, Ordering::Release);
    }

    pub(super) fn side(&self) -> Side {
        match self.goes_on_beyond.load(Ordering::Acquire) {
            true => Side::Beyond,
            false => Side::First,
        }
    }
}

/// What a level has set so far, in order: it is set again where the level begins later, or once more.
#[derive(Debug, Default)]
pub(super) struct Settings(parking_lot::Mutex<Vec<Statement>>);

impl Settings {
    pub(super) fn note(&self, statement: Statement) {
        self.0.lock().push(statement);
    }

    /// Takes what a savepoint that has ended well has set.
    pub(super) fn take_over(&self, savepoint: Self) {
        self.0.lock().extend(savepoint.0.into_inner());
    }

    pub(super) fn all(&self) -> Vec<Statement> {
        self.0.lock().clone()
    }
}
