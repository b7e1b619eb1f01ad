use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    time::Duration,
};

use tokio::{
    task::spawn_blocking,
    time::{Instant, advance, pause},
};

/// How long, of real time, nobody moves the clock until that is said. A test does all it does in less.
const LONG: Duration = Duration::from_secs(5);

/// What whoever forgot it has to know: nothing else would end the wait, or say why.
const STANDS: &str = "sea-orm-routing: the lab's clock has stood still for 5 s. If the test hangs, it sleeps, or waits for a server \
                      that does not answer: `lab.passing(work).await` moves the clock until the work is done, `lab.pass(duration)` before it";

/// Long enough for a thread of SQLite's to do something.
const NAP: Duration = Duration::from_millis(1);

/// tokio's clock, which stands still for as long as this lives, unless it is moved.
///
/// A clock that is only paused is moved by tokio to the next timer whenever nobody is ready to run. SQLite works in
/// threads of its own, of which tokio knows nothing: each statement would take as long as the timeout for it.
#[derive(Debug)]
pub(super) struct StandingClock {
    /// The blocking task waits for its end: beside such a task, tokio does not move the clock.
    _running: mpsc::Sender<()>,
    moves: Arc<AtomicU64>,
}

impl StandingClock {
    pub(super) async fn new() -> Self {
        let (running, ended) = mpsc::channel::<()>();
        let moves = Arc::<AtomicU64>::default();
        let seen = moves.clone();
        spawn_blocking(move || watch(&ended, &seen, LONG, |word| eprintln!("{word}")));
        let before = Instant::now();
        nap().await;
        if Instant::now() != before {
            pause();
        }
        Self {
            _running: running,
            moves,
        }
    }

    /// Moves it.
    pub(super) async fn advance(&self, duration: Duration) {
        self.moves.fetch_add(1, Ordering::Relaxed);
        advance(duration).await;
    }
}

/// Waits for the end, and says once if nobody has moved the clock for `long`.
fn watch(ended: &mpsc::Receiver<()>, moves: &AtomicU64, long: Duration, mut say: impl FnMut(&str)) {
    let mut before = moves.load(Ordering::Relaxed);
    while ended.recv_timeout(long) == Err(RecvTimeoutError::Timeout) {
        let now = moves.load(Ordering::Relaxed);
        if now == before {
            say(STANDS);
            // Once is enough.
            let _ = ended.recv();
            return;
        }
        before = now;
    }
}

/// Waits for a moment of real time.
pub(super) async fn nap() {
    let (sender, receiver) = mpsc::channel::<()>();
    let napping = spawn_blocking(move || {
        let over = receiver.recv_timeout(NAP);
        drop(sender);
        over
    });
    // It can't fail but by the end of the runtime.
    let _ = napping.await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_nobody_moves_is_told_once() {
        let (running, ended) = mpsc::channel::<()>();
        let moves = AtomicU64::new(0);
        let mut running = Some(running);
        let mut said = 0;
        watch(&ended, &moves, NAP, |word| {
            assert!(word.contains("lab.passing(work)"), "{word}");
            said += 1;
            running.take();
        });
        assert_eq!(said, 1);

        let (running, ended) = mpsc::channel::<()>();
        drop(running);
        watch(&ended, &moves, NAP, |word| panic!("it has ended: {word}"));
    }
}
