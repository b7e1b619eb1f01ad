use super::super::walk::Name;
use super::super::{Reason, Usage};
use super::{Statement, Verdict};

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
const OF_TABLE: [&str; 5] = [
    "foreign_key_check",
    "foreign_key_list",
    "index_list",
    "table_info",
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
const IN_FILE: [&str; 12] = [
    "application_id",
    "auto_vacuum",
    "default_cache_size",
    "encoding",
    "journal_mode",
    "journal_size_limit",
    "legacy_file_format",
    "max_page_count",
    "page_size",
    "schema_version",
    "secure_delete",
    "user_version",
];

impl Statement<'_, '_> {
    pub(super) fn pragma(&mut self) -> Verdict {
        let end = self.end();
        let Some(name) = Name::at(self.text, self.start + 1) else {
            return Verdict::write(end, Reason::Unparsed);
        };
        let pragma = name.name.to_ascii_lowercase();
        let has_value = name.end < end;
        let is = |list: &[&str]| list.contains(&pragma.as_str());
        if is(&LISTS) {
            if is(&OF_TABLE) {
                self.pragma_table(name.end);
            }
            return Verdict::read(end, Reason::Describes(format!("PRAGMA {pragma}")));
        }
        match (is(&SETTINGS), has_value) {
            (true, false) => Verdict::read(end, Reason::Describes(format!("PRAGMA {pragma}"))),
            (true, true) if !is(&IN_FILE) => {
                Verdict::write(end, Reason::Session(format!("PRAGMA {pragma}")))
            }
            _ => Verdict::write(end, Reason::Runs(format!("PRAGMA {pragma}"))),
        }
    }

    /// `PRAGMA table_info(t)` or `= t`.
    fn pragma_table(&mut self, at: usize) {
        self.target(at + 1, Usage::Read);
    }
}
