use std::fmt::Write;

use crate::{cell::Cell, contender::Contender, figure::Figure, slice::Slice, workload::Workload};

const COLUMNS: [(&str, Figure); 8] = [
    ("operations/s", Figure::Rate),
    ("50 %, ms", Figure::Percentile(0.5)),
    ("99 %, ms", Figure::Percentile(0.99)),
    ("99.9 %, ms", Figure::Percentile(0.999)),
    ("client's CPU, µs", Figure::Client),
    ("proxy's CPU, µs", Figure::Proxy),
    ("servers' CPU, µs", Figure::Servers),
    ("CPU in all, µs", Figure::All),
];

/// A workload's cells in Markdown. Behind a figure is its ratio to the tuned and to the default connection.
pub(crate) fn markdown(workload: Workload, cells: &[Cell]) -> String {
    let mut text = "| clients | contender |".to_owned();
    for (heading, _) in COLUMNS {
        let _ = write!(text, " {heading} |");
    }
    let _ = writeln!(
        text,
        " failed |\n|---|---|{}---|",
        "---|".repeat(COLUMNS.len())
    );
    for cell in cells.iter().filter(|cell| cell.workload == workload) {
        for (contender, slices) in &cell.results {
            let _ = write!(text, "| {} | `{}` |", cell.clients, contender.name());
            for (_, figure) in COLUMNS {
                let _ = write!(text, " {} |", field(cell, slices, figure));
            }
            let failures: usize = slices.iter().map(|slice| slice.failures).sum();
            let _ = writeln!(text, " {failures} |");
        }
    }
    text
}

/// What failed, by the first error of each contender.
pub(crate) fn errors(cells: &[Cell]) -> String {
    let mut text = String::new();
    for cell in cells {
        for (contender, slices) in &cell.results {
            if let Some(error) = slices.iter().find_map(|slice| slice.error.as_ref()) {
                let (workload, clients) = (cell.workload.name(), cell.clients);
                let name = contender.name();
                let _ = writeln!(text, "- `{workload}`, {clients} clients, `{name}`: {error}");
            }
        }
    }
    text
}

fn field(cell: &Cell, slices: &[Slice], figure: Figure) -> String {
    let Some(value) = figure.value(slices) else {
        return String::new();
    };
    let value = match figure {
        Figure::Percentile(_) => format!("{:.2}", value / 1e3),
        Figure::Rate => format!("{value:.0}"),
        _ => format!("{value:.1}"),
    };
    let ratios = [Contender::Tuned, Contender::Default].map(|base| {
        let ratio = cell
            .slices(base)
            .and_then(|base| figure.ratio(slices, base));
        ratio.map_or("–".to_owned(), |ratio| format!("{ratio:.2}"))
    });
    match figure {
        Figure::Proxy => value,
        _ => format!("{value} ({}, {})", ratios[0], ratios[1]),
    }
}
