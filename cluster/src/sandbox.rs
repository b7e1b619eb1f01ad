use std::{
    env,
    fs::{self, Permissions},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::LazyLock,
};

use crate::{ClusterError, account::Account, error::Doing};

/// Waits for the end of its input, which comes when the sandbox is dropped or the test process dies, then kills
/// what works in the directory, frees PostgreSQL's System V segments (a killed server leaves them), and removes it.
const WATCHDOG: &str = r#"
trap '' HUP INT QUIT TERM
read -r _
living() { find /proc/[0-9]*/cwd -maxdepth 0 -lname "$1*" 2>/dev/null | cut -d/ -f3; }
while processes=$(living "$1"); [ -n "$processes" ]; do
    kill -s KILL $processes
    sleep 0.01
done
for file in "$1"/*/*/postmaster.pid; do
    [ -e "$file" ] && sed -n '7s/.* //p' "$file" | while read -r segment; do ipcrm -m "$segment"; done
done
rm -rf "$1"
"#;

/// A container may have only 64 MB there; a few clusters with their logs want more.
const ENOUGH_KIB: u64 = 4 * 1024 * 1024;

/// The memory file system where there is a large one, since a cluster begins by copying 140 MB; `TMPDIR` comes first.
fn home() -> PathBuf {
    static HOME: LazyLock<PathBuf> = LazyLock::new(|| {
        let memory = PathBuf::from("/dev/shm");
        match env::var_os("TMPDIR") {
            None if free_kib(&memory) >= ENOUGH_KIB => memory,
            _ => env::temp_dir(),
        }
    });
    HOME.clone()
}

fn free_kib(directory: &Path) -> u64 {
    let mut df = Command::new("df");
    df.args(["-k", "--output=avail"])
        .arg(directory)
        .stderr(Stdio::null());
    let free = df
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    free.ok()
        .and_then(|free| free.lines().nth(1)?.trim().parse().ok())
        .unwrap_or(0)
}

/// A temporary directory for servers; neither it nor a process that works in it outlives this value or its process.
#[derive(Debug)]
pub struct Sandbox {
    directory: PathBuf,
    watchdog: Child,
}

impl Sandbox {
    /// Makes the directory, and starts the watchdog over it.
    pub fn new() -> Result<Self, ClusterError> {
        let directory = tempfile::Builder::new()
            .prefix("sea-orm-routing-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(home())
            .doing(|| "making a temporary directory".to_owned())?;
        Account::for_servers()?.own(directory.path())?;
        // Working directories are shown without symbolic links, so the name must have none.
        let path = fs::canonicalize(directory.path())
            .doing(|| format!("resolving `{}`", directory.path().display()))?;
        let watchdog = Command::new("/bin/sh")
            .args(["-c", WATCHDOG, "sea-orm-routing-watchdog"])
            .arg(&path)
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .doing(|| "starting the watchdog".to_owned())?;
        let _ = directory.keep();
        Ok(Self {
            directory: path,
            watchdog,
        })
    }

    /// The directory, without symbolic links.
    pub fn path(&self) -> &Path {
        &self.directory
    }

    /// A new directory in it that the servers own.
    pub fn directory(&self, name: &str) -> Result<PathBuf, ClusterError> {
        let path = self.directory.join(name);
        fs::create_dir(&path).doing(|| format!("making `{}`", path.display()))?;
        Account::for_servers()?.own(&path)?;
        Ok(path)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}
