use std::{fmt::Write, path::Path};

use crate::{ClusterError, Postgres, Program, Server, User, front::Front};

const HAPROXY: Program = Program {
    name: "haproxy",
    package: "haproxy",
    elsewhere: &["/usr/sbin"],
};

/// An HAProxy in front of PostgreSQL: one address for several servers, in turn, as long as they answer its health
/// checks. It ends when this is dropped.
#[derive(Debug)]
pub struct HaProxy(Front);

impl HaProxy {
    /// Passes on to the servers on these ports.
    pub async fn start(ports: &[u16]) -> Result<Self, ClusterError> {
        let front = Front::new("haproxy")?;
        let file = front.write("haproxy.cfg", &configuration(front.port, ports))?;
        let arguments = [Path::new("-db"), Path::new("-f"), &file];
        front.start(HAPROXY, &arguments).await?;
        Ok(Self(front))
    }

    /// A database of the servers, for the application's user.
    pub fn url(&self, database: &str) -> String {
        Postgres::url(self.0.port, User::Application, database)
    }
}

fn configuration(port: u16, ports: &[u16]) -> String {
    let mut text = format!(
        "defaults\n  mode tcp\n  balance roundrobin\n  timeout connect 2s\n  timeout client 1h\n  timeout server 1h\n\
         listen readers\n  bind 127.0.0.1:{port}\n  option pgsql-check user app\n\
         \x20 default-server check inter 100ms fall 2 rise 2 on-marked-down shutdown-sessions\n"
    );
    for (number, port) in ports.iter().enumerate() {
        let _ = writeln!(text, "  server reader-{number} 127.0.0.1:{port}");
    }
    text
}
