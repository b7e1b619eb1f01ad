use std::time::{Duration, SystemTime};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    change::Change,
    chart::chart,
    history::{History, Look, STEP},
    readiness::Readiness,
};
use crate::{
    node::Role,
    recording::RecordedStatement,
    status::{NodeStatus, Status},
};

/// Seconds after which the page loads itself anew.
const REFRESH: &str = "5";

const STYLE: &str = "\
:root{color-scheme:light dark;--good:#1a7f37;--bad:#cf222e;--odd:#9a6700;--line:#8888}\
@media(prefers-color-scheme:dark){:root{--good:#3fb950;--bad:#ff7b72;--odd:#d29922}}\
body{font:15px/1.4 system-ui,sans-serif;margin:0 auto;padding:12px;max-width:1100px}\
h1{font-size:1.3em;margin:0 0 8px}h2{font-size:1.1em;margin:20px 0 8px}\
.nodes{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(320px,100%),1fr));gap:10px}\
article{border:1px solid var(--line);border-radius:8px;padding:10px;min-width:0}\
article h3{margin:0 0 6px;font-size:1em;display:flex;justify-content:space-between;gap:8px;flex-wrap:wrap}\
.serving,.ready{color:var(--good)}.down,.contested,.closed,.not{color:var(--bad)}.lagging,.unknown,.warming,.slow{color:var(--odd)}\
dl{display:grid;grid-template-columns:auto 1fr;gap:2px 12px;margin:0}dt{opacity:.7}dd{margin:0;overflow-wrap:anywhere}\
svg{width:100%;height:40px;display:block;border-bottom:1px solid var(--line)}figure{margin:8px 0 0}figcaption{font-size:.85em;opacity:.7}\
ol{list-style:none;padding:0;margin:0}li{padding:3px 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}time{opacity:.7;margin-right:8px}\
code{font-size:.9em}";

/// What the page shows.
pub(super) struct Shown<'s> {
    pub(super) status: &'s Status,
    pub(super) readiness: &'s Readiness,
    pub(super) history: &'s History,
    pub(super) statements: &'s [RecordedStatement],
}

impl Shown<'_> {
    pub(super) fn page(&self) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width,initial-scale=1";
                    meta http-equiv="refresh" content=(REFRESH);
                    title { "Databases" }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    h1 { "Databases " (self.verdict()) }
                    @for reason in self.readiness.all() { p.not { (reason) } }
                    @for bind in self.binds() {
                        h2 { "Bind " (bind) }
                        div.nodes {
                            @for node in self.status.nodes.iter().filter(|node| node.bind == *bind) { (self.node(node)) }
                        }
                    }
                    (changes(&self.history.changes(self.status)))
                    (statements(self.statements))
                }
            }
        }
    }

    fn verdict(&self) -> Markup {
        match self.readiness.all().is_empty() {
            true => html! { span.ready { "ready" } },
            false => html! { span.not { "not ready" } },
        }
    }

    fn binds(&self) -> Vec<&str> {
        let mut binds: Vec<&str> = self
            .status
            .nodes
            .iter()
            .map(|node| node.bind.as_str())
            .collect();
        binds.dedup();
        binds
    }

    fn node(&self, node: &NodeStatus) -> Markup {
        let state = node.state.to_string();
        let looks = self.history.of_node(node);
        let reads = rates(&looks);
        let lag: Vec<_> = looks
            .iter()
            .map(|look| Some(f64::from(look.lag)).filter(|lag| !lag.is_nan()))
            .collect();
        html! {
            article id=(format!("{}.{}", node.bind, node.node)) {
                h3 {
                    span { (node.node) " " small { (node.role) } }
                    span class=(state) { (state) }
                }
                dl {
                    @if let Some(error) = &node.last_error { dt { "error" } dd { (error) } }
                    @if node.role == Role::Slave {
                        dt { "lag" } dd { (age(node.lag)) }
                        dt { "known up to" } dd { (age(node.freshness)) @if node.freshness.is_some() { " ago" } }
                        dt { "weight" } dd { (node.weight) }
                        @if node.refuses_writes == Some(false) { dt { "protection" } dd.not { "it takes writes" } }
                    }
                    dt { "in flight" } dd { (node.in_flight) }
                    dt { "reads" } dd { (node.reads) @if node.refused > 0 { " (" (node.refused) " refused)" } }
                    dt { "writes" } dd { (node.writes) }
                }
                figure { (chart("reads per second", &reads)) figcaption { "reads/s, last minutes: " (last(&reads)) } }
                @if node.role == Role::Slave {
                    figure { (chart("lag in seconds", &lag)) figcaption { "lag in s, last minutes" } }
                }
            }
        }
    }
}

/// Reads per second; a count that is lower than before is of a node that was made anew.
fn rates(looks: &[Look]) -> Vec<Option<f64>> {
    let pairs = looks.windows(2);
    let rates = pairs.map(|pair| match pair {
        [before, after] => {
            Some(after.reads.saturating_sub(before.reads) as f64 / STEP.as_secs_f64())
        }
        _ => None,
    });
    rates.collect()
}

fn last(values: &[Option<f64>]) -> String {
    let last = values.last().copied().flatten();
    last.map_or_else(|| "–".to_owned(), |value| format!("{value:.0}"))
}

fn age(age: Option<Duration>) -> String {
    age.map_or_else(
        || "not known".to_owned(),
        |age| format!("{:.3} s", age.as_secs_f64()),
    )
}

fn changes(changes: &[Change]) -> Markup {
    html! {
        h2 { "Changes" }
        @if changes.is_empty() { p { "None since this page began to look." } }
        ol {
            @for change in changes { li { (ago(change.at)) (change.what) } }
        }
    }
}

fn statements(statements: &[RecordedStatement]) -> Markup {
    html! {
        @if !statements.is_empty() {
            h2 { "Last statements" }
            ol {
                @for statement in statements.iter().rev() {
                    li {
                        (ago(statement.sent))
                        (format!("{:.1} ms, {}, {}", statement.duration.as_secs_f64() * 1_000.0, statement.outcome, statement.route))
                        br; code { (statement.sql) }
                    }
                }
            }
        }
    }
}

fn ago(at: SystemTime) -> Markup {
    let ago = at.elapsed().unwrap_or_default().as_secs();
    html! { time { (ago) " s ago" } }
}
