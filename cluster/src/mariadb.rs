use std::{path::Path, process::Command};

use tokio::sync::OnceCell;

use crate::{
    Cluster, ClusterError, MySqlFamily, Program,
    mysql_family::{Template, Words},
    process,
};

const PACKAGE: &str = "mariadb-server-core";
const INSTALL: Program = Program {
    name: "mariadb-install-db",
    package: PACKAGE,
    elsewhere: &["/usr/bin", "/usr/local/bin"],
};

/// MariaDB's words.
#[derive(Debug)]
pub struct MariaDbWords;

/// A MariaDB server.
pub type MariaDb = MySqlFamily<MariaDbWords>;

static SHARED: OnceCell<Cluster<MariaDb>> = OnceCell::const_new();
static TEMPLATE: OnceCell<Template> = OnceCell::const_new();

impl Words for MariaDbWords {
    const NAME: &'static str = "MariaDB";

    const TEMPLATE: &'static str = "mariadb-template";
    const SERVER: Program = Program {
        name: "mariadbd",
        package: PACKAGE,
        elsewhere: &["/usr/sbin", "/usr/libexec", "/usr/local/sbin"],
    };

    /// Fast, since nothing here has to survive the machine; a killed server still keeps what it has acknowledged.
    const SETTINGS: &'static [&'static str] = &[
        "--bind-address=127.0.0.1",
        "--skip-name-resolve",
        // In the data directory.
        "--socket=socket",
        "--pid-file=pid",
        "--performance-schema=0",
        "--max-connections=100",
        "--table-open-cache=200",
        "--key-buffer-size=1M",
        "--aria-pagecache-buffer-size=1M",
        "--innodb-buffer-pool-size=16M",
        "--innodb-log-file-size=8M",
        "--innodb-flush-log-at-trx-commit=2",
        "--innodb-doublewrite=0",
        "--innodb-use-native-aio=0",
        "--innodb-buffer-pool-load-at-startup=0",
        "--innodb-buffer-pool-dump-at-shutdown=0",
        "--sync-binlog=0",
        "--log-bin=binlog",
        "--binlog-format=ROW",
        "--log-slave-updates=1",
        // Lets the application make functions.
        "--log-bin-trust-function-creators=1",
        "--gtid-domain-id=0",
        "--gtid-strict-mode=1",
        "--relay-log=relay",
        "--log-output=TABLE",
    ];

    /// While a data directory is made, privileges are off until they are read.
    const PREPARE: &'static str = "
CREATE DATABASE app;
FLUSH PRIVILEGES;
CREATE USER app@'127.0.0.1' IDENTIFIED BY 'app';
GRANT ALL PRIVILEGES ON app.* TO app@'127.0.0.1';
CREATE USER admin@'127.0.0.1' IDENTIFIED BY 'admin';
GRANT ALL PRIVILEGES ON *.* TO admin@'127.0.0.1' WITH GRANT OPTION;
";

    const COUNT_CONNECTIONS: &'static str =
        "SELECT count(*) FROM information_schema.processlist WHERE user = 'app'";
    const APPLICATION: &'static str = "app:app";
    const ADMIN: &'static str = "admin:admin";
    const SLAVE: &'static str = "SLAVE";
    const FROM: &'static str = "Master_Port";
    const RECEIVING: &'static str = "Slave_IO_Running";
    const REPLAYING: &'static str = "Slave_SQL_Running";
    const RECEIVED: &'static str = "Gtid_IO_Pos";
    const POSITION: &'static str = "SELECT @@GLOBAL.gtid_binlog_pos";

    fn has_reached(position: &str) -> String {
        format!("SELECT MASTER_GTID_WAIT('{position}', 0) = 0")
    }

    fn replicate_from(port: u16) -> String {
        format!(
            "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = {port}, MASTER_USER = 'admin',
             MASTER_PASSWORD = 'admin', MASTER_SSL = 0, MASTER_CONNECT_RETRY = 1, MASTER_USE_GTID = slave_pos"
        )
    }

    fn initialise(directory: &Path, data: &Path, script: &Path) -> Result<Command, ClusterError> {
        let mut install = process::command(&INSTALL.find()?, directory)?;
        install.args(["--no-defaults", "--skip-test-db", "--skip-name-resolve"]);
        install.args([
            "--auth-root-authentication-method=normal",
            "--innodb-log-file-size=8M",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-doublewrite=0",
        ]);
        install.arg(format!("--datadir={}", data.display()));
        install.arg(format!("--extra-file={}", script.display()));
        Ok(install)
    }

    fn shared() -> &'static OnceCell<Cluster<MariaDb>> {
        &SHARED
    }

    fn template() -> &'static OnceCell<Template> {
        &TEMPLATE
    }
}
