use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use crate::{ClusterError, Program, Server, User, front::Front};

const HAPROXY: Program = Program {
    name: "haproxy",
    package: "haproxy",
    elsewhere: &["/usr/sbin"],
};

/// An HAProxy in front of servers: one address for all of them, in turn, as long as they answer its health checks, if
/// they are several and of a kind that has one. It ends when this is dropped.
#[derive(Debug)]
pub struct HaProxy {
    front: Front,
    file: PathBuf,
    url: fn(u16, User, &str) -> String,
}

impl HaProxy {
    /// Passes on to the servers on these ports.
    pub async fn start<S: Server>(ports: &[u16]) -> Result<Self, ClusterError> {
        let front = Front::new("haproxy")?;
        let file = front.write("haproxy.cfg", &configuration::<S>(front.port, ports))?;
        front.start(HAPROXY, &arguments(&file)).await?;
        Ok(Self {
            front,
            file,
            url: S::url,
        })
    }

    /// Ends every connection through it, is gone for a moment, and comes back.
    pub async fn restart(&self) -> Result<(), ClusterError> {
        self.front.restart(HAPROXY, &arguments(&self.file)).await
    }

    /// A database of the servers, for the application's user.
    pub fn url(&self, database: &str) -> String {
        (self.url)(self.front.port, User::Application, database)
    }

    /// The processes that it consists of.
    pub fn processes(&self) -> Vec<u32> {
        self.front.processes()
    }
}

fn arguments(file: &Path) -> [&Path; 3] {
    [Path::new("-db"), Path::new("-f"), file]
}

fn configuration<S: Server>(port: u16, ports: &[u16]) -> String {
    let mut text = format!(
        "defaults\n  mode tcp\n  balance roundrobin\n  timeout connect 2s\n  timeout client 1h\n  timeout server 1h\n\
         listen readers\n  bind 127.0.0.1:{port}\n"
    );
    // With one server there is nobody to change to.
    if let (Some(check), [_, _, ..]) = (S::HEALTH_CHECK, ports) {
        let _ = writeln!(
            text,
            "  option {check}\n  default-server check inter 100ms fall 2 rise 2 on-marked-down shutdown-sessions"
        );
    }
    for (number, port) in ports.iter().enumerate() {
        let _ = writeln!(text, "  server reader-{number} 127.0.0.1:{port}");
    }
    text
}
