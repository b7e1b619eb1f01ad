use std::{fs, path::Path};

/// Nanoseconds that all threads of these processes have run.
pub(crate) fn of(processes: &[u32]) -> f64 {
    processes.iter().map(|process| of_process(*process)).sum()
}

/// The same of this process.
pub(crate) fn own() -> f64 {
    of_process(std::process::id())
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
