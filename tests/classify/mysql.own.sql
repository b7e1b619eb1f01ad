# What a MySQL or MariaDB server answers for itself; one of the two may know no such thing.
# Its connections, locks and statistics
SHOW PROCESSLIST

SHOW FULL PROCESSLIST

SELECT CONNECTION_ID()

SELECT connection_id() FROM cake

SELECT * FROM information_schema.processlist

SELECT * FROM INFORMATION_SCHEMA.PROCESSLIST

SELECT * FROM `information_schema`.`PROCESSLIST`

SELECT * FROM information_schema.innodb_trx

SELECT * FROM information_schema.INNODB_METRICS

SELECT * FROM information_schema.innodb_buffer_page

SELECT * FROM information_schema.innodb_lock_waits

SELECT * FROM information_schema.global_status

SELECT * FROM information_schema.session_status

SELECT * FROM information_schema.global_variables

SELECT * FROM information_schema.system_variables

SELECT * FROM information_schema.profiling

SELECT * FROM information_schema.user_statistics

SELECT * FROM information_schema.plugins

SELECT * FROM information_schema.all_plugins

SELECT * FROM information_schema.engines

SELECT * FROM information_schema.optimizer_costs

SELECT * FROM information_schema.key_caches

SELECT * FROM information_schema.disks

SELECT * FROM performance_schema.metadata_locks

SELECT * FROM performance_schema.threads

SELECT * FROM performance_schema.replication_group_members

SELECT * FROM performance_schema.replication_connection_status

SELECT * FROM performance_schema.global_variables

SELECT * FROM sys.processlist

SELECT * FROM sys.session

SELECT * FROM mysql.slave_master_info

SELECT * FROM mysql.slave_relay_log_info

SELECT * FROM mysql.gtid_executed

SELECT * FROM mysql.gtid_slave_pos

SELECT * FROM mysql.general_log

SELECT * FROM mysql.slow_log

SELECT * FROM mysql.innodb_table_stats

SHOW ENGINE INNODB STATUS

SHOW ENGINE PERFORMANCE_SCHEMA STATUS

SHOW ENGINES

SHOW STORAGE ENGINES

SHOW STATUS

SHOW GLOBAL STATUS LIKE 'Uptime'

SHOW SESSION STATUS

SHOW LOCAL STATUS

SHOW VARIABLES LIKE 'hostname'

SHOW GLOBAL VARIABLES

SHOW OPEN TABLES

SHOW PLUGINS

SHOW PLUGINS SONAME 'x'

# Its role and its log
SHOW SLAVE STATUS

SHOW ALL SLAVES STATUS

SHOW ALL REPLICAS STATUS

SHOW REPLICA STATUS

SHOW MASTER STATUS

SHOW BINLOG STATUS

SHOW BINARY LOG STATUS

SHOW MASTER LOGS

SHOW BINARY LOGS

SHOW BINLOG EVENTS

SHOW RELAYLOG EVENTS

SHOW SLAVE HOSTS

SHOW REPLICA HOSTS

SHOW REPLICAS

SELECT @@read_only, @@super_read_only

SELECT @@global.read_only

SELECT @@GLOBAL.gtid_executed

SELECT @@session.gtid_next

SELECT @@gtid_current_pos, @@gtid_slave_pos, @@gtid_binlog_pos

SELECT @@last_gtid

SELECT @@in_transaction

# Its address, start and settings
SELECT @@hostname, @@port, @@server_id, @@server_uuid

SELECT @@version, @@version_comment

SELECT @@`hostname`

SELECT @@global.`hostname`

SELECT @@session.`sql_mode`

SELECT @@ hostname

SELECT @@max_connections FROM cake

# Around other words
SELECT (SELECT count(*) FROM information_schema.processlist) FROM cake

WITH a AS (SELECT * FROM performance_schema.threads) SELECT * FROM a

SELECT 1 UNION SELECT connection_id()

SELECT * FROM cake WHERE id = connection_id()

EXPLAIN SELECT connection_id()

SELECT 1 /*! , connection_id() */
