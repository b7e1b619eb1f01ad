//! Texts written to be misrouted: members of families, each of which once got past the classifier.

use sea_orm::DatabaseBackend::{self as DbBackend, MySql, Postgres, Sqlite};

use super::{Class, Functions, classify};

fn classified(backend: DbBackend, sql: &str) -> Class {
    classify(backend, sql, &Functions::builtin())
}

fn assert_all(expected: bool, texts: &[(DbBackend, &str)]) {
    let wrong: Vec<_> = texts
        .iter()
        .map(|(backend, sql)| (backend, sql, classified(*backend, sql)))
        .filter(|(_, _, class)| class.is_read() != expected)
        .map(|(backend, sql, class)| format!("{backend:?} {sql}: {}", class.reason))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn executable_comments_of_several_kinds_are_no_read() {
    assert_all(
        false,
        &[
            (
                MySql,
                "SELECT 1 x /*M! ' */ /*! INTO OUTFILE '/tmp/x' */ /*M! '' ' */",
            ),
            (
                MySql,
                "SELECT 1 x /*M! ' */ /*! INTO OUTFILE '/tmp/x */ /*M! ' */",
            ),
            (
                MySql,
                "SELECT 1 x /*!99999 ' */ /*! INTO OUTFILE '/tmp/x */ /*!99999 ' */",
            ),
            (
                MySql,
                "SELECT 1 x /*M! ' */ /*!, get_lock('zz',0) */ /*M! ' */",
            ),
            (
                MySql,
                "SELECT 1 /*!50000 , get_lock */ /*!99999 as x */ (1)",
            ),
            (MySql, "SELECT 1 /*!50000 a */ /*!80000 b */"),
            (
                MySql,
                "SELECT 1 /*!50000 ' */ /*!80000 , get_lock(1,1) */ -- '\n",
            ),
            (MySql, "SELECT 1 /*! '\\' */ , get_lock(1,1) -- '\n"),
            (MySql, "SELECT 1 /*! \" */ '\\', get_lock(1, 1) -- ' */"),
            (MySql, "SELECT \"\\\", get_lock('a', 1) -- \" , '\\' \n"),
        ],
    );
    assert_all(
        true,
        &[
            (MySql, "SELECT /*!40001 SQL_NO_CACHE */ * FROM cake"),
            (
                MySql,
                "SELECT /*!40001 SQL_NO_CACHE */ a /*!40001 FROM cake */ FROM cake",
            ),
        ],
    );
}

#[test]
fn words_of_the_grammar_hide_no_function() {
    assert_all(
        false,
        &[
            (Postgres, "SELECT * FROM a JOIN b ON conflict(a.x)"),
            (MySql, "SELECT * FROM a JOIN b ON conflict(a.x)"),
            (Sqlite, "SELECT * FROM a JOIN b ON conflict(a.x)"),
            (MySql, "SELECT * FROM a JOIN b ON duplicate(a.x)"),
            (Postgres, "SELECT a FROM t GROUP BY sets(a)"),
            (MySql, "SELECT a FROM t GROUP BY sets(a)"),
            (Sqlite, "SELECT a FROM t GROUP BY sets(a)"),
            (MySql, "SELECT a FROM t GROUP BY cube(a)"),
            (MySql, "SELECT a FROM t GROUP BY rollup(a)"),
            (Sqlite, "SELECT a FROM t GROUP BY cube(a)"),
            (Sqlite, "SELECT a FROM t GROUP BY rollup(a)"),
            (Postgres, "SELECT a FROM t GROUP BY 1 + cube(a)"),
            (Postgres, "SELECT a FROM t GROUP BY a || rollup(a)"),
            (Postgres, "SELECT a FROM t GROUP BY a, b = sets(a)"),
            (Postgres, "SELECT a FROM t WHERE a SIMILAR TO second(b)"),
            (Postgres, "SELECT trim(both similar(a) FROM b)"),
            (Postgres, "SELECT trim(leading ilike(a) FROM b)"),
            (Postgres, "SELECT trim(trailing glob(a) FROM b)"),
            (Postgres, "SELECT a BETWEEN ASYMMETRIC regexp(a) AND b"),
            (Postgres, "SELECT overlay(a PLACING similar(b) FROM 1)"),
            (Postgres, "SELECT xmlparse(DOCUMENT similar(a))"),
            (Postgres, "SELECT xmlparse(CONTENT regexp(a))"),
            (Postgres, "SELECT now() AT TIME ZONE similar(a)"),
            (Postgres, "SELECT a FROM t FETCH FIRST regexp(1) ROWS ONLY"),
            (Sqlite, "SELECT tablesample over(1)"),
            (Sqlite, "SELECT columns(1)"),
            (
                Sqlite,
                "SELECT by(1), over(1), filter(2), sets(3), value(4), of(5), row(6)",
            ),
            (MySql, "SELECT filter(2)"),
            (MySql, "SELECT a FROM t WHERE ilike(a) OR similar(a)"),
        ],
    );
    assert_all(
        true,
        &[
            (
                Postgres,
                "SELECT a FROM t GROUP BY ROLLUP (a), CUBE (b), GROUPING SETS ((a), ROLLUP (b), ())",
            ),
            (Postgres, "SELECT a FROM t GROUP BY DISTINCT ROLLUP (a)"),
            (
                Postgres,
                "SELECT interval '1' day to second(3), interval second(3) '1'",
            ),
            (
                Postgres,
                "SELECT a.x LIKE ('a'), b ILIKE (c), d SIMILAR TO (e) FROM t",
            ),
            (
                Postgres,
                "SELECT sum(a) FILTER (WHERE b) OVER (PARTITION BY (c) ORDER BY (d)) FROM t",
            ),
            (Postgres, "SELECT now() AT TIME ZONE ('UTC')"),
            (
                Sqlite,
                "SELECT a GLOB (b), a REGEXP (c), a MATCH ('d') FROM t",
            ),
            (
                MySql,
                "SELECT a LIKE (b), a REGEXP (c), INTERVAL second(a) DAY FROM t GROUP BY a WITH ROLLUP",
            ),
        ],
    );
}

#[test]
fn a_write_in_the_catalogue_is_asked_for_words_of_the_grammar_too() {
    let functions = Functions::builtin().with("filter", super::Access::Write);
    assert!(!classify(Postgres, "SELECT sum(a) FILTER (WHERE b)", &functions).is_read());
}

#[test]
fn explain_runs_what_is_not_known_to_be_only_planned() {
    assert_all(
        false,
        &[
            (Postgres, "EXPLAIN (\"analyze\") DELETE FROM t"),
            (Postgres, "EXPLAIN (U&\"analyze\") DELETE FROM t"),
            (Postgres, "EXPLAIN (U&\"\\0061nalyze\") DELETE FROM t"),
            (
                Postgres,
                "EXPLAIN (U&\"!0061nalyze\" UESCAPE '!') DELETE FROM t",
            ),
            (
                Postgres,
                "EXPLAIN (costs off, \"analyze\" on) DELETE FROM t",
            ),
            (Postgres, "EXPLAIN (ANALYZE FALSE, ANALYZE) DELETE FROM t"),
            (Postgres, "EXPLAIN (ANALYZE ON) DELETE FROM t"),
            (Postgres, "EXPLAIN (something_new) DELETE FROM t"),
        ],
    );
    assert_all(
        true,
        &[
            (Postgres, "EXPLAIN (COSTS OFF, ANALYZE FALSE) DELETE FROM t"),
            (
                Postgres,
                "EXPLAIN (FORMAT json, VERBOSE, SETTINGS true) DELETE FROM t",
            ),
            (Postgres, "EXPLAIN (ANALYZE) SELECT a FROM t"),
            (Postgres, "EXPLAIN (ANALYZE \"off\") DELETE FROM t"),
            (Postgres, "SELECT a FROM t FETCH FIRST ($1) ROWS ONLY"),
            (Postgres, "SELECT a FROM t FETCH NEXT (1 + 1) ROWS ONLY"),
            (
                Postgres,
                "SELECT b FROM xmltable('/x' PASSING (SELECT a FROM t) COLUMNS b int PATH 'b')",
            ),
            (Postgres, "COPY t TO STDIN"),
            (Sqlite, "SELECT * FROM main.pragma_table_info('t')"),
        ],
    );
}

/// Whatever stands before it: also what its grammar takes as a whole.
#[test]
fn statement_ends_at_its_semicolon() {
    assert_all(
        false,
        &[
            (Sqlite, "EXPLAIN DELETE a * b ; DELETE FROM t"),
            (Sqlite, "EXPLAIN QUERY ; DELETE FROM t"),
            (Sqlite, "EXPLAIN QUERY PLAN DELETE a ; DELETE FROM t"),
            (Postgres, "EXPLAIN DELETE a ; DELETE FROM t"),
            (Postgres, "EXPLAIN (COSTS OFF) DELETE a ; DELETE FROM t"),
            (
                Postgres,
                "EXPLAIN SELECT 1 FROM a TABLESAMPLE ; DELETE FROM t",
            ),
            (MySql, "SELECT 1 FROM a FOR ; DELETE FROM t"),
        ],
    );
    let class = classify(MySql, "DELETE a ; DROP TABLE t", &Functions::builtin());
    let tables: Vec<_> = class.tables.iter().map(|table| &*table.name).collect();
    assert_eq!(tables, ["a", "t"]);
}

#[test]
fn hints_may_hold_quotes() {
    assert_all(
        true,
        &[
            (MySql, "SELECT /*+ QB_NAME(`q`) */ a FROM t"),
            (
                MySql,
                "SELECT /*+ SET_VAR(sort_buffer_size = '16M') */ a FROM t",
            ),
            (
                MySql,
                "SELECT GTID_SUBSET('a', 'b'), GTID_SUBTRACT('a', 'b'), DISTANCE(a, b, 'DOT') FROM t",
            ),
        ],
    );
    assert_all(
        false,
        &[
            (
                MySql,
                "SELECT /*+ QB_NAME(`q */ ` , get_lock(1, 1) */ a FROM t",
            ),
            (MySql, "SELECT /*+ QB_NAME('q */ a FROM t"),
            (MySql, "SELECT /*+ x */ a, get_lock('a', 1) FROM t"),
        ],
    );
}

#[test]
fn what_each_server_answers_for_itself_is_asked_of_the_master() {
    let texts = [
        (Postgres, "SELECT pg_backend_pid()"),
        (Postgres, "SELECT pid FROM pg_catalog.pg_stat_activity"),
        (Postgres, "SELECT n_live_tup FROM pg_stat_user_tables"),
        (Postgres, "SELECT gid FROM pg_prepared_xacts"),
        (Postgres, "SELECT last_value FROM pg_sequences"),
        (Postgres, "SELECT current_setting('in_hot_standby')"),
        (Postgres, "SHOW transaction_read_only"),
        (
            Postgres,
            "SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn()",
        ),
        (
            Postgres,
            "WITH a AS (SELECT * FROM pg_locks) SELECT * FROM a",
        ),
        (MySql, "SHOW PROCESSLIST"),
        (MySql, "SELECT CONNECTION_ID()"),
        (
            MySql,
            "SELECT @@read_only, @@hostname, @@global.gtid_executed",
        ),
        (MySql, "SELECT * FROM Information_Schema.INNODB_TRX"),
        (MySql, "SELECT * FROM performance_schema.metadata_locks"),
        (MySql, "SELECT * FROM mysql.slave_relay_log_info"),
        (MySql, "SHOW REPLICA STATUS"),
    ];
    assert_all(false, &texts);
    for (backend, sql) in texts {
        assert!(classified(backend, sql).asks_server(), "{backend:?} {sql}");
    }
    for (backend, sql) in [
        (Postgres, "SELECT pg_backend_pid(), nextval('s')"),
        (
            Postgres,
            "WITH a AS (SELECT * FROM pg_locks) DELETE FROM cake",
        ),
        (MySql, "SELECT @@hostname FROM cake FOR UPDATE"),
        (MySql, "SELECT @@hostname /*!50000 FOR UPDATE */ FROM cake"),
        (MySql, "SELECT @@hostname, '\\'', get_lock('a', 1) -- '"),
        (MySql, "SHOW STATUS WHERE get_lock('a', 1)"),
    ] {
        assert!(!classified(backend, sql).asks_server(), "{backend:?} {sql}");
    }
}

fn assert_tables(cases: &[(DbBackend, &str, &str)]) {
    let wrong: Vec<_> = cases
        .iter()
        .map(|(backend, sql, expected)| {
            let tables = classified(*backend, sql).tables;
            let names: Vec<_> = tables.iter().map(ToString::to_string).collect();
            (backend, sql, expected, names.join(", "))
        })
        .filter(|(_, _, expected, found)| **expected != found)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn tables_are_found_where_a_dialect_lets_them_stand() {
    assert_tables(&[
        (MySql, "UPDATE (report) SET a = 9", "report"),
        (
            MySql,
            "UPDATE (report r JOIN cake c ON r.a = c.a) SET r.a = 9",
            "report, cake",
        ),
        (MySql, "UPDATE ((report)) SET a = 9", "report"),
        (MySql, "DELETE FROM /*M! cake */ report", "cake, report"),
        (
            MySql,
            "SELECT * FROM /*!99999 cake, */ report",
            "cake, report",
        ),
        (MySql, "UPDATE LOW_PRIORITY (report) SET a = 9", "report"),
        (
            Sqlite,
            "WITH x AS (SELECT 1)\u{feff}DELETE FROM report",
            "report",
        ),
        (Postgres, "COMMENT ON COLUMN report.a IS 'x'", "report"),
        (
            Postgres,
            "COMMENT ON COLUMN app.report.a IS 'x'",
            "app.report",
        ),
        (
            Postgres,
            "COMMENT ON CONSTRAINT c ON report IS 'x'",
            "report",
        ),
        (Postgres, "COMMENT ON TRIGGER g ON report IS 'x'", "report"),
        (
            Postgres,
            "CREATE STATISTICS s ON a, b FROM report",
            "report",
        ),
        (
            Postgres,
            "CREATE PUBLICATION p FOR TABLE report, ONLY cake (a)",
            "report, cake",
        ),
        (Postgres, "ALTER PUBLICATION p ADD TABLE report", "report"),
        (Postgres, "SECURITY LABEL ON TABLE report IS 'x'", "report"),
        (
            Postgres,
            "SECURITY LABEL FOR x ON COLUMN report.a IS 'x'",
            "report",
        ),
        (
            Postgres,
            "ALTER TABLE p ATTACH PARTITION report DEFAULT",
            "p, report",
        ),
        (
            Postgres,
            "ALTER TABLE p DETACH PARTITION report CONCURRENTLY",
            "p, report",
        ),
        (Postgres, "ALTER TABLE a INHERIT report", "a, report"),
        (Postgres, "ALTER TABLE a NO INHERIT report", "a, report"),
        (
            Postgres,
            "SELECT * FROM a JOIN b ON conflict(a.x) JOIN report ON true",
            "a, b, report",
        ),
    ]);
}
