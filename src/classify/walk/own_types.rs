use super::Name;

/// The types of `pg_catalog` (`SELECT typname FROM pg_type WHERE typnamespace = 11 AND typrelid = 0`, without arrays) and
/// SQL's names for them, sorted: it is searched before any schema, so no table without a schema is meant by them.
#[rustfmt::skip]
const OWN: &[&str] = &[
    "aclitem", "any", "anyarray", "anycompatible", "anycompatiblearray", "anycompatiblemultirange",
    "anycompatiblenonarray", "anycompatiblerange", "anyelement", "anyenum", "anymultirange", "anynonarray",
    "anyrange", "bigint", "bit", "bool", "boolean", "box", "bpchar", "bytea", "char", "character", "cid", "cidr",
    "circle", "cstring", "date", "datemultirange", "daterange", "dec", "decimal", "double", "event_trigger",
    "fdw_handler", "float", "float4", "float8", "gtsvector", "index_am_handler", "inet", "int", "int2",
    "int2vector", "int4", "int4multirange", "int4range", "int8", "int8multirange", "int8range", "integer",
    "internal", "interval", "json", "jsonb", "jsonpath", "language_handler", "line", "lseg", "macaddr",
    "macaddr8", "money", "name", "national", "nchar", "numeric", "nummultirange", "numrange", "oid", "oidvector",
    "path", "pg_brin_bloom_summary", "pg_brin_minmax_multi_summary", "pg_ddl_command", "pg_dependencies",
    "pg_lsn", "pg_mcv_list", "pg_ndistinct", "pg_node_tree", "pg_snapshot", "point", "polygon", "real", "record",
    "refcursor", "regclass", "regcollation", "regconfig", "regdictionary", "regnamespace", "regoper",
    "regoperator", "regproc", "regprocedure", "regrole", "regtype", "smallint", "table_am_handler", "text", "tid",
    "time", "timestamp", "timestamptz", "timetz", "trigger", "tsm_handler", "tsmultirange", "tsquery", "tsrange",
    "tstzmultirange", "tstzrange", "tsvector", "txid_snapshot", "unknown", "uuid", "varbit", "varchar", "void",
    "xid", "xid8", "xml",
];

/// Whether a name is that of a type of PostgreSQL's own, and no table's.
pub(crate) fn is_own_type(name: &Name<'_>) -> bool {
    name.schema.is_none() && OWN.binary_search(&name.name.as_ref()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::OWN;

    #[test]
    fn own_types_are_sorted() {
        assert!(OWN.is_sorted());
    }
}
