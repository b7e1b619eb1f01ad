use super::Functions;

/// Functions of the servers that wait, or of which one call may cost as much as one likes.
const COSTLY: [&str; 23] = [
    "benchmark",
    "crypt",
    "gen_random_bytes",
    "gen_salt",
    "generate_series",
    "generate_subscripts",
    "load_file",
    "master_gtid_wait",
    "master_pos_wait",
    "pg_sleep",
    "pg_sleep_for",
    "pg_sleep_until",
    "random_bytes",
    "randomblob",
    "repeat",
    "sleep",
    "source_pos_wait",
    "ts_headline",
    "ts_stat",
    "wait_for_executed_gtid_set",
    "xmltable",
    "xpath",
    "zeroblob",
];

/// Whether a text may call a function that waits or costs: one of the servers', or any that was added, of which nobody knows.
///
/// A word that stands anywhere counts, also in a string or a comment: who is too careful here only sends a read once.
pub(crate) fn costs(sql: &str, functions: &Functions) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || "_$".contains(character);
    let mut words = sql.split(|character| !is_part(character));
    words.any(|word| {
        !word.is_empty()
            && (COSTLY.iter().any(|known| word.eq_ignore_ascii_case(known))
                || functions.has_added(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Access;

    #[test]
    fn functions_that_wait_or_cost_are_seen_however_they_are_called() {
        let functions = Functions::builtin().with("app.tax", Access::Read);
        for sql in [
            "SELECT pg_sleep(1)",
            "SELECT pg_catalog . \"pg_sleep\" /* */ (1)",
            "SELECT id FROM cake WHERE SLEEP(1) = 0",
            "SELECT BENCHMARK(1000000, md5('x'))",
            "SELECT * FROM generate_series(1, 1000000)",
            "SELECT app.tax(price) FROM cake",
            "SELECT \"Tax\"(price) FROM cake",
        ] {
            assert!(costs(sql, &functions), "{sql}");
        }
        for sql in [
            "SELECT id, upper(name) FROM cake WHERE id IN (1, 2)",
            "SELECT sleeper, taxed FROM cake",
        ] {
            assert!(!costs(sql, &functions), "{sql}");
        }
    }
}
