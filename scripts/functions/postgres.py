#!/usr/bin/env python3
"""Prints src/classify/functions/postgres.rs from the catalogue of a running PostgreSQL.

    scripts/functions/postgres.py psql -h /tmp/socket -U postgres > src/classify/functions/postgres.rs

The arguments are the command that opens psql. Run it on a fresh cluster, so that only the server's own
functions are in pg_catalog. A function that is volatile in any of its forms is a write unless it is
listed here; what the catalogue calls immutable or stable is a read unless it is listed here.
"""

import re
import subprocess
import sys

from table import names, write

HEADER = """PostgreSQL's own functions, by effect.

Made by `scripts/functions/postgres.py` from `pg_proc` of PostgreSQL {version}, with the hand-written
additions of that script: do not edit."""

FUNCTIONS = """
SELECT proname, bool_or(provolatile = 'v') FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace GROUP BY proname
"""

# `type(value)` is a cast.
TYPES = """
SELECT typname FROM pg_type
WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm') AND typname !~ '^_'
"""

# Volatile only because each call gives another answer.
RANDOM_OR_CLOCK = names("""
    clock_timestamp gen_random_uuid random timeofday
""")

# They wait.
WAITS = names("pg_sleep pg_sleep_for pg_sleep_until")

# They look at what is replicated, and change nothing.
OBSERVES = names("""
    amvalidate current_query pg_collation_actual_version pg_database_collation_actual_version
    pg_database_size pg_get_multixact_members pg_indexes_size pg_jit_available pg_partition_ancestors
    pg_partition_tree pg_relation_size pg_stat_get_xact_function_calls pg_table_size pg_tablespace_size
    pg_total_relation_size pg_xact_commit_timestamp pg_xact_commit_timestamp_origin pg_xact_status
    txid_status
""")

# They tell of this server and not of its data: its connections, locks, statistics, files, settings. Each node
# answers otherwise, and what is done with the answer (`pg_terminate_backend`) is done on the master.
OF_SERVER = re.compile(
    "pg_is_in_recovery|pg_is_wal_replay_paused|pg_last_(wal|xact)_|pg_current_wal_|pg_get_replication_slots"
    "|pg_stat_(get|have|file)|pg_ls_|pg_control_|pg_show_|pg_read_|pg_backend_pid|pg_conf_load_time"
    "|pg_postmaster_start_time|inet_(server|client)_|current_setting|pg_lock_status|pg_prepared_xact|pg_blocking_pids"
    "|pg_safe_snapshot_|pg_isolation_test_|pg_notification_queue|pg_get_(backend_memory|shmem|wal_)|pg_get_aios"
    "|pg_hba_file|pg_ident_file|pg_current_logfile|pg_sequence_last_value|pg_last_committed|pg_numa_"
    "|pg_available_wal_summaries|pg_wal_summary_contents|pg_jit_available|pg_my_temp_schema"
)

# The grammar's own names: they look like calls, and no function can have their name.
GRAMMAR = names("""
    bigint bit boolean cast char character coalesce collation dec decimal exists extract float greatest
    grouping int integer interval json json_array json_arrayagg json_exists json_object json_objectagg
    json_query json_scalar json_serialize json_table json_value least merge_action national nchar
    normalize nullif numeric overlay position precision real row setof smallint substring time timestamp
    treat trim unnest values varchar xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces
    xmlparse xmlpi xmlroot xmlserialize xmltable current_time current_timestamp localtime localtimestamp
""")

# New in PostgreSQL 16 to 18, from their release notes; random ones among them are volatile only for
# the clock or for chance.
NEWER_READS = names("""
    any_value array_reverse array_sample array_shuffle array_sort casefold crc32 crc32c date_add
    date_subtract erf erfc gamma has_largeobject_privilege icu_unicode_version
    json_strip_nulls jsonb_path_exists_tz lgamma parse_ident pg_available_wal_summaries pg_basetype
    pg_column_toast_chunk_id pg_get_acl pg_input_error_info pg_input_is_valid pg_relation_is_publishable
    pg_split_walfile_name pg_get_aios pg_numa_available pg_stat_get_backend_subxact pg_stat_get_io pg_stat_get_checkpointer_num_timed
    pg_wal_summary_contents random_normal regexp_count regexp_instr
    regexp_like regexp_substr system_user to_bin to_oct to_regtypemod unicode_assigned unicode_version
    uuid_extract_timestamp uuid_extract_version uuidv4 uuidv7 xmltext
""")
NEWER_WRITES = names("""
    pg_clear_attribute_stats pg_clear_relation_stats pg_create_physical_replication_slot
    pg_log_standby_snapshot pg_restore_attribute_stats pg_restore_relation_stats
    pg_stat_reset_backend_stats pg_sync_replication_slots
""")

# Stable or immutable in the catalogue, and still not for a slave: they take a transaction number, or
# run the SQL text or the table that they are given, volatile functions in it included.
NEEDS_MASTER = names("""
    database_to_xml database_to_xml_and_xmlschema database_to_xmlschema pg_current_xact_id
    pg_get_replication_slots schema_to_xml schema_to_xml_and_xmlschema schema_to_xmlschema table_to_xml
    table_to_xml_and_xmlschema table_to_xmlschema txid_current
""")

# The connection's own state.
SESSION = names("""
    currval lastval pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all
    pg_advisory_unlock_shared pg_cursor pg_listening_channels pg_prepared_statement
    pg_replication_origin_session_is_setup pg_replication_origin_session_progress
    pg_replication_origin_session_reset pg_replication_origin_session_setup pg_stat_clear_snapshot
    pg_try_advisory_lock pg_try_advisory_lock_shared set_config setseed
""")


def query(psql, sql):
    done = subprocess.run([*psql, "-AtF", "|", "-c", sql], check=True, capture_output=True, text=True)
    return [line.split("|") for line in done.stdout.splitlines()]


def main(psql):
    harmless = RANDOM_OR_CLOCK | WAITS | OBSERVES
    reads = GRAMMAR | NEWER_READS | {name for (name,) in query(psql, TYPES)}
    writes = NEWER_WRITES | NEEDS_MASTER
    for name, volatile in query(psql, FUNCTIONS):
        if volatile == "t" and name not in harmless:
            writes.add(name)
        else:
            reads.add(name)
    server = {name for name in reads | writes if OF_SERVER.match(name)}
    ((version,),) = query(psql, "SHOW server_version")
    write(HEADER.format(version=version.split()[0]), reads, writes, SESSION, server)


if __name__ == "__main__":
    main(sys.argv[1:])
