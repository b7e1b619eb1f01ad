#!/usr/bin/env python3
"""Prints src/classify/functions/mysql.rs from the tables of a running MariaDB.

    scripts/functions/mysql.py mariadb -u root -S /tmp/socket > src/classify/functions/mysql.rs

The arguments are the command that opens the client. The server needs a database `test`: without it, names that
it doesn't know would be taken for its own. MariaDB lists its functions in
information_schema.sql_functions (10.6 and later) and in the topics of its help, which tell of other
versions too: of those, and of the geometry functions that neither has, the ones count that the server
itself knows. What newer versions and MySQL add is listed here, from the "Built-In Function and Operator
Reference" of MySQL's manual, 8.0 to 9, and the release notes of MariaDB 11 and 12.
"""

import re
import subprocess
import sys

from table import names, write

HEADER = """The functions of MySQL and MariaDB, by effect.

Made by `scripts/functions/mysql.py` from MariaDB {version}, with MySQL's own from that script: do not
edit."""

LISTED = "SELECT LOWER(function) FROM information_schema.sql_functions"

HELP = """
SELECT LOWER(t.name) FROM mysql.help_topic t JOIN mysql.help_category c USING (help_category_id)
WHERE c.name LIKE '%function%' OR c.name LIKE '%properties' OR c.name LIKE '%relations'
   OR c.name LIKE '%constructors' OR c.name IN ('WKT', 'WKB', 'Miscellaneous Functions')
"""

# Words of the grammar that take arguments like a function, and types with a length.
GRAMMAR = names("""
    ascii avg bigint binary cast char character charset coalesce collation contains convert count
    current_date current_role current_time current_timestamp current_user database date datetime day dec
    decimal default double exists extract float format geometrycollection get_format group_concat hour if
    insert int integer interval json_table json_arrayagg json_objectagg least left localtime localtimestamp
    match against max mid min minute mod month now numeric old_password password position quarter real
    repeat replace reverse right row row_number schema second smallint substr substring sum sysdate time
    timestamp timestampadd timestampdiff tinyint mediumint trim truncate user utc_date utc_time
    utc_timestamp value values varbinary varchar variance week weight_string year
    first_value last_value nth_value ntile lag lead cume_dist dense_rank percent_rank rank
    adddate bit_and bit_or bit_xor curdate curtime date_add date_sub std stddev stddev_pop stddev_samp
    subdate session_user system_user var_pop var_samp median percentile_cont percentile_disc
    column_add column_check column_create column_delete column_exists column_get column_json column_list
    day_hour day_microsecond day_minute day_second hour_microsecond hour_minute hour_second
    minute_microsecond minute_second second_microsecond year_month
    lengthb crc32c linestring multilinestring multipoint multipolygon point polygon
""")

# In newer versions of MariaDB.
MARIADB_READS = names("""
    format_pico_time json_array_intersect json_key_value json_object_filter_keys json_object_to_array
    json_schema_valid kdf natural_sort_key sys_guid uuid_v4 uuid_v7 vec_distance vec_distance_cosine
    vec_distance_euclidean vec_fromtext vec_totext
""")

# In MySQL and not in MariaDB.
MYSQL_READS = names("""
    any_value bin_to_uuid can_access_column can_access_database can_access_table can_access_user
    can_access_view format_bytes format_pico_time geomcollection get_dd_column_privileges grouping
    icu_version is_uuid json_key_value json_object_filter_keys json_schema_valid
    json_schema_validation_report json_storage_free json_storage_size mbrcontains mbrcoveredby mbrcovers
    mbrdisjoint mbrequal mbrequals mbrintersects mbroverlaps mbrtouches mbrwithin ps_current_thread_id
    ps_thread_id regexp_like roles_graphml st_buffer_strategy st_collect st_distance_sphere
    st_frechetdistance st_geohash st_hausdorffdistance st_interiorringn st_isvalid st_latfromgeohash
    st_latitude st_lineinterpolatepoint st_lineinterpolatepoints st_longfromgeohash st_longitude
    st_makeenvelope st_pointatdistance st_pointfromgeohash st_simplify st_swapxy st_transform st_validate
    statement_digest statement_digest_text string_to_vector uuid_to_bin validate_password_strength
    vector_dim vector_to_string
    st_asgeojson st_asgml st_collectionextract st_geomcollfromtext st_geomcollfromwkb
    st_geometrycollectionfromtext st_geometrycollectionfromwkb st_geomfromgeojson st_mlinefromtext
    st_mlinefromwkb st_mpointfromtext st_mpointfromwkb st_mpolyfromtext st_mpolyfromwkb
    st_multilinestringfromtext st_multilinestringfromwkb st_multipointfromtext st_multipointfromwkb
    st_multipolygonfromtext st_multipolygonfromwkb
    distance etag from_vector gtid_subset gtid_subtract to_vector
""")

