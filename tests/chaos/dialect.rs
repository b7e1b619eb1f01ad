use super::scene::SOON;
use test_cluster::{
    Admin, Cluster, ClusterError, MariaDb, MySql, Postgres, Server, Sessions, until,
};

/// What differs between the servers in the scenarios.
pub(crate) trait Dialect: Sessions {
    /// A function `shelf()` that reads, and fails as of a full disk on `slave-1` while the table `disk` says so.
    const SHELF: &'static str;

    /// A function `nap()` that reads, and sleeps for 100 ms on `slave-1` while the table `disk` says so.
    const NAP: &'static str;

    /// From here on the master acknowledges nothing that `slave-1` has not received.
    fn synchronise(cluster: &Cluster<Self>) -> impl Future<Output = Result<(), ClusterError>>;

    /// Whether positions tell which of two masters is the newer one.
    const HAS_TIMELINES: bool;

    /// How `retire` does it.
    const RETIREMENT: &'static str;

    /// Ends the master's writes, and waits until `slave-1` has them all.
    fn retire(cluster: &Cluster<Self>) -> impl Future<Output = Result<(), ClusterError>>;
}

impl Dialect for Postgres {
    const SHELF: &'static str = "CREATE FUNCTION shelf() RETURNS int LANGUAGE plpgsql STABLE AS $$
        BEGIN
            IF current_setting('cluster_name') = 'slave-1' AND EXISTS (SELECT 1 FROM disk) THEN
                RAISE EXCEPTION 'disk full' USING ERRCODE = '53100';
            END IF;
            RETURN 1;
        END $$";

    const NAP: &'static str = "CREATE FUNCTION nap() RETURNS int LANGUAGE plpgsql STABLE AS $$
        BEGIN
            IF current_setting('cluster_name') = 'slave-1' AND EXISTS (SELECT 1 FROM disk) THEN
                PERFORM pg_sleep(0.1);
            END IF;
            RETURN 1;
        END $$";

    async fn synchronise(cluster: &Cluster<Self>) -> Result<(), ClusterError> {
        let admin = cluster.master().admin().await?;
        // The slave's `cluster_name` is the name under which it receives.
        let names = "ALTER SYSTEM SET synchronous_standby_names = '\"slave-1\"'";
        execute(&admin, &[names, "SELECT pg_reload_conf()"]).await?;
        until("synchronous replication", SOON, || async {
            let sync = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
            Ok(admin.is_true(sync).await?.then_some(()))
        })
        .await?;
        admin.close().await
    }

    const HAS_TIMELINES: bool = true;

    const RETIREMENT: &'static str = "a clean stop sends the slaves what they lack";

    async fn retire(cluster: &Cluster<Self>) -> Result<(), ClusterError> {
        cluster.master().stop().await
    }
}

impl Dialect for MariaDb {
    const SHELF: &'static str = MY_SHELF;
    const NAP: &'static str = MY_NAP;

    async fn synchronise(cluster: &Cluster<Self>) -> Result<(), ClusterError> {
        let slave = cluster.slave(1).admin().await?;
        let receiver = [
            "SET GLOBAL rpl_semi_sync_slave_enabled = 1",
            "STOP SLAVE IO_THREAD",
            "START SLAVE IO_THREAD",
        ];
        execute(&slave, &receiver).await?;
        slave.close().await?;
        let master = cluster.master().admin().await?;
        let sender = [
            "SET GLOBAL rpl_semi_sync_master_timeout = 60000",
            "SET GLOBAL rpl_semi_sync_master_wait_point = 'AFTER_SYNC'",
            "SET GLOBAL rpl_semi_sync_master_enabled = 1",
        ];
        execute(&master, &sender).await?;
        until("semi-synchronous replication", SOON, || async {
            let clients = "SELECT count(*) FROM information_schema.global_status \
                           WHERE variable_name = 'RPL_SEMI_SYNC_MASTER_CLIENTS' AND variable_value = 1";
            Ok(master.is_true(clients).await?.then_some(()))
        })
        .await?;
        master.close().await
    }

    const HAS_TIMELINES: bool = false;

    const RETIREMENT: &'static str = MY_RETIREMENT;

    async fn retire(cluster: &Cluster<Self>) -> Result<(), ClusterError> {
        make_read_only(cluster).await
    }
}

impl Dialect for MySql {
    const SHELF: &'static str = MY_SHELF;
    const NAP: &'static str = MY_NAP;

    async fn synchronise(cluster: &Cluster<Self>) -> Result<(), ClusterError> {
        let master = cluster.master().admin().await?;
        let plugin = "INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so'";
        master.execute(plugin).await?;
        // It looks whether its master has the plugin when it connects.
        let slave = cluster.slave(1).admin().await?;
        let receiver = [
            "INSTALL PLUGIN rpl_semi_sync_replica SONAME 'semisync_replica.so'",
            "SET GLOBAL rpl_semi_sync_replica_enabled = 1",
            "STOP REPLICA IO_THREAD",
            "START REPLICA IO_THREAD",
        ];
        execute(&slave, &receiver).await?;
        slave.close().await?;
        let sender = [
            "SET GLOBAL rpl_semi_sync_source_timeout = 60000",
            "SET GLOBAL rpl_semi_sync_source_enabled = 1",
        ];
        execute(&master, &sender).await?;
        until("semi-synchronous replication", SOON, || async {
            let clients = "SELECT count(*) FROM performance_schema.global_status \
                           WHERE variable_name = 'Rpl_semi_sync_source_clients' AND variable_value = 1";
            Ok(master.is_true(clients).await?.then_some(()))
        })
        .await?;
        master.close().await
    }

    const HAS_TIMELINES: bool = false;

    const RETIREMENT: &'static str = MY_RETIREMENT;

    async fn retire(cluster: &Cluster<Self>) -> Result<(), ClusterError> {
        make_read_only(cluster).await
    }
}

const MY_SHELF: &str = "CREATE FUNCTION shelf() RETURNS int READS SQL DATA
        BEGIN
            IF @@server_id = 12 AND EXISTS (SELECT 1 FROM disk) THEN
                SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1021, MESSAGE_TEXT = 'disk full';
            END IF;
            RETURN 1;
        END";

const MY_NAP: &str = "CREATE FUNCTION nap() RETURNS int READS SQL DATA
        BEGIN
            IF @@server_id = 12 AND EXISTS (SELECT 1 FROM disk) THEN
                DO SLEEP(0.1);
            END IF;
            RETURN 1;
        END";

const MY_RETIREMENT: &str = "`read_only`, then the slave catches up";

async fn make_read_only<S: Server>(cluster: &Cluster<S>) -> Result<(), ClusterError> {
    let master = cluster.master();
    let admin = master.admin().await?;
    admin.execute("SET GLOBAL read_only = 1").await?;
    admin.close().await?;
    cluster.slave(1).wait_until_caught_up(master, SOON).await
}

async fn execute(admin: &Admin, statements: &[&str]) -> Result<(), ClusterError> {
    for statement in statements {
        admin.execute(statement).await?;
    }
    Ok(())
}
