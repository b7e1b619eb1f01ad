use std::fmt::Write;

use maud::{Markup, html};

const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 40.0;

/// A line over the last minutes, with gaps where nothing is known; `title` is read to who does not see it.
pub(super) fn chart(title: &str, values: &[Option<f64>]) -> Markup {
    let top = values
        .iter()
        .flatten()
        .copied()
        .fold(f64::MIN_POSITIVE, f64::max);
    let step = WIDTH / (values.len().max(2) - 1) as f64;
    let (mut path, mut is_open) = (String::new(), false);
    for (place, value) in values.iter().enumerate() {
        let Some(value) = value else {
            is_open = false;
            continue;
        };
        let (x, y) = (
            place as f64 * step,
            HEIGHT - value / top * (HEIGHT - 2.0) - 1.0,
        );
        // Writing to a text does not fail.
        let _ = write!(path, "{}{x:.1} {y:.1}", if is_open { "L" } else { "M" });
        is_open = true;
    }
    html! {
        svg role="img" aria-label=(title) viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) preserveAspectRatio="none" {
            title { (title) }
            path d=(path) fill="none" stroke="currentColor" vector-effect="non-scaling-stroke" {}
        }
    }
}