# MariaDB's geometry functions, which its tables leave out.
GEOMETRY = names("""
    area asbinary astext aswkb aswkt boundary buffer centroid convexhull crosses dimension disjoint
    endpoint envelope equals exteriorring geomcollfromtext geomcollfromwkb geometrycollectionfromtext
    geometrycollectionfromwkb geometryfromtext geometryfromwkb geometryn geometrytype geomfromtext
    geomfromwkb glength interiorringn intersects isclosed isempty isring issimple linefromtext
    linefromwkb linestring linestringfromtext linestringfromwkb mlinefromtext mlinefromwkb mpointfromtext
    mpointfromwkb mpolyfromtext mpolyfromwkb multilinestring multilinestringfromtext
    multilinestringfromwkb multipoint multipointfromtext multipointfromwkb multipolygon
    multipolygonfromtext multipolygonfromwkb numgeometries numinteriorrings numpoints overlaps point
    pointfromtext pointfromwkb pointn pointonsurface polyfromtext polyfromwkb polygon polygonfromtext
    polygonfromwkb srid startpoint touches within x y mbr_contains
    st_area st_asbinary st_astext st_aswkb st_aswkt st_boundary st_buffer st_centroid st_contains
    st_convexhull st_crosses st_difference st_dimension st_disjoint st_distance st_endpoint st_envelope
    st_equals st_exteriorring st_geometryfromtext st_geometryfromwkb st_geometryn st_geometrytype
    st_geomfromtext st_geomfromwkb st_intersection st_intersects st_isclosed st_isempty st_isring
    st_issimple st_length st_linefromtext st_linefromwkb st_linestringfromtext st_linestringfromwkb
    st_numgeometries st_numinteriorrings st_numinteriorring st_numpoints st_overlaps st_pointfromtext
    st_pointfromwkb st_pointn st_pointonsurface st_polyfromtext st_polyfromwkb st_polygonfromtext
    st_polygonfromwkb st_relate st_srid st_startpoint st_symdifference st_touches st_union st_within st_x
    st_y
""")

# They act on the server, wait for replication, read the node's own files or take numbers from a
# sequence.
WRITES = names("""
    asynchronous_connection_failover_add_managed asynchronous_connection_failover_add_source
    asynchronous_connection_failover_delete_managed asynchronous_connection_failover_delete_source
    asynchronous_connection_failover_reset audit_log_encryption_password_set audit_log_filter_flush
    audit_log_filter_remove_filter audit_log_filter_remove_user audit_log_filter_set_filter
    audit_log_filter_set_user audit_log_rotate gen_blocklist gen_dictionary
    gen_dictionary_drop gen_dictionary_load group_replication_disable_member_action
    group_replication_enable_member_action group_replication_reset_member_actions
    group_replication_set_as_primary group_replication_set_communication_protocol
    group_replication_set_write_concurrency group_replication_switch_to_multi_primary_mode
    group_replication_switch_to_single_primary_mode keyring_key_generate keyring_key_remove
    keyring_key_store load_file master_gtid_wait master_pos_wait mysql_firewall_flush_status nextval
    setval source_pos_wait version_tokens_delete version_tokens_edit version_tokens_set
    wait_for_executed_gtid_set wait_until_sql_thread_after_gtids wsrep_last_seen_gtid
    wsrep_last_written_gtid wsrep_sync_wait_upto_gtid
""")

# They tell of this server and not of its data: what is done with the answer (`KILL`) is done on the master.
OF_SERVER = names("""
    binlog_gtid_pos connection_id ps_current_thread_id ps_thread_id
""")

# The connection's own state: what its last statement did, and its locks.
SESSION = names("""
    found_rows get_lock is_free_lock is_used_lock last_insert_id lastval release_all_locks release_lock
    row_count version_tokens_lock_exclusive version_tokens_lock_shared version_tokens_unlock
    service_get_read_locks service_get_write_locks service_release_locks
""")


# The server's answer to a call of a function that it does not have.
DOES_NOT_EXIST = 1305


def query(client, sql):
    done = subprocess.run([*client, "-Nre", sql], check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def known(client, candidates):
    """Those of the names that are the server's own: others are looked for as stored functions."""
    calls = "".join(f"SELECT 'call of {name}'; SELECT {name}();\n" for name in sorted(candidates))
    done = subprocess.run([*client, "-f", "test"], input=calls, capture_output=True, text=True)
    missing = re.findall(rf"ERROR {DOES_NOT_EXIST} .* FUNCTION test\.(\w+) does not exist", done.stderr)
    return candidates - {name.lower() for name in missing}


def main(client):
    topics = {re.sub(r"(\\| (function|operator)$)", "", name) for name in query(client, HELP)}
    topics = {name for name in topics if re.fullmatch(r"[a-z_][a-z0-9_]*", name)}
    # Operators, and titles of articles.
    topics -= names("like rlike regexp xor div is in not interval and or between binary parentheses")
    listed = set(query(client, LISTED))
    reads = listed | known(client, topics | GEOMETRY) | GRAMMAR | MARIADB_READS | MYSQL_READS
    (version,) = query(client, "SELECT VERSION()")
    write(HEADER.format(version=version.split("-")[0]), reads, WRITES, SESSION, OF_SERVER)


if __name__ == "__main__":
    main(sys.argv[1:])
