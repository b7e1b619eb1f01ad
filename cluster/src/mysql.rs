use std::{path::Path, process::Command};

use tokio::sync::OnceCell;

use crate::{
    Cluster, ClusterError, MySqlFamily, Program,
    mysql_family::{Template, Words},
    process,
};

/// MySQL's words.
#[derive(Debug)]
pub struct MySqlWords;

/// A MySQL server.
pub type MySql = MySqlFamily<MySqlWords>;

static SHARED: OnceCell<Cluster<MySql>> = OnceCell::const_new();
static TEMPLATE: OnceCell<Template> = OnceCell::const_new();

impl Words for MySqlWords {
    const NAME: &'static str = "MySQL";

    const TEMPLATE: &'static str = "mysql-template";

    /// Where `tests/install` unpacks it: no release of Debian has it.
    const SERVER: Program = Program {
        name: "sea-orm-routing-mysqld",
        package: "mysql-server-core",
        elsewhere: &["/opt/sea-orm-routing/mysql"],
    };

    /// As MariaDB's: fast, and what is acknowledged survives a killed server.
    const SETTINGS: &'static [&'static str] = &[
        "--bind-address=127.0.0.1",
        "--skip-name-resolve",
        // In the data directory.
        "--socket=socket",
        "--pid-file=pid",
        "--mysqlx=0",
        "--secure-file-priv=NULL",
        "--max-connections=100",
        "--table-open-cache=200",
        "--table-definition-cache=400",
        "--key-buffer-size=1M",
        "--innodb-buffer-pool-size=16M",
        "--innodb-redo-log-capacity=16M",
        "--innodb-flush-log-at-trx-commit=2",
        "--innodb-doublewrite=0",
        "--innodb-use-native-aio=0",
        "--innodb-buffer-pool-load-at-startup=0",
        "--innodb-buffer-pool-dump-at-shutdown=0",
        "--sync-binlog=0",
        "--log-bin=binlog",
        // Lets the application make functions.
        "--log-bin-trust-function-creators=1",
        "--gtid-mode=ON",
        "--enforce-gtid-consistency=ON",
        "--relay-log=relay",
        // A killed slave asks for what it may have received in part.
        "--relay-log-recovery=1",
        "--log-output=TABLE",
    ];

    /// Accounts without a password, whom the server lets in without the encryption that its plugin wants for one:
    /// <https://dev.mysql.com/doc/refman/8.4/en/caching-sha2-pluggable-authentication.html>.
    const PREPARE: &'static str = "\
CREATE DATABASE app;
CREATE USER app@'127.0.0.1';
GRANT ALL PRIVILEGES ON app.* TO app@'127.0.0.1';
GRANT SELECT ON performance_schema.replication_connection_status TO app@'127.0.0.1';
CREATE USER admin@'127.0.0.1';
GRANT ALL PRIVILEGES ON *.* TO admin@'127.0.0.1' WITH GRANT OPTION;
";

    const COUNT_CONNECTIONS: &'static str =
        "SELECT count(*) FROM performance_schema.processlist WHERE user = 'app'";
    const APPLICATION: &'static str = "app";
    const ADMIN: &'static str = "admin";
    const SLAVE: &'static str = "REPLICA";
    const FROM: &'static str = "Source_Port";
    const RECEIVING: &'static str = "Replica_IO_Running";
    const REPLAYING: &'static str = "Replica_SQL_Running";
    const RECEIVED: &'static str = "Retrieved_Gtid_Set";
    const POSITION: &'static str = "SELECT @@GLOBAL.gtid_executed";

    fn has_reached(position: &str) -> String {
        format!("SELECT GTID_SUBSET('{position}', @@GLOBAL.gtid_executed)")
    }

    fn replicate_from(port: u16) -> String {
        format!(
            "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = {port}, SOURCE_USER = 'admin',
             SOURCE_SSL = 0, SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 86400, SOURCE_AUTO_POSITION = 1"
        )
    }

    fn initialise(directory: &Path, data: &Path, script: &Path) -> Result<Command, ClusterError> {
        let mut initialise = process::command(&Self::SERVER.find()?, directory)?;
        // Without a binlog: what the nodes have in common is in no history.
        initialise.args(["--no-defaults", "--initialize-insecure", "--skip-log-bin"]);
        initialise.args([
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-doublewrite=0",
            "--innodb-redo-log-capacity=16M",
        ]);
        initialise.arg(format!("--datadir={}", data.display()));
        initialise.arg(format!("--init-file={}", script.display()));
        Ok(initialise)
    }

    fn shared() -> &'static OnceCell<Cluster<MySql>> {
        &SHARED
    }

    fn template() -> &'static OnceCell<Template> {
        &TEMPLATE
    }
}
