/// PostgreSQL's own functions to which a relation is named in a string, and those of its extensions that take it as plain text:
/// `SELECT DISTINCT proname FROM pg_proc WHERE 'regclass'::regtype = ANY (proargtypes)` on versions 15 to 18, and by hand what
/// takes a text. Sequences' functions have a rule of their own.
const NAMING: [&str; 44] = [
    "brin_desummarize_range",
    "brin_page_items",
    "brin_summarize_new_values",
    "brin_summarize_range",
    "bt_index_check",
    "bt_index_parent_check",
    "bt_metap",
    "bt_page_items",
    "bt_page_stats",
    "currtid2",
    "get_raw_page",
    "gin_clean_pending_list",
    "pg_column_is_updatable",
    "pg_extension_config_dump",
    "pg_get_replica_identity_index",
    "pg_get_viewdef",
    "pg_index_column_has_property",
    "pg_index_has_property",
    "pg_indexes_size",
    "pg_nextoid",
    "pg_partition_ancestors",
    "pg_partition_root",
    "pg_partition_tree",
    "pg_prewarm",
    "pg_relation_filenode",
    "pg_relation_filepath",
    "pg_relation_is_publishable",
    "pg_relation_is_updatable",
    "pg_relation_size",
    "pg_relpages",
    "pg_table_size",
    "pg_total_relation_size",
    "pg_truncate_visibility_map",
    "pg_visibility",
    "pg_visibility_map",
    "pgrowlocks",
    "pgstattuple",
    "pgstattuple_approx",
    "row_security_active",
    "table_to_xml",
    "table_to_xml_and_xmlschema",
    "table_to_xmlschema",
    "to_regclass",
    "verify_heapam",
];

/// Which arguments of a function are names of relations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RelationArguments {
    /// Those whose bits are set, from the first on.
    At(u32),
    /// That many before the last one: others may stand before it.
    BeforeLast(usize),
    /// The arguments `schemaname` and `relname`, by these names or by their places, as plain text.
    SchemaAndName,
    /// The same two, each behind a string that is its name: `f('schemaname', 'app', 'relname', 'report')`.
    Pairs,
}

impl RelationArguments {
    /// Whether the argument of that number, from 0, is one by itself, of so many.
    pub(crate) fn holds(self, number: usize, count: usize) -> bool {
        match self {
            Self::At(places) => number < 32 && places & (1 << number) != 0,
            Self::BeforeLast(distance) => number + 1 + distance == count,
            Self::SchemaAndName | Self::Pairs => false,
        }
    }
}

/// The arguments of PostgreSQL's own function of that lower-case name that are relations.
pub(super) fn told_relations(name: &str) -> Option<RelationArguments> {
    Some(match name {
        "has_table_privilege" | "has_any_column_privilege" => RelationArguments::BeforeLast(1),
        "has_column_privilege" => RelationArguments::BeforeLast(2),
        "pg_clear_relation_stats" | "pg_clear_attribute_stats" => RelationArguments::SchemaAndName,
        "pg_restore_relation_stats" | "pg_restore_attribute_stats" => RelationArguments::Pairs,
        _ => {
            NAMING.binary_search(&name).ok()?;
            RelationArguments::At(1)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_sorted() {
        assert!(NAMING.is_sorted_by(|left, right| left < right));
        assert_eq!(
            told_relations("pg_table_size"),
            Some(RelationArguments::At(1))
        );
        assert!(RelationArguments::BeforeLast(1).holds(1, 3));
    }
}
