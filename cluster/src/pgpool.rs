use std::{fmt::Write, path::Path};

use crate::{ClusterError, Postgres, Program, Server, User, front::Front, port};

const PGPOOL: Program = Program {
    name: "pgpool",
    package: "pgpool2",
    elsewhere: &["/usr/sbin"],
};

/// A Pgpool-II in front of PostgreSQL that splits statements: reads to the slaves, the rest to the master. It ends when
/// this is dropped.
#[derive(Debug)]
pub struct PgPool(Front);

impl PgPool {
    /// Passes on to these servers, the master and its slaves; the master gets no reads that a slave can serve.
    pub async fn start(master: u16, slaves: &[u16]) -> Result<Self, ClusterError> {
        let front = Front::new("pgpool")?;
        let text = configuration(&front, port::free()?, master, slaves);
        let file = front.write("pgpool.conf", &text)?;
        // It wants one, of which nobody makes use here.
        let pcp = front.write("pcp.conf", "")?;
        let arguments = [
            Path::new("-n"),
            Path::new("-f"),
            &file,
            Path::new("-F"),
            &pcp,
        ];
        front.start(PGPOOL, &arguments).await?;
        Ok(Self(front))
    }

    /// A database of the servers, for the application's user.
    pub fn url(&self, database: &str) -> String {
        Postgres::url(self.0.port, User::Application, database)
    }

    /// The processes that it consists of.
    pub fn processes(&self) -> Vec<u32> {
        self.0.processes()
    }
}

/// As Debian ships it but for what it needs to be alone in its directory, and the weights.
fn configuration(front: &Front, pcp_port: u16, master: u16, slaves: &[u16]) -> String {
    let (port, directory) = (front.port, front.directory().display());
    let mut text = format!(
        "backend_clustering_mode = 'streaming_replication'\nload_balance_mode = on\n\
         listen_addresses = '127.0.0.1'\nport = {port}\nsocket_dir = '{directory}'\n\
         pcp_listen_addresses = '127.0.0.1'\npcp_port = {pcp_port}\npcp_socket_dir = '{directory}'\n\
         pid_file_name = '{directory}/pid'\nlogdir = '{directory}'\n\
         sr_check_user = 'postgres'\nfailover_on_backend_error = off\n"
    );
    for (number, port) in [&master].into_iter().chain(slaves).enumerate() {
        let weight = u8::from(number > 0);
        let _ = writeln!(
            text,
            "backend_hostname{number} = '127.0.0.1'\nbackend_port{number} = {port}\nbackend_weight{number} = {weight}"
        );
    }
    text
}
