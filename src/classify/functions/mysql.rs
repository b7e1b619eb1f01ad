//! MySQL and MariaDB: generated.

use super::builtin::Tables;

pub(super) static TABLES: Tables = Tables {
    reads: READS,
    writes: WRITES,
    session: SESSION,
};

/// No effect.
#[rustfmt::skip]
const READS: &[&str] = &[
    "abs", "acos", "add_months", "adddate", "addtime", "aes_decrypt", "aes_encrypt", "against",
    "any_value", "ascii", "asin", "atan", "atan2", "bigint", "bin", "bin_to_uuid", "binary",
    "binlog_gtid_pos", "bit_and", "bit_count", "bit_length", "bit_or", "bit_xor", "cast", "ceil",
    "ceiling", "char", "char_length", "character", "character_length", "charset", "chr", "coalesce",
    "coercibility", "collation", "column_check", "column_exists", "column_json", "column_list",
    "compress", "concat", "concat_operator_oracle", "concat_ws", "connection_id", "contains", "conv",
    "convert", "convert_tz", "cos", "cot", "count", "crc32", "crc32c", "crosses", "cume_dist",
    "curdate", "current_date", "current_role", "current_time", "current_timestamp", "current_user",
    "curtime", "database", "date", "date_add", "date_format", "date_sub", "datediff", "day", "dayname",
    "dayofmonth", "dayofweek", "dayofyear", "dec", "decimal", "decode", "decode_histogram",
    "decode_oracle", "default", "degrees", "dense_rank", "disjoint", "double", "elt", "encode",
    "encrypt", "equals", "exp", "export_set", "extract", "extractvalue", "field", "find_in_set",
    "first_value", "float", "floor", "format", "format_bytes", "format_pico_time", "from_base64",
    "from_days", "from_unixtime", "geomcollection", "geometrycollection", "get_format", "greatest",
    "group_concat", "grouping", "hex", "hour", "icu_version", "if", "ifnull", "inet6_aton",
    "inet6_ntoa", "inet_aton", "inet_ntoa", "insert", "instr", "int", "integer", "intersects",
    "interval", "is_ipv4", "is_ipv4_compat", "is_ipv4_mapped", "is_ipv6", "is_uuid", "isnull",
    "json_array", "json_array_append", "json_array_insert", "json_array_intersect", "json_arrayagg",
    "json_compact", "json_contains", "json_contains_path", "json_depth", "json_detailed", "json_equals",
    "json_exists", "json_extract", "json_insert", "json_key_value", "json_keys", "json_length",
    "json_loose", "json_merge", "json_merge_patch", "json_merge_preserve", "json_normalize",
    "json_object", "json_object_filter_keys", "json_object_to_array", "json_objectagg", "json_overlaps",
    "json_pretty", "json_query", "json_quote", "json_remove", "json_replace", "json_schema_valid",
    "json_schema_validation_report", "json_search", "json_set", "json_storage_free",
    "json_storage_size", "json_table", "json_type", "json_unquote", "json_valid", "json_value", "lag",
    "last_day", "lateral", "lcase", "lead", "least", "left", "length", "lengthb", "linestring", "ln",
    "localtime", "localtimestamp", "locate", "log", "log10", "log2", "lower", "lpad", "lpad_oracle",
    "ltrim", "ltrim_oracle", "make_set", "makedate", "maketime", "match", "max", "md5", "median",
    "mediumint", "member", "microsecond", "mid", "min", "minute", "mod", "month", "monthname",
    "multilinestring", "multipoint", "multipolygon", "name_const", "natural_sort_key", "now",
    "nth_value", "ntile", "nullif", "numeric", "nvl", "nvl2", "oct", "octet_length", "old_password",
    "ord", "overlaps", "password", "percent_rank", "percentile_cont", "percentile_disc", "period_add",
    "period_diff", "pi", "point", "polygon", "position", "pow", "power", "ps_current_thread_id",
    "ps_thread_id", "quarter", "quote", "radians", "rand", "random_bytes", "rank", "real",
    "regexp_instr", "regexp_like", "regexp_replace", "regexp_substr", "repeat", "replace",
    "replace_oracle", "reverse", "right", "round", "row", "row_number", "rpad", "rpad_oracle", "rtrim",
    "rtrim_oracle", "schema", "schemas", "sec_to_time", "second", "session_user", "sformat", "sha",
    "sha1", "sha2", "sign", "sin", "sleep", "smallint", "soundex", "space", "sqrt", "st_area",
    "st_asbinary", "st_asgeojson", "st_astext", "st_aswkb", "st_aswkt", "st_boundary", "st_buffer",
    "st_centroid", "st_contains", "st_convexhull", "st_crosses", "st_difference", "st_dimension",
    "st_disjoint", "st_distance", "st_distance_sphere", "st_endpoint", "st_envelope", "st_equals",
    "st_exteriorring", "st_geohash", "st_geomcollfromtext", "st_geometryfromtext", "st_geometryn",
    "st_geometrytype", "st_geomfromgeojson", "st_geomfromtext", "st_geomfromwkb", "st_interiorringn",
    "st_intersection", "st_intersects", "st_isclosed", "st_isempty", "st_isring", "st_issimple",
    "st_isvalid", "st_length", "st_numgeometries", "st_numinteriorrings", "st_numpoints", "st_overlaps",
    "st_pointfromtext", "st_pointn", "st_pointonsurface", "st_relate", "st_simplify", "st_srid",
    "st_startpoint", "st_swapxy", "st_symdifference", "st_touches", "st_transform", "st_union",
    "st_validate", "st_within", "st_x", "st_y", "statement_digest", "statement_digest_text", "std",
    "stddev", "stddev_pop", "stddev_samp", "str_to_date", "strcmp", "subdate", "substr",
    "substr_oracle", "substring", "substring_index", "subtime", "sum", "sys_guid", "system_user", "tan",
    "time", "time_format", "time_to_sec", "timediff", "timestamp", "timestampadd", "timestampdiff",
    "tinyint", "to_base64", "to_char", "to_days", "to_seconds", "touches", "trim", "trim_oracle",
    "truncate", "ucase", "uncompress", "uncompressed_length", "unhex", "unix_timestamp", "updatexml",
    "upper", "user", "utc_date", "utc_time", "utc_timestamp", "uuid", "uuid_to_bin", "uuid_v4",
    "uuid_v7", "value", "values", "var_pop", "var_samp", "varbinary", "varchar", "variance", "version",
    "week", "weekday", "weekofyear", "weight_string", "within", "year", "yearweek",
];

/// Effects, or answers that need the master.
#[rustfmt::skip]
const WRITES: &[&str] = &[
    "asynchronous_connection_failover_add_source", "benchmark", "des_decrypt", "des_encrypt",
    "group_replication_set_as_primary", "lastval", "load_file", "master_gtid_wait", "master_pos_wait",
    "nextval", "setval", "source_pos_wait", "uuid_short", "wait_for_executed_gtid_set",
    "wait_until_sql_thread_after_gtids", "wsrep_last_seen_gtid", "wsrep_last_written_gtid",
    "wsrep_sync_wait_upto_gtid",
];

/// State of the connection.
#[rustfmt::skip]
const SESSION: &[&str] = &[
    "found_rows", "get_lock", "is_free_lock", "is_used_lock", "last_insert_id", "release_all_locks",
    "release_lock", "row_count",
];
