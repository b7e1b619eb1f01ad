use std::{collections::HashMap, fs, path::Path};

/// Nanoseconds that each of these processes has run.
#[derive(Debug)]
pub(crate) struct Cpu(HashMap<u32, f64>);

impl Cpu {
    pub(crate) fn of(processes: &[u32]) -> Self {
        let times = processes.iter();
        Self(
            times
                .map(|&process| (process, of_process(process)))
                .collect(),
        )
    }

    /// What they have run since. One that has begun meanwhile counts in full, and one that has ended not at all.
    pub(crate) fn since(&self, before: &Self) -> f64 {
        let times = self.0.iter();
        times
            .map(|(process, time)| time - before.0.get(process).unwrap_or(&0.0))
            .sum()
    }
}

/// Threads that have ended count no longer: the ones here live as long as their process.
fn of_process(process: u32) -> f64 {
    let threads = Path::new("/proc").join(process.to_string()).join("task");
    let threads = threads.read_dir().into_iter().flatten().flatten();
    threads
        .filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok())
        .filter_map(|text| text.split(' ').next()?.parse::<f64>().ok())
        .sum()
}
