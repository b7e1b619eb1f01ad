use std::fmt::Write;

use sea_orm_routing::Consistency;

use crate::{cell::Cell, contender::Contender, figure::Figure, workload::Workload};

/// What reads of one row are to reach, as a ratio to another contender's operations per second.
const AIMS: [(Contender, f64); 3] = [
    (Contender::Tuned, 1.0),
    (Contender::Default, 1.25),
    (Contender::PgPool(1), 4.0),
];

const OURS: [Contender; 3] = [
    Contender::Routed(Consistency::Session, 1),
    Contender::Routed(Consistency::Bounded, 1),
    Contender::Routed(Consistency::Eventual, 1),
];

/// The aims, and what came of them, as rows of Markdown.
pub(crate) fn aims(server: &str, cells: &[Cell]) -> String {
    let mut text = String::new();
    for cell in cells.iter().filter(|cell| cell.workload == Workload::Point) {
        for (base, aim) in AIMS {
            if let Some(ratios) = ratios(cell, base) {
                let (clients, base) = (cell.clients, base.name());
                let _ = writeln!(
                    text,
                    "| {server} | {clients} | `{base}` | {aim:.2} | {ratios} |"
                );
            }
        }
    }
    text
}

/// What stands over the rows.
pub(crate) fn heading() -> String {
    let ours = OURS.map(|contender| format!(" `{}` |", contender.name()));
    format!(
        "| server | clients | against | aim |{}\n|---|---|---|---|{}\n",
        ours.concat(),
        "---|".repeat(OURS.len())
    )
}

/// Operations per second, and in brackets the CPU time of all processes per operation, which other work on the machine
/// hardly changes.
fn ratios(cell: &Cell, base: Contender) -> Option<String> {
    let base = cell.slices(base)?;
    let ratio = |ours, figure: Figure| figure.ratio(cell.slices(ours)?, base);
    let ratios = OURS.map(|ours| {
        let both = ratio(ours, Figure::Rate).zip(ratio(ours, Figure::All));
        both.map_or("–".to_owned(), |(rate, all)| {
            format!("{rate:.2} ({all:.2})")
        })
    });
    Some(ratios.join(" | "))
}
