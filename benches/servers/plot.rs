use std::{error::Error, ops::Range, path::Path};

use plotters::{
    chart::ChartContext,
    coord::{Shift, types::RangedCoordf64},
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use crate::{cell::Cell, contender::Contender, figure::Figure, slice::Slice, workload::Workload};

const SIZE: (u32, u32) = (1_100, 400);
const LEGEND: u32 = 130;
const FONT: &str = "sans-serif";

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn Error>>;

/// Draws a workload: operations per second as ratios to the tuned connection, and the 99th percentile.
pub(crate) fn draw(file: &Path, title: &str, workload: Workload, cells: &[Cell]) -> Drawn {
    let cells: Vec<&Cell> = cells
        .iter()
        .filter(|cell| cell.workload == workload)
        .collect();
    let root = SVGBackend::new(file, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let (panels, legend) = root.split_horizontally(SIZE.0 - LEGEND);
    let panels = panels.split_evenly((1, 2));
    let rates = format!("{title}, operations per second, tuned = 1");
    draw_bars(&panels[0], &rates, &cells, Some(1.0), rate)?;
    let latencies = format!("{title}, 99th percentile in ms");
    draw_bars(&panels[1], &latencies, &cells, None, latency)?;
    draw_legend(&legend, &cells)?;
    root.present()?;
    Ok(())
}

fn rate(cell: &Cell, slices: &[Slice]) -> Option<f64> {
    Figure::Rate.ratio(slices, cell.slices(Contender::Tuned)?)
}

/// As the power of ten, which the axis has.
fn latency(_: &Cell, slices: &[Slice]) -> Option<f64> {
    let latency = Figure::Percentile(0.99).value(slices)?;
    Some((latency / 1e3).log10())
}

/// A group of bars for each number of clients. Without a `line` the axis is logarithmic.
fn draw_bars(
    area: &Area<'_>,
    title: &str,
    cells: &[&Cell],
    line: Option<f64>,
    height: fn(&Cell, &[Slice]) -> Option<f64>,
) -> Drawn {
    let heights = cells.iter().map(|cell| {
        let results = cell.results.iter();
        results
            .map(|(contender, slices)| (*contender, height(cell, slices)))
            .collect()
    });
    let heights: Vec<Vec<(Contender, Option<f64>)>> = heights.collect();
    let range = range(&heights, line.is_some());
    let floor = range.start;
    let mut chart = ChartBuilder::on(area)
        .caption(title, (FONT, 16))
        .margin(10)
        .x_label_area_size(40)
        .y_label_area_size(50)
        .build_cartesian_2d(0.0..cells.len() as f64, range)?;
    draw_axes(&mut chart, line.is_none())?;
    for (group, heights) in heights.iter().enumerate() {
        let width = 0.9 / heights.len() as f64;
        for (number, (contender, height)) in heights.iter().enumerate() {
            let left = group as f64 + 0.05 + number as f64 * width;
            let corners = [(left, floor), (left + width, height.unwrap_or(floor))];
            chart.draw_series([Rectangle::new(corners, contender.colour().filled())])?;
        }
        let label = match cells[group].clients {
            1 => "1 client".to_owned(),
            clients => format!("{clients} clients"),
        };
        draw_label(&chart, group, floor, &label)?;
    }
    if let Some(line) = line {
        let ends = [(0.0, line), (cells.len() as f64, line)];
        chart.draw_series([PathElement::new(ends, BLACK.stroke_width(1))])?;
    }
    Ok(())
}

fn range(heights: &[Vec<(Contender, Option<f64>)>], from_zero: bool) -> Range<f64> {
    let all = heights.iter().flatten().filter_map(|(_, height)| *height);
    let all = all.filter(|height| height.is_finite());
    let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), height| {
        (low.min(height), high.max(height))
    });
    match from_zero {
        true => 0.0..high.max(1.0) * 1.05,
        // The smallest bar is seen, too.
        false if low <= high => low - 0.2..high + 0.1,
        false => 0.0..1.0,
    }
}

fn draw_axes(
    chart: &mut ChartContext<'_, SVGBackend<'_>, Cartesian2d<RangedCoordf64, RangedCoordf64>>,
    is_logarithmic: bool,
) -> Drawn {
    let label = |value: &f64| match is_logarithmic {
        true => rounded(10_f64.powf(*value)),
        false => format!("{value:.1}"),
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(0)
        .y_labels(8)
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.15))
        .label_style((FONT, 13))
        .y_label_formatter(&label)
        .draw()?;
    Ok(())
}

/// Two digits that count.
fn rounded(value: f64) -> String {
    match value {
        10.0.. => format!("{value:.0}"),
        1.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn draw_label(
    chart: &ChartContext<'_, SVGBackend<'_>, Cartesian2d<RangedCoordf64, RangedCoordf64>>,
    group: usize,
    floor: f64,
    label: &str,
) -> Drawn {
    let style = TextStyle::from((FONT, 14)).pos(Pos::new(HPos::Center, VPos::Top));
    let (x, y) = chart.backend_coord(&(group as f64 + 0.5, floor));
    let area = chart.plotting_area().strip_coord_spec();
    let (left, top) = area.get_base_pixel();
    // Below the axis, where the plotting area has ended.
    area.draw_text(label, &style, (x - left, y - top + 10))?;
    Ok(())
}

fn draw_legend(area: &Area<'_>, cells: &[&Cell]) -> Drawn {
    let contenders = cells.iter().flat_map(|cell| &cell.results);
    let mut named: Vec<Contender> = Vec::new();
    for (contender, _) in contenders {
        if !named.contains(contender) {
            named.push(*contender);
        }
    }
    for (contender, top) in named.into_iter().zip((40..).step_by(24)) {
        let corners = [(5, top), (19, top + 14)];
        area.draw(&Rectangle::new(corners, contender.colour().filled()))?;
        let style = TextStyle::from((FONT, 14)).color(&BLACK);
        area.draw_text(&contender.name(), &style, (26, top + 1))?;
    }
    Ok(())
}
