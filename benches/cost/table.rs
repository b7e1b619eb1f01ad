use std::collections::HashMap;

use crate::{
    case::{Case, Level, Text},
    valgrind::{Cost, cost},
};

const STATEMENTS: u64 = 1_000;

const CASES: &[(Level, Text)] = &[
    (Level::NoSlaves, Text::Built),
    (Level::NoSlaves, Text::Short),
    (Level::NoSlaves, Text::Long),
    (Level::Eventual, Text::Short),
    (Level::EventualInTurn, Text::Short),
    (Level::EventualLeast, Text::Short),
    (Level::EventualLatency, Text::Short),
    (Level::Bounded, Text::Short),
    (Level::Session, Text::Built),
    (Level::Session, Text::Short),
    (Level::Session, Text::Long),
    (Level::SessionLeast, Text::Short),
    (Level::SessionLatency, Text::Short),
    (Level::RulePasses, Text::Short),
    (Level::RuleNames, Text::Short),
    (Level::Session, Text::NewShort),
    (Level::Session, Text::NewLong),
    (Level::Writers, Text::Short),
    (Level::Dirty, Text::Short),
    (Level::Process, Text::Short),
    (Level::Strong, Text::Short),
    (Level::Transaction, Text::Built),
    (Level::Transaction, Text::Short),
    (Level::Transaction, Text::Long),
];

/// Prints what each case costs over the bare connection.
pub(crate) fn print_all() {
    print(CASES.iter().map(|&(level, text)| Case { level, text }));
}

/// Prints what these cases cost over the bare connection.
pub(crate) fn print(cases: impl Iterator<Item = Case>) {
    println!(
        "| handle | statement | instructions | bytes moved | allocations | bare: instructions | bytes | allocations |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let mut bare = HashMap::new();
    for case in cases {
        let Case { level, text } = case;
        let below = Case {
            level: level.bare(),
            text,
        };
        let below = *bare
            .entry((below.level.name(), text.name()))
            .or_insert_with(|| cost(&below.arguments(), STATEMENTS));
        let added = cost(&case.arguments(), STATEMENTS).over(below);
        println!(
            "| {} | {} | {} | {} |",
            level.name(),
            text.name(),
            cells(added, "+"),
            cells(below, ""),
        );
    }
}

fn cells(cost: Cost, sign: &str) -> String {
    let Cost {
        instructions,
        bytes,
        allocations,
    } = cost;
    match sign {
        "+" => format!("{instructions:+.0} | {bytes:+.0} | {allocations:+.2}"),
        _ => format!("{instructions:.0} | {bytes:.0} | {allocations:.2}"),
    }
}
