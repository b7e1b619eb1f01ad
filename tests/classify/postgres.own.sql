# What a PostgreSQL server answers for itself.
# Its connections, locks and statistics
SELECT pg_backend_pid()

SELECT pid FROM pg_stat_activity

TABLE pg_stat_activity

SELECT * FROM PG_LOCKS

SELECT * FROM pg_catalog."pg_locks"

SELECT * FROM U&"pg\005Flocks"

SELECT * FROM pg_lock_status()

SELECT pg_blocking_pids(pg_backend_pid())

SELECT pg_safe_snapshot_blocking_pids(1)

SELECT pg_stat_get_activity(NULL)

SELECT * FROM pg_stat_replication

SELECT * FROM pg_stat_wal_receiver

SELECT * FROM pg_stat_get_wal_receiver()

SELECT * FROM pg_stat_get_wal_senders()

SELECT * FROM pg_replication_slots

SELECT * FROM pg_get_replication_slots()

SELECT * FROM pg_replication_origin_status

SELECT * FROM pg_stat_subscription

SELECT * FROM pg_stat_user_tables

SELECT * FROM pg_stat_database WHERE datname = current_database()

SELECT * FROM pg_stat_bgwriter

SELECT * FROM pg_stat_wal

SELECT * FROM pg_stat_archiver

SELECT * FROM pg_stat_ssl

SELECT * FROM pg_statio_user_tables

SELECT * FROM pg_stat_progress_vacuum

SELECT * FROM pg_stat_xact_user_tables

SELECT pg_stat_get_live_tuples('cake'::regclass)

SELECT pg_stat_get_db_numbackends(1)

SELECT pg_stat_get_backend_pid(1)

SELECT * FROM pg_prepared_xacts

SELECT * FROM pg_prepared_xact()

SELECT * FROM pg_prepared_statements

SELECT * FROM pg_cursors

SELECT * FROM pg_backend_memory_contexts

SELECT * FROM pg_shmem_allocations

SELECT pg_notification_queue_usage()

SELECT pg_my_temp_schema()

# Its role and its log
SELECT pg_is_in_recovery()

SELECT pg_last_wal_replay_lsn(), pg_last_wal_receive_lsn()

SELECT pg_last_xact_replay_timestamp()

SELECT pg_is_wal_replay_paused()

SELECT pg_get_wal_replay_pause_state()

SELECT * FROM pg_control_system()

SELECT * FROM pg_control_checkpoint()

SELECT * FROM pg_control_recovery()

SELECT * FROM pg_control_init()

SELECT * FROM pg_ls_waldir()

SELECT * FROM pg_ls_logdir()

SELECT * FROM pg_ls_tmpdir()

SELECT * FROM pg_ls_archive_statusdir()

SELECT * FROM pg_ls_dir('.')

SELECT pg_read_file('postmaster.pid')

SELECT pg_read_binary_file('postmaster.pid')

SELECT * FROM pg_stat_file('postmaster.pid')

SELECT pg_current_logfile()

# Its address, start and settings
SELECT inet_server_addr(), inet_server_port()

SELECT inet_client_addr(), inet_client_port()

SELECT pg_postmaster_start_time()

SELECT pg_conf_load_time()

SHOW transaction_read_only

SHOW in_hot_standby

SHOW server_version

SHOW ALL

SHOW TRANSACTION ISOLATION LEVEL

SELECT current_setting('in_hot_standby')

SELECT pg_catalog.current_setting('port', true)

SELECT * FROM pg_settings

SELECT * FROM pg_show_all_settings()

SELECT * FROM pg_file_settings

SELECT * FROM pg_show_all_file_settings()

SELECT * FROM pg_hba_file_rules

SELECT * FROM pg_hba_file_rules()

SELECT * FROM pg_ident_file_mappings

SELECT pg_jit_available()

# Around other words
SELECT (SELECT count(*) FROM pg_stat_activity), 1 FROM cake

SELECT * FROM cake, LATERAL (SELECT pg_backend_pid()) x

WITH a AS (SELECT * FROM pg_locks) SELECT * FROM a

SELECT 1 UNION ALL SELECT pid FROM pg_stat_activity

EXPLAIN (ANALYZE) SELECT * FROM pg_stat_activity

COPY (SELECT * FROM pg_stat_activity) TO STDOUT

/* x */ SHOW transaction_read_only
