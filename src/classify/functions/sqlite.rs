//! SQLite's own functions, by effect.
//!
//! Made by `scripts/functions/sqlite.py` from SQLite 3.40.1, with the newer functions of that script: do
//! not edit.

use super::lists::Lists;

pub(super) static LISTS: Lists = Lists {
    reads: READS,
    writes: WRITES,
    session: SESSION,
    server: SERVER,
};

/// They leave nothing behind.
#[rustfmt::skip]
const READS: &[&str] = &[
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "avg", "bm25", "bytecode",
    "cast", "ceil", "ceiling", "char", "coalesce", "concat", "concat_ws", "cos", "cosh", "count",
    "cume_dist", "current_date", "current_time", "current_timestamp", "date", "datetime", "dbstat",
    "degrees", "dense_rank", "exp", "first_value", "floor", "format", "fts5", "fts5_get_locale",
    "fts5_insttoken", "fts5_locale", "fts5_source_id", "fts5vocab", "generate_series",
    "geopoly_area", "geopoly_bbox", "geopoly_blob", "geopoly_ccw", "geopoly_contains_point",
    "geopoly_debug", "geopoly_json", "geopoly_overlap", "geopoly_regular", "geopoly_svg",
    "geopoly_within", "geopoly_xform", "glob", "group_concat", "hex", "highlight", "if", "ifnull",
    "iif", "instr", "json", "json_array", "json_array_insert", "json_array_length", "json_each",
    "json_error_position", "json_extract", "json_group_array", "json_group_object", "json_insert",
    "json_object", "json_patch", "json_pretty", "json_quote", "json_remove", "json_replace",
    "json_set", "json_tree", "json_type", "json_valid", "jsonb", "jsonb_array", "jsonb_each",
    "jsonb_extract", "jsonb_group_array", "jsonb_group_object", "jsonb_insert", "jsonb_object",
    "jsonb_patch", "jsonb_remove", "jsonb_replace", "jsonb_set", "jsonb_tree", "julianday", "lag",
    "last_value", "lead", "length", "like", "likelihood", "likely", "ln", "log", "log10", "log2",
    "lower", "ltrim", "match", "matchinfo", "max", "median", "min", "mod", "nth_value", "ntile",
    "nullif", "octet_length", "offsets", "percent_rank", "percentile", "percentile_cont",
    "percentile_disc", "pi", "pow", "power", "pragma_collation_list", "pragma_compile_options",
    "pragma_database_list", "pragma_foreign_key_check", "pragma_foreign_key_list",
    "pragma_freelist_count", "pragma_function_list", "pragma_index_info", "pragma_index_list",
    "pragma_index_xinfo", "pragma_integrity_check", "pragma_module_list", "pragma_page_count",
    "pragma_pragma_list", "pragma_quick_check", "pragma_table_info", "pragma_table_list",
    "pragma_table_xinfo", "printf", "quote", "radians", "raise", "random", "randomblob", "rank",
    "regexp", "replace", "round", "row_number", "rtreecheck", "rtreedepth", "rtreenode", "rtrim",
    "sign", "sin", "sinh", "snippet", "soundex", "sqlite_compileoption_get",
    "sqlite_compileoption_used", "sqlite_offset", "sqlite_source_id", "sqlite_version", "sqrt",
    "strftime", "string_agg", "substr", "substring", "subtype", "sum", "tables_used", "tan", "tanh",
    "time", "timediff", "total", "trim", "trunc", "typeof", "unhex", "unicode", "unistr",
    "unistr_quote", "unixepoch", "unlikely", "upper", "zeroblob",
];

/// They change something, or only the master can answer.
#[rustfmt::skip]
const WRITES: &[&str] = &[
    "edit", "fts3_tokenizer", "load_extension", "optimize", "sqlite_log", "writefile",
];

/// They change, or depend on, what the connection remembers.
#[rustfmt::skip]
const SESSION: &[&str] = &[
    "changes", "last_insert_rowid", "total_changes",
];

/// They tell of the server that is asked, and change nothing.
#[rustfmt::skip]
const SERVER: &[&str] = &[
];
