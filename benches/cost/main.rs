//! What the route adds to a statement, counted: `cargo bench --bench cost`.
//!
//! Times on a shared machine say little. Valgrind counts instructions, bytes that `memcpy` and `memmove` move, and
//! allocations, which hardly differ from run to run (`apt-get install valgrind`). Each figure is what a thousand more
//! statements add to a run, less what they add on a bare `DatabaseConnection`.
//!
//! `cargo bench --bench cost -- one session 68` counts one case, `-- where session 68` tells which functions the instructions of a case are in, and
//! `cargo bench --bench cost -- server postgres://…` compares a read of a real database, routed and plain.

#![allow(clippy::print_stdout, reason = "printing is what a bench is for")]

mod case;
#[path = "../node/mod.rs"]
mod node;
mod profile;
mod server;
mod table;
mod valgrind;

use case::{Case, Level, Text};

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => table::print_all(),
        ["one", level, text] => table::print([case(level, text)].into_iter()),
        ["run", level, text, statements] => {
            case(level, text).run(statements.parse().expect("a number of statements"));
        }
        ["where", level, text] => {
            let case = case(level, text);
            let bare = Case {
                level: case.level.bare(),
                ..case
            };
            profile::print(&case.arguments(), &bare.arguments());
        }
        ["server", url] => server::print(url),
        ["server", "run", way, url, statements] => {
            server::run(
                way,
                url,
                statements.parse().expect("a number of statements"),
            );
        }
        ["server", "where", url] => {
            profile::print(
                &server::arguments("routed", url),
                &server::arguments("plain", url),
            );
        }
        other => panic!("nothing to do for {other:?}"),
    }
}

fn case(level: &str, text: &str) -> Case {
    Case {
        level: Level::named(level),
        text: Text::named(text),
    }
}
