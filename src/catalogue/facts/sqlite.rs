/// What matters of SQLite's relations. Those of attached files belong to one connection.
pub(super) const RELATIONS: &str = r"
SELECT CASE type WHEN 'view' THEN 'query' WHEN 'trigger' THEN 'fires' ELSE 'virtual' END AS what,
       'main' AS schema, tbl_name AS name, TRUE AS visible, NULL AS other_schema, sql AS other
FROM sqlite_master
WHERE type IN ('view', 'trigger') OR type = 'table' AND sql LIKE 'CREATE VIRTUAL%'";

/// Modules of SQLite itself, and of what is usually built in, that a read-only connection can read.
const MODULES: [&str; 13] = [
    "fts3",
    "fts4",
    "fts4aux",
    "fts3tokenize",
    "fts5",
    "fts5vocab",
    "rtree",
    "rtree_i32",
    "geopoly",
    "dbstat",
    "sqlite_stmt",
    "sqlite_dbpage",
    "generate_series",
];

/// The module of `CREATE VIRTUAL TABLE t USING module(…)`, if it is not SQLite's own.
pub(super) fn module(sql: &str) -> Option<Box<str>> {
    let lower = sql.to_ascii_lowercase();
    let (_, behind) = lower.split_once(" using ")?;
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let module = behind
        .trim_start()
        .trim_start_matches(['"', '[', '`', '\'']);
    let module: String = module.chars().take_while(|c| is_part(*c)).collect();
    (!MODULES.contains(&module.as_str())).then(|| module.into())
}
