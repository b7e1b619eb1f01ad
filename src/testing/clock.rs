use std::{sync::mpsc, time::Duration};

use tokio::{
    task::spawn_blocking,
    time::{Instant, pause},
};

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
}

impl StandingClock {
    pub(super) async fn new() -> Self {
        let (running, ended) = mpsc::channel::<()>();
        spawn_blocking(move || ended.recv().is_err());
        let before = Instant::now();
        nap().await;
        if Instant::now() != before {
            pause();
        }
        Self { _running: running }
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
