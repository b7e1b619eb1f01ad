use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};

use super::known_function::KnownFunction;
use crate::classify::Access;

/// PostgreSQL's functions that are not its own, with their volatility; an aggregate has that of its parts.
///
/// What runs the SQL that it is given is known by its symbol in C, whatever it was named and declared: tablefunc's
/// `crosstab` and `connectby`, xml2's `xpath_table`.
///
/// The default of a parameter, which the caller runs, and a body that is kept as a tree (from PostgreSQL 14 on) tell what they
/// call. What is in the search path is called without its schema too. A function that is not volatile can't run a
/// command that writes: <https://www.postgresql.org/docs/current/xfunc-volatility.html>.
const POSTGRES: &str = r"
SELECT n.nspname::text AS schema, p.proname::text AS name,
       bool_or(p.provolatile = 'v' OR p.prokind = 'p' OR p.probin IS NOT NULL AND p.prosrc IN (
           'crosstab', 'crosstab_hash', 'connectby_text', 'connectby_text_serial', 'xpath_table') OR EXISTS (
           SELECT FROM pg_catalog.pg_proc part
           WHERE part.provolatile = 'v' AND part.oid IN (
               a.aggtransfn, a.aggfinalfn, a.aggcombinefn,
               a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn))
           OR EXISTS (
               SELECT FROM pg_catalog.regexp_matches(
                   concat(p.proargdefaults, to_jsonb(p) ->> 'prosqlbody'), ':(?:funcid|opfuncid|aggfnoid) ([1-9][0-9]*)', 'g') AS called
               JOIN pg_catalog.pg_proc f ON f.oid = called[1]::oid
               WHERE f.provolatile = 'v')) AS writes,
       coalesce(bit_or((
           SELECT sum(1 << a.number::int - 1) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a (type, number)
           WHERE a.type = 'pg_catalog.regclass'::regtype AND a.number <= 30)::int), 0) AS relations,
       n.nspname = ANY (current_schemas(true)) AS unqualified
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
GROUP BY 1, 2, 5";

/// Stored functions with what they declare; the default, `CONTAINS SQL`, declares nothing about writes:
/// <https://dev.mysql.com/doc/refman/8.4/en/create-procedure.html>.
const MYSQL: &str = r"
SELECT ROUTINE_SCHEMA AS `schema`, ROUTINE_NAME AS name,
       SQL_DATA_ACCESS NOT IN ('NO SQL', 'READS SQL DATA') AS writes,
       0 AS relations,
       ROUTINE_SCHEMA = DATABASE() AS unqualified
FROM information_schema.ROUTINES
WHERE ROUTINE_TYPE = 'FUNCTION'";

/// The functions that users made in the database of `master`.
///
/// SQLite keeps none: its functions belong to the program.
pub(super) async fn user_functions(
    master: &impl ConnectionTrait,
) -> Result<Vec<KnownFunction>, DbErr> {
    let (backend, query) = match master.get_database_backend() {
        DbBackend::Postgres => (DbBackend::Postgres, POSTGRES),
        DbBackend::MySql => (DbBackend::MySql, MYSQL),
        _ => return Ok(Vec::new()),
    };
    let rows = master
        .query_all_raw(Statement::from_string(backend, query))
        .await?;
    let mut functions = Vec::new();
    for row in &rows {
        functions.extend(names(backend, row)?);
    }
    functions.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    Ok(functions)
}

fn names(backend: DbBackend, row: &QueryResult) -> Result<Vec<KnownFunction>, DbErr> {
    let schema = quoted(backend, &row.try_get::<String>("", "schema")?);
    let name = quoted(backend, &row.try_get::<String>("", "name")?);
    let access = match row.try_get::<bool>("", "writes")? {
        true => Access::Write,
        false => Access::Read,
    };
    let relations: i64 = match backend {
        DbBackend::Postgres => row.try_get::<i32>("", "relations")?.into(),
        _ => 0,
    };
    let relations = u32::try_from(relations).unwrap_or(0);
    let function = |name| KnownFunction {
        name,
        access,
        relations,
    };
    let mut names = vec![function(format!("{schema}.{name}"))];
    // Without a current database, MySQL answers NULL.
    if row
        .try_get::<Option<bool>>("", "unqualified")?
        .unwrap_or(false)
    {
        names.push(function(name));
    }
    Ok(names)
}

/// MySQL's function names have no case: <https://dev.mysql.com/doc/refman/8.4/en/identifier-case-sensitivity.html>.
fn quoted(backend: DbBackend, name: &str) -> String {
    match backend {
        DbBackend::Postgres => format!("\"{name}\""),
        _ => name.to_lowercase(),
    }
}
