use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use crate::{ClusterError, Postgres, Program, Server, User, front::Front};

/// Whose PgBouncer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// Debian's stable release: PgBouncer 1.18, which knows nothing of prepared statements.
    Stable,
    /// Debian's sid: a PgBouncer of at least 1.21, which knows them in transaction mode.
    Sid,
}

impl Release {
    fn program(self) -> Program {
        match self {
            Self::Stable => Program {
                name: "pgbouncer",
                package: "pgbouncer",
                elsewhere: &["/usr/sbin"],
            },
            Self::Sid => Program {
                name: "sea-orm-routing-pgbouncer",
                package: "pgbouncer of sid",
                elsewhere: &["/opt/sea-orm-routing/pgbouncer"],
            },
        }
    }
}

/// How long a client has a server connection to itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolMode {
    /// As long as it is connected; what it has set is reset afterwards.
    Session,
    /// For a transaction; nothing is reset.
    Transaction,
}

/// A PgBouncer in front of PostgreSQL, with few server connections. It ends when this is dropped.
#[derive(Debug)]
pub struct PgBouncer {
    front: Front,
    release: Release,
    file: PathBuf,
}

impl PgBouncer {
    /// `databases` are the names that clients ask for, with the ports and the databases that they stand for;
    /// `settings` more lines of its `pgbouncer.ini`.
    pub async fn start(
        release: Release,
        mode: PoolMode,
        databases: &[(&str, u16, &str)],
        settings: &str,
    ) -> Result<Self, ClusterError> {
        let front = Front::new("pgbouncer")?;
        let users = front.write("users", "\"app\" \"app\"\n")?;
        let text = configuration(front.port, mode, databases, &users, settings);
        let file = front.write("pgbouncer.ini", &text)?;
        front.start(release.program(), &[&file]).await?;
        Ok(Self {
            front,
            release,
            file,
        })
    }

    /// Ends every connection through it, is gone for a moment, and comes back.
    pub async fn restart(&self) -> Result<(), ClusterError> {
        self.front
            .restart(self.release.program(), &[&self.file])
            .await
    }

    /// One of its databases, for the application's user.
    pub fn url(&self, database: &str) -> String {
        Postgres::url(self.front.port, User::Application, database)
    }

    /// The processes that it consists of.
    pub fn processes(&self) -> Vec<u32> {
        self.front.processes()
    }
}

/// `extra_float_digits` is in every start-up packet of sqlx, and PgBouncer would refuse it.
fn configuration(
    port: u16,
    mode: PoolMode,
    databases: &[(&str, u16, &str)],
    users: &Path,
    settings: &str,
) -> String {
    let mut text = "[databases]\n".to_owned();
    for (name, port, database) in databases {
        let _ = writeln!(
            text,
            "{name} = host=127.0.0.1 port={port} dbname={database}"
        );
    }
    // Few, so that clients meet on them, unless each client needs one.
    let (mode, sessions) = match mode {
        PoolMode::Session => ("session", 30),
        PoolMode::Transaction => ("transaction", 4),
    };
    let users = users.display();
    let _ = writeln!(
        text,
        "[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\npool_mode = {mode}\n\
         auth_type = trust\nauth_file = {users}\nignore_startup_parameters = extra_float_digits\n\
         default_pool_size = {sessions}\nserver_login_retry = 0.2\n{settings}"
    );
    text
}
