//! What becomes of an application's statements when its servers die, hang, lag, lie or swap roles.
//!
//! `cargo test --test chaos` runs every fault on PostgreSQL, MariaDB and MySQL, all at once, and prints one
//! table; words behind `--` choose faults whose names hold one of them: `cargo test --test chaos -- frozen promoted`.
//! Ten minutes of random faults on each run only when they are named: `cargo test --test chaos -- soak`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a scenario ends where its fixture can't be made, and its table is what the run is for"
)]

mod beside;
mod dialect;
mod ledger;
mod load;
mod masters;
mod names;
mod network;
mod pools;
mod report;
mod scene;
mod setbacks;
mod slaves;
mod slow;
mod soak;
mod starts;
mod suite;

use std::{env, process::ExitCode, thread};

use dialect::Dialect;
use report::{Report, Row};
use suite::Suite;
use test_cluster::{MariaDb, MySql, Postgres};

fn all<S: Dialect>(suite: &mut Suite<S>) {
    suite.shared("slave killed", slaves::killed);
    suite.shared("slave frozen", slaves::frozen);
    suite.shared("all slaves frozen", slaves::all_frozen);
    suite.shared("slave restarted 20 times", slaves::restarted);
    suite.shared("all slaves lag", slaves::lagging);
    suite.shared("slave refused by the network", network::refused);
    suite.shared("slave swallowed by the network", network::swallowed);
    suite.shared("slave muted by the network", network::muted);
    suite.shared("slave reset in mid-result", network::reset);
    suite.shared("connections forgotten", network::forgotten);
    suite.shared("slave's pool exhausted", pools::exhausted);
    suite.shared("slave's disk full", pools::full);
    suite.shared("slave's name unknown", names::unresolved);
    suite.shared("slave's name withdrawn", names::withdrawn);
    suite.shared("start with dead slaves", starts::dead_slaves);
    suite.shared("master dead, roles fixed", masters::dead);
    suite.shared("slave replaced by an older copy", setbacks::restored);
    suite.shared("slave swapped behind its address", setbacks::swapped);
    suite.shared("all sessions ended", beside::ended);
    suite.shared("master restarted, roles fixed", beside::restarted);
    suite.shared("master paused, roles fixed", beside::paused);
    suite.shared("idle sessions ended", beside::idle);
    suite.own("master killed, slave promoted", masters::killed);
    suite.own("master frozen, slave promoted", masters::frozen);
    suite.own("slave promoted beside the master", masters::doubled);
    suite.own("master retired, slave promoted", masters::handed_over);
    suite.asked("crowd on pools of five", slow::crowd);
    suite.asked("slave slow by its network", slow::network);
    suite.asked("slave slow by a function", slow::function);
    suite.asked("slave pauses", slow::pausing);
    suite.asked("slave pauses, hedged", slow::hedged);
    suite.named("soak", soak::soak);
}

fn postgres(suite: &mut Suite<Postgres>) {
    suite.shared("slave killed while it holds back", setbacks::killed);
    suite.shared(
        "one session of a slave killed",
        setbacks::one_session_killed,
    );
    all(suite);
}

fn main() -> ExitCode {
    let words = env::args().skip(1).filter(|word| !word.starts_with('-'));
    let chosen: Vec<String> = words.collect();
    if let Some((words, faults)) = Suite::<Postgres>::unknown(postgres, &chosen) {
        println!("no fault's name holds {words:?}; the faults are {faults:#?}");
        return ExitCode::FAILURE;
    }
    let rows = thread::scope(|scope| {
        let suites = [
            scope.spawn(|| Suite::<Postgres>::run(postgres, &chosen)),
            scope.spawn(|| Suite::<MariaDb>::run(all, &chosen)),
            scope.spawn(|| Suite::<MySql>::run(all, &chosen)),
        ];
        suites.map(|suite| suite.join().unwrap()).concat()
    });
    let report = Report::new(rows);
    println!("\n{report}");
    match report.broken() {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
