use std::{
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::{ClusterError, account::Account, error::Doing, wait::until};

/// The death of a killed process is a matter of milliseconds, unless the machine is overloaded.
const DEATH: Duration = Duration::from_secs(10);

/// A program that works in `directory`, under the servers' account and deaf to the terminal's Ctrl-C.
pub(crate) fn command(program: &Path, directory: &Path) -> Result<Command, ClusterError> {
    let mut command = Command::new(program);
    command
        .current_dir(directory)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .process_group(0);
    Account::for_servers()?.run(&mut command);
    Ok(command)
}

/// Runs a program to its end.
pub(crate) async fn run(command: Command) -> Result<(), ClusterError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = tokio::process::Command::from(command)
        .kill_on_drop(true)
        .output()
        .await
        .doing(|| format!("starting `{program}`"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(ClusterError::Program {
        program,
        status: output.status,
        output: [output.stdout, output.stderr]
            .map(|text| String::from_utf8_lossy(&text).into_owned())
            .concat(),
    })
}

/// The processes whose working directory is in `directory`: a server, and the children it forked.
///
/// PostgreSQL's children leave their parent's process group and change their command line, but not this.
pub fn living_in(directory: &Path) -> Vec<u32> {
    let Ok(processes) = Path::new("/proc").read_dir() else {
        return Vec::new();
    };
    processes
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let home = fs::read_link(entry.path().join("cwd")).ok()?;
            home.starts_with(directory).then_some(pid)
        })
        .collect()
}

/// Sends a signal; processes that are gone meanwhile do not matter.
fn send(signal: &str, processes: &[u32]) -> Result<(), ClusterError> {
    if processes.is_empty() {
        return Ok(());
    }
    // The shell's own `kill`: the program of that name is not on every machine.
    Command::new("/bin/sh")
        .args(["-c", r#"kill -s "$@""#, "sh", signal])
        .args(processes.iter().map(u32::to_string))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map(drop)
        .doing(|| format!("sending {signal}"))
}

/// The processes of one server, which come and go while its directory stays.
#[derive(Debug)]
pub(crate) struct Process {
    directory: PathBuf,
    main: Mutex<Option<Child>>,
}

impl Process {
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            main: Mutex::new(None),
        }
    }

    fn main<T>(&self, act: impl FnOnce(&mut Option<Child>) -> T) -> T {
        act(&mut self.main.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn spawn(&self, mut command: Command) -> Result<(), ClusterError> {
        let child = command
            .spawn()
            .doing(|| format!("starting `{}`", command.get_program().display()))?;
        self.main(|main| *main = Some(child));
        Ok(())
    }

    pub(crate) fn is_running(&self) -> bool {
        self.main(|main| main.is_some())
    }

    /// How it ended, if it did; afterwards it is not running.
    pub(crate) fn ended(&self) -> Result<Option<ExitStatus>, ClusterError> {
        self.main(|main| {
            let ended = main.as_mut().map_or(Ok(None), Child::try_wait);
            if matches!(ended, Ok(Some(_))) {
                *main = None;
            }
            ended.doing(|| "waiting for a server".to_owned())
        })
    }

    /// Asks the server to stop, and waits until none of its processes is left.
    pub(crate) async fn stop(&self, signal: &str, deadline: Duration) -> Result<(), ClusterError> {
        let main: Vec<u32> = self.main(|main| main.iter().map(Child::id).collect());
        send(signal, &main)?;
        self.gone(deadline).await
    }

    /// Power failure: every process at once, with no chance to tidy up.
    pub(crate) async fn kill(&self) -> Result<(), ClusterError> {
        self.signal("KILL")?;
        self.gone(DEATH).await
    }

    /// Signals the server, and then its children, of which no new ones come when the signal stops it.
    pub(crate) fn signal(&self, signal: &str) -> Result<(), ClusterError> {
        let main: Vec<u32> = self.main(|main| main.iter().map(Child::id).collect());
        send(signal, &main)?;
        send(signal, &living_in(&self.directory))
    }

    async fn gone(&self, deadline: Duration) -> Result<(), ClusterError> {
        until("the end of a server", deadline, async || {
            self.ended()?;
            Ok((!self.is_running() && living_in(&self.directory).is_empty()).then_some(()))
        })
        .await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.main(|main| {
            if let Some(mut child) = main.take() {
                // Dead already when its cluster was dropped; an error means the same.
                let _ = child.kill();
                let _ = child.wait();
            }
        });
    }
}
