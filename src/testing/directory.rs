use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

/// How often it is tried: more than there are files that threads of SQLite are about to make.
const TRIES: usize = 10_000;

/// A directory for the files of a lab, which is gone with it.
#[derive(Debug)]
pub(super) struct Directory(PathBuf);

impl Directory {
    pub(super) fn new() -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let name = format!("sea-orm-routing-lab-{}-{number}", process::id());
            let path = env::temp_dir().join(name);
            match fs::create_dir(&path) {
                // Of a process that had the same number.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return made.map(|()| Self(path)),
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // Whoever waited for it may be gone, and a thread of SQLite's still opens a file, or copies one (`VACUUM INTO`). What it makes
        // between the look into the directory and the end of that leaves the directory there, for this turn. Once the
        // directory is gone, nothing is made in it.
        for _ in 0..TRIES {
            match fs::remove_dir_all(&self.0) {
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
                    thread::yield_now();
                }
                // What can't be removed is left to the system.
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};

    use sea_orm::ConnectionTrait;

    use super::*;
    use crate::testing::Lab;

    #[test]
    fn a_directory_goes_though_somebody_still_makes_files_in_it() {
        const FILES: usize = 300;
        for _ in 0..20 {
            let directory = Directory::new().unwrap();
            let path = directory.path().to_owned();
            let begun = path.join("0");
            let of_writer = path.clone();
            let writer = thread::spawn(move || {
                let made =
                    (0..FILES).map(|number| fs::write(of_writer.join(number.to_string()), ""));
                made.take_while(Result::is_ok).count()
            });
            while !begun.exists() {
                thread::yield_now();
            }
            drop(directory);
            assert!(!path.exists());
            writer.join().unwrap();
            assert!(!path.exists());
        }
    }

    /// Wherever its work is when it is dropped.
    #[test]
    fn no_lab_leaves_its_directory_behind() {
        let mut paths = Vec::new();
        for turns in (0..180).step_by(3) {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let path = runtime.block_on(async {
                let lab = Lab::new().slaves(1).start().await.unwrap();
                let path = lab.directory().to_owned();
                assert!(path.exists());
                let table = "CREATE TABLE cake (id INTEGER)";
                lab.db().execute_unprepared(table).await.unwrap();
                // The master is to be copied, and the pools are to be opened.
                let mut passing = pin!(lab.pass(Duration::from_secs(5)));
                let mut left = turns;
                poll_fn(|context| match left {
                    0 => Poll::Ready(()),
                    _ => {
                        left -= 1;
                        passing.as_mut().poll(context)
                    }
                })
                .await;
                path
            });
            drop(runtime);
            paths.push(path);
        }
        paths.retain(|path| path.exists());
        assert!(paths.is_empty(), "{paths:?}");
    }
}
