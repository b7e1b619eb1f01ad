use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::known_function::KnownFunction;
use crate::classify::{Access, Functions};

/// PostgreSQL's own functions that may be called on a slave by all that its catalogue says: none of that name is
/// volatile, has a volatile part, or needs the leader of a parallel query, as what runs SQL or looks at the session
/// does. Names with the server's prefix often tell of the server: of those only what always answers the same.
///
/// Read once: a server does not get other functions while it runs.
const POSTGRES: &str = r"
SELECT p.proname::text AS name, string_agg(DISTINCT p.prosrc, ' ') AS code
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE n.nspname = 'pg_catalog'
GROUP BY p.proname
HAVING bool_and(
    p.provolatile <> 'v' AND p.proparallel = 's' AND p.prokind <> 'p' AND l.lanname IN ('internal', 'sql')
    AND (p.provolatile = 'i' OR left(p.proname::text, 3) <> 'pg_')
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_aggregate a JOIN pg_catalog.pg_proc part ON part.oid IN (
            a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn)
        WHERE a.aggfnoid = p.oid AND part.provolatile = 'v'))";

/// The server's own functions that our lists do not know and that leave no trace, named as `Functions` wants them.
pub(super) async fn own_functions(
    master: &impl ConnectionTrait,
) -> Result<Vec<KnownFunction>, DbErr> {
    if master.get_database_backend() != DbBackend::Postgres {
        return Ok(Vec::new());
    }
    let statement = Statement::from_string(DbBackend::Postgres, POSTGRES);
    let rows = master.query_all_raw(statement).await?;
    let mut names = Vec::new();
    for row in &rows {
        let name: String = row.try_get("", "name")?;
        let code: Option<String> = row.try_get("", "code")?;
        if is_new_and_harmless(&name, &code.unwrap_or_default()) {
            let reads = |name| KnownFunction {
                name,
                access: Access::Read,
                relations: 0,
            };
            names.push(reads(format!("\"{name}\"")));
            names.push(reads(format!("\"pg_catalog\".\"{name}\"")));
        }
    }
    Ok(names)
}

/// Another name for what is known to have effects has them, too: the lists know it by the name of its code.
fn is_new_and_harmless(name: &str, code: &str) -> bool {
    let known = Functions::builtin();
    let is_known = |name: &str| known.knows(DbBackend::Postgres, name);
    let has_effect = |code: &str| is_known(code) && !known.reads(DbBackend::Postgres, code);
    !is_known(name) && !code.split_whitespace().any(has_effect)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_stay_the_judge_of_what_they_know() {
        let cases = [
            ("lower", "lower", false),
            ("pg_is_in_recovery", "pg_is_in_recovery", false),
            ("casefold_of_tomorrow", "casefold_of_tomorrow", true),
            ("other_name", "nextval_oid", true),
            ("other_name", "lower query_to_xml", false),
            ("other_name", "pg_backend_pid", false),
        ];
        for (name, code, harmless) in cases {
            assert_eq!(is_new_and_harmless(name, code), harmless, "{name} {code}");
        }
    }
}
