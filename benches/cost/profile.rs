use std::collections::HashMap;

use crate::valgrind::{Calls, Run, functions, is_move};

const STATEMENTS: u64 = 1_000;

/// Functions that add fewer instructions are left out.
const LEAST: f64 = 4.0;

/// Prints which functions the instructions of `run` are in that `bare` has not.
pub(crate) fn print(run: &Run, bare: &Run) {
    let bare = functions(bare, STATEMENTS);
    let routed = functions(run, STATEMENTS);
    println!("own instructions | inclusive | function");
    let mut added = added(&routed, &bare);
    added.sort_by(|(_, left), (_, right)| right.own.total_cmp(&left.own));
    for (name, calls) in added {
        println!("{:+9.1} | {:+9.1} | {name}", calls.own, calls.inclusive);
    }
}

fn added(routed: &HashMap<String, Calls>, bare: &HashMap<String, Calls>) -> Vec<(String, Calls)> {
    let names = routed
        .keys()
        .chain(bare.keys().filter(|name| !routed.contains_key(*name)));
    let of =
        |calls: &HashMap<String, Calls>, name: &str| calls.get(name).copied().unwrap_or_default();
    let added = names.map(|name| {
        let (more, less) = (of(routed, name), of(bare, name));
        let calls = Calls {
            own: more.own - less.own,
            inclusive: more.inclusive - less.inclusive,
        };
        (name.clone(), calls)
    });
    added
        .filter(|(name, calls)| calls.own.abs() >= LEAST && !is_move(name))
        .collect()
}
