use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};

/// The last value of each series; of a histogram, how many there were and, under `name.sum`, their sum.
#[derive(Clone, Debug, Default)]
pub(super) struct Scraped(Arc<Mutex<BTreeMap<String, f64>>>);

struct Series {
    name: String,
    labels: String,
    scraped: Scraped,
}

impl Series {
    fn change(&self, change: impl FnOnce(f64) -> f64) {
        self.change_of(&self.name, change);
    }

    fn change_of(&self, name: &str, change: impl FnOnce(f64) -> f64) {
        let series = format!("{name}{{{}}}", self.labels);
        let mut values = self.scraped.0.lock().unwrap();
        let value = values.entry(series).or_default();
        *value = change(*value);
    }
}

impl GaugeFn for Series {
    fn increment(&self, by: f64) {
        self.change(|value| value + by);
    }

    fn decrement(&self, by: f64) {
        self.change(|value| value - by);
    }

    fn set(&self, value: f64) {
        self.change(|_| value);
    }
}

impl CounterFn for Series {
    fn increment(&self, by: u64) {
        self.change(|value| value + by as f64);
    }

    fn absolute(&self, to: u64) {
        self.change(|_| to as f64);
    }
}

impl HistogramFn for Series {
    fn record(&self, told: f64) {
        self.change(|value| value + 1.0);
        self.change_of(&format!("{}.sum", self.name), |value| value + told);
    }
}

impl Scraped {
    fn series(&self, key: &Key) -> Arc<Series> {
        let labels = key
            .labels()
            .map(|label| format!("{}={}", label.key(), label.value()));
        let labels: Vec<_> = labels.collect();
        Arc::new(Series {
            name: key.name().to_owned(),
            labels: labels.join(","),
            scraped: self.clone(),
        })
    }

    pub(super) fn get(&self, series: &str) -> Option<f64> {
        self.0.lock().unwrap().get(series).copied()
    }

    /// The sum of the series of that name that have all these labels.
    pub(super) fn sum(&self, name: &str, labels: &[&str]) -> f64 {
        let values = self.0.lock().unwrap();
        let is_meant = |series: &str| {
            let (found, rest) = series.split_once('{').unwrap();
            let rest = format!(",{},", rest.trim_end_matches('}'));
            let has = |label: &&str| rest.contains(&format!(",{label},"));
            found == name && labels.iter().all(has)
        };
        let meant = values.iter().filter(|(series, _)| is_meant(series));
        meant.map(|(_, value)| value).sum()
    }
}

impl Recorder for Scraped {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.series(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.series(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.series(key))
    }
}
