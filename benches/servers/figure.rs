use crate::slice::Slice;

/// What is told of a slice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Figure {
    /// Operations per second.
    Rate,
    /// The latency, in µs, that this share of operations does not exceed.
    Percentile(f64),
    /// CPU time of the application per operation, in µs.
    Client,
    /// CPU time of the proxy per operation, in µs.
    Proxy,
    /// CPU time of the servers per operation, in µs.
    Servers,
    /// CPU time of all of them per operation, in µs: how many operations fit the machine.
    All,
}

impl Figure {
    /// The median of the rounds; a percentile is that of all operations.
    pub(crate) fn value(self, slices: &[Slice]) -> Option<f64> {
        match self {
            Self::Percentile(share) => {
                let all = slices.iter().flat_map(|slice| &slice.latencies);
                let mut all: Vec<f64> = all.copied().collect();
                all.sort_by(f64::total_cmp);
                percentile(&all, share)
            }
            _ => median(slices.iter().filter_map(|slice| self.of(slice)).collect()),
        }
    }

    /// The median of what the rounds' pairs give.
    pub(crate) fn ratio(self, slices: &[Slice], base: &[Slice]) -> Option<f64> {
        let pairs = slices.iter().zip(base);
        let ratios = pairs.filter_map(|(slice, base)| Some(self.of(slice)? / self.of(base)?));
        median(ratios.filter(|ratio| ratio.is_finite()).collect())
    }

    fn of(self, slice: &Slice) -> Option<f64> {
        match self {
            Self::Rate => Some(slice.rate),
            Self::Percentile(share) => percentile(&slice.latencies, share),
            Self::Client => Some(slice.client),
            Self::Proxy => slice.proxy,
            Self::Servers => Some(slice.servers),
            Self::All => Some(slice.client + slice.proxy.unwrap_or(0.0) + slice.servers),
        }
    }
}

fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        length if length % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}
