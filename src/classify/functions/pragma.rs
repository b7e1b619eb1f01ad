/// Pragmas that list something, about the table or index in parentheses if they take one.
const LISTS: [&str; 17] = [
    "collation_list",
    "compile_options",
    "database_list",
    "foreign_key_check",
    "foreign_key_list",
    "freelist_count",
    "function_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "module_list",
    "pragma_list",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
];

/// Pragmas that name a table in parentheses.
const OF_TABLE: [&str; 6] = [
    "foreign_key_check",
    "foreign_key_list",
    "index_list",
    "table_info",
    "table_list",
    "table_xinfo",
];

/// Pragmas that show a setting when they are given no value.
const SETTINGS: [&str; 46] = [
    "analysis_limit",
    "application_id",
    "auto_vacuum",
    "automatic_index",
    "busy_timeout",
    "cache_size",
    "cache_spill",
    "cell_size_check",
    "checkpoint_fullfsync",
    "count_changes",
    "data_version",
    "default_cache_size",
    "defer_foreign_keys",
    "empty_result_callbacks",
    "encoding",
    "foreign_keys",
    "full_column_names",
    "fullfsync",
    "hard_heap_limit",
    "ignore_check_constraints",
    "journal_mode",
    "journal_size_limit",
    "legacy_alter_table",
    "legacy_file_format",
    "locking_mode",
    "max_page_count",
    "mmap_size",
    "page_count",
    "page_size",
    "query_only",
    "read_uncommitted",
    "recursive_triggers",
    "reverse_unordered_selects",
    "schema_version",
    "secure_delete",
    "short_column_names",
    "soft_heap_limit",
    "synchronous",
    "temp_store",
    "temp_store_directory",
    "data_store_directory",
    "threads",
    "trusted_schema",
    "user_version",
    "wal_autocheckpoint",
    "writable_schema",
];

/// Settings that live in the database file; the others belong to the connection.
const IN_FILE: [&str; 13] = [
    "application_id",
    "auto_vacuum",
    "default_cache_size",
    "encoding",
    "journal_mode",
    "journal_size_limit",
    "legacy_file_format",
    "max_page_count",
    "page_count",
    "page_size",
    "schema_version",
    "secure_delete",
    "user_version",
];

/// What the argument of a pragma names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    Table,
    Index,
    /// A table, or a number.
    Either,
}

/// What a pragma of SQLite does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pragma {
    /// Lists something, with or without an argument.
    List,
    /// Lists what belongs to the connection.
    ConnectionList,
    /// Lists something about the table in its argument.
    TableList,
    /// Shows a setting of the connection, or changes it if it is given a value.
    Setting,
    /// The same for a setting that the database file keeps.
    FileSetting,
}

impl Pragma {
    /// Whether each connection answers it for itself.
    pub(crate) fn is_connections(self) -> bool {
        matches!(self, Self::Setting | Self::ConnectionList)
    }

    /// What a pragma of that name is about, if it takes an argument.
    pub(crate) fn about(name: &str) -> Option<About> {
        match name.to_ascii_lowercase().as_str() {
            "index_info" | "index_xinfo" => Some(About::Index),
            "integrity_check" | "quick_check" => Some(About::Either),
            name => OF_TABLE.contains(&name).then_some(About::Table),
        }
    }

    /// The pragma of a name, or `None` for one that acts or that we don't know.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let is = |list: &[&str]| list.contains(&name.as_str());
        if is(&OF_TABLE) {
            Some(Self::TableList)
        } else if name == "database_list" {
            Some(Self::ConnectionList)
        } else if is(&LISTS) {
            Some(Self::List)
        } else if is(&IN_FILE) {
            Some(Self::FileSetting)
        } else {
            is(&SETTINGS).then_some(Self::Setting)
        }
    }
}
