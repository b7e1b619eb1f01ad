use std::{
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::net::TcpStream;

use crate::{
    ClusterError, Program,
    account::Account,
    error::Doing,
    port,
    process::{self, Process},
    sandbox::Sandbox,
    wait::until,
};

const START: Duration = Duration::from_secs(30);
const STOP: Duration = Duration::from_secs(10);

/// A program that listens on a free port and passes on to servers what comes there; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Front {
    name: &'static str,
    pub(crate) port: u16,
    process: Process,
    directory: PathBuf,
    _sandbox: Sandbox,
}

impl Front {
    /// Prepares it; it does not run yet.
    pub(crate) fn new(name: &'static str) -> Result<Self, ClusterError> {
        let sandbox = Sandbox::new()?;
        let directory = sandbox.directory(name)?;
        Ok(Self {
            name,
            port: port::free()?,
            process: Process::new(directory.clone()),
            directory,
            _sandbox: sandbox,
        })
    }

    /// Where it works.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The processes that it consists of now.
    pub(crate) fn processes(&self) -> Vec<u32> {
        process::living_in(&self.directory)
    }

    /// Writes one of its files, which only the servers' account reads.
    pub(crate) fn write(&self, file: &str, text: &str) -> Result<PathBuf, ClusterError> {
        let file = self.directory.join(file);
        fs::write(&file, text).doing(|| format!("writing `{}`", file.display()))?;
        Account::for_servers()?.own(&file)?;
        Ok(file)
    }

    /// Starts it, and waits until it listens.
    pub(crate) async fn start(
        &self,
        program: Program,
        arguments: &[&Path],
    ) -> Result<(), ClusterError> {
        let log = self.write("log", "")?;
        let output = || {
            let file = fs::File::options().append(true).open(&log);
            file.doing(|| format!("opening `{}`", log.display()))
        };
        let mut command = process::command(&program.find()?, &self.directory)?;
        command.args(arguments).stdout(output()?).stderr(output()?);
        self.process.spawn(command)?;
        let what = format!("the start of `{}`", self.name);
        until(&what, START, || async {
            if let Some(status) = self.process.ended()? {
                return Err(ClusterError::Ended {
                    node: self.name.to_owned(),
                    status,
                    log: fs::read_to_string(&log).unwrap_or_default(),
                });
            }
            let answer = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await;
            Ok(answer.is_ok().then_some(()))
        })
        .await
    }

    /// Stops it at once, with all connections through it, and starts it again.
    pub(crate) async fn restart(
        &self,
        program: Program,
        arguments: &[&Path],
    ) -> Result<(), ClusterError> {
        self.process.stop("TERM", STOP).await?;
        self.start(program, arguments).await
    }
}
