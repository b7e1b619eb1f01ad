//! Words of a grammar where they are names: aliases, columns, windows; and what may not hide behind them.

use sea_orm::DatabaseBackend::{self as DbBackend, MySql, Postgres, Sqlite};

use super::{Access, Class, Functions, Reason, classify};

fn classified(backend: DbBackend, sql: &str) -> Class {
    classify(backend, sql, &Functions::builtin())
}

#[track_caller]
fn assert_access(expected: Access, backend: DbBackend, texts: &[&str]) {
    let wrong: Vec<_> = texts
        .iter()
        .map(|sql| (sql, classified(backend, sql)))
        .filter(|(_, class)| class.access != expected)
        .map(|(sql, class)| format!("{sql}: {}", class.reason))
        .collect();
    assert!(
        wrong.is_empty(),
        "{backend:?} not {expected:?}:\n{}",
        wrong.join("\n")
    );
}

#[track_caller]
fn assert_tables(backend: DbBackend, cases: &[(&str, &str)]) {
    let wrong: Vec<_> = cases
        .iter()
        .map(|(sql, expected)| {
            let tables = classified(backend, sql).tables;
            let names: Vec<_> = tables.iter().map(ToString::to_string).collect();
            (sql, expected, names.join(", "))
        })
        .filter(|(_, expected, found)| *expected != found)
        .collect();
    assert!(wrong.is_empty(), "{backend:?} {wrong:#?}");
}

#[test]
fn names_behind_an_alias_hide_no_call() {
    for call in ["pg_try_advisory_lock(1)", "f()"] {
        for sql in [
            "SELECT id FROM a OFFSET (int4(CALL))",
            "SELECT id FROM a OFFSET (CALL)",
            "SELECT id FROM a x OFFSET (CALL)",
            "TABLE a OFFSET (CALL)",
            "SELECT 1 FROM generate_series(1, 3) OFFSET (CALL)",
            "SELECT 1 FROM a TABLESAMPLE system (1) OFFSET (CALL)",
            "SELECT 1 FROM (VALUES (1)) AS v(c) OFFSET (CALL)",
            "SELECT 1 FROM generate_series(1, 3) WITH ORDINALITY OFFSET (CALL)",
            "COPY (SELECT x FROM a OFFSET (CALL)) TO STDOUT",
            "SELECT 1 FROM a OFFSET (CASE WHEN CALL THEN 1 ELSE 2 END)",
            "SELECT 1 FROM a OFFSET (NOT CALL)",
            "SELECT 1 FROM a OFFSET (x BETWEEN CALL AND 2)",
            "SELECT 1 FROM a FETCH FIRST (CALL) ROWS ONLY",
            "SELECT 1 FROM f(1) AS v(c, CALL)",
            "SELECT 1 FROM a AS v(c, CALL)",
            "SELECT 1 FROM a v(c, d || CALL)",
            "SELECT 1 FROM a v(c numeric(CALL))",
            "SELECT 1 FROM a v(c numeric(1, CALL))",
            "SELECT 1 FROM a AS \"v\"(c, CALL)",
            "WITH x(a, CALL) AS (SELECT 1) SELECT * FROM x",
        ] {
            let sql = sql.replace("CALL", call);
            assert_access(Access::Write, Postgres, &[&sql]);
        }
        for window in [
            "partition",
            "use",
            "force",
            "ignore",
            "indexed",
            "straight_join",
            "procedure",
            "set",
            "values",
            "qualify",
            "w",
        ] {
            let sql =
                format!("SELECT sum(x) OVER {window} FROM a WINDOW {window} AS (ORDER BY {call})");
            assert_access(Access::Write, Postgres, &[&sql]);
        }
    }
    assert_access(
        Access::Write,
        MySql,
        &[
            "SELECT NTH_VALUE(a, 1) FROM FIRST OVER (ORDER BY get_lock(a, 0)) n FROM report",
            "SELECT NTH_VALUE(a, get_lock(a, 0)) FROM FIRST OVER (ORDER BY a) n FROM report",
            "SELECT id, row_number() over () rn FROM a QUALIFY (get_lock(x, 0))",
            "SELECT id FROM a WINDOW w AS (ORDER BY get_lock(a, 0))",
            "SELECT id FROM (SELECT 1) QUALIFY (get_lock(x, 0))",
            "SELECT id FROM (SELECT 1) a (x, get_lock(1, 0))",
            // Words that only another server has for operators.
            "SELECT HIGH_PRIORITY glob(1)",
            "SELECT SQL_NO_CACHE ilike(1)",
            "SELECT SQL_BUFFER_RESULT similar(1)",
            "SELECT a glob(1) FROM a",
        ],
    );
    assert_access(
        Access::Write,
        Sqlite,
        &[
            "SELECT 1 FROM a WINDOW w AS (ORDER BY f())",
            "SELECT 1 FROM a offset (f())",
            "WITH x(a, f(1)) AS (SELECT 1) SELECT * FROM x",
        ],
    );
}

#[test]
fn words_that_are_no_calls_need_no_master() {
    assert_access(
        Access::Read,
        Postgres,
        &[
            "SELECT * FROM report OFFSET ($1)",
            "SELECT * FROM report OFFSET (abs(1))",
            "SELECT * FROM report LIMIT 1 OFFSET ($1 * 2)",
            "SELECT * FROM report OFFSET (SELECT count(*) FROM a)",
            "SELECT 1 FROM generate_series(1, 3) use(x)",
            "SELECT 1 FROM generate_series(1, 3) force(x)",
            "SELECT 1 FROM generate_series(1, 3) ignore(x)",
            "SELECT 1 FROM generate_series(1, 3) partition(x), a procedure(x), b set(x)",
            "SELECT 1 FROM (SELECT 1) values (a), b",
            "SELECT * FROM json_to_record($1) AS x (a varchar(10), b character varying(3), c numeric(10, -2), \
             d interval second(3), e bit varying(2), f pg_catalog.numeric(3), g timestamp(3) with time zone, \
             h geometry(Point, 4326), \"i\" int[], j text)",
            "SELECT sum(x) OVER partition FROM a WINDOW partition AS (ORDER BY abs(x))",
            "SELECT trim(BOTH ('x') FROM a), trim(LEADING ('x') FROM a)",
            "SELECT a BETWEEN SYMMETRIC (1) AND (2)",
            "SELECT a LIKE 'x' ESCAPE ('!')",
            "SELECT CAST(a AS \"mood\") FROM report",
        ],
    );
    assert_access(
        Access::Read,
        Sqlite,
        &[
            "SELECT * FROM report LIMIT ?1 OFFSET ((?2 - 1) * ?1)",
            "SELECT * FROM report LIMIT 1 OFFSET (SELECT 1)",
            "SELECT * FROM report LIMIT (1) OFFSET (2)",
            "SELECT * FROM report WHERE a LIKE 'x' ESCAPE ('!')",
            "SELECT 1 FROM a offset, b fetch, c qualify, d procedure, e partition, f ignore",
        ],
    );
    assert_access(
        Access::Read,
        MySql,
        &[
            "SELECT NTH_VALUE(a, 2) FROM FIRST OVER w FROM report WINDOW w AS (ORDER BY b)",
            "SELECT NTH_VALUE(a, 2) FROM LAST OVER (ORDER BY b) FROM report",
            "SELECT FIRST_VALUE(a) RESPECT NULLS OVER (ORDER BY b) FROM report",
            "SELECT NTH_VALUE(a, 2) FROM FIRST RESPECT NULLS OVER (ORDER BY b) FROM report",
            "SELECT HIGH_PRIORITY (a), b FROM report",
            "SELECT SQL_SMALL_RESULT (a) FROM report",
            "SELECT a LIKE 'x' ESCAPE ('!') FROM report",
            "SELECT TRIM(BOTH (a) FROM b) FROM report",
            "SELECT id FROM a QUALIFY (id > 1)",
        ],
    );
    for sql in [
        "SELECT offset(1)",
        "SELECT a FROM b WHERE offset(1) = 2",
        "SELECT a FROM b ORDER BY escape(1)",
        "SELECT escape(1), a FROM b",
    ] {
        assert_access(Access::Write, Sqlite, &[sql]);
        assert_access(Access::Write, MySql, &[sql]);
    }
    for sql in ["SELECT BOTH(1)", "SELECT symmetric(1)", "SELECT a, both(1)"] {
        assert_access(Access::Write, Sqlite, &[sql]);
    }
}

#[test]
fn tables_are_found_beside_words_that_are_names() {
    let mut cases = Vec::new();
    for column in [
        "partition",
        "ignore",
        "force",
        "use",
        "indexed",
        "on",
        "left",
        "join",
        "a",
    ] {
        cases.push((
            format!("UPDATE a SET {column} = 1 FROM report"),
            "a, report",
        ));
        cases.push((
            format!("UPDATE a AS x SET {column} = 1 FROM report"),
            "a, report",
        ));
    }
    for (sql, expected) in &cases {
        assert_tables(Postgres, &[(sql, expected)]);
        assert_tables(Sqlite, &[(sql, expected)]);
    }
    for column in ["right", "full", "inner", "cross", "natural"] {
        let sql = format!("UPDATE a SET {column} = 1 FROM report");
        assert_tables(Sqlite, &[(&sql, "a, report")]);
    }
    assert_tables(
        Postgres,
        &[
            (
                "SELECT 1 FROM zt OFFSET (WITH x AS (SELECT 1 FROM report) SELECT 1 FROM x)",
                "zt, report",
            ),
            (
                "DELETE FROM zt RETURNING (WITH x AS (SELECT 1 FROM report) SELECT * FROM x)",
                "zt, report",
            ),
            ("SELECT 1 FROM a set, report", "a, report"),
            (
                "SELECT 1 FROM a values, b procedure, c qualify, report",
                "a, b, c, report",
            ),
            ("SELECT 1 FROM a JOIN b ON set = 1, report", "a, b, report"),
            (
                "SELECT 1 FROM a JOIN b ON values = procedure, report",
                "a, b, report",
            ),
            ("UPDATE a SET x = 1 FROM b set, report", "a, b, report"),
            (
                "MERGE INTO a USING b ON true WHEN MATCHED THEN UPDATE SET partition = 1",
                "a, b",
            ),
            ("PREPARE transaction AS DELETE FROM report", "report"),
            (
                "CREATE VIEW v (values) AS SELECT 1 FROM report",
                "v, report",
            ),
            (
                "CREATE TABLE v (values, b) AS SELECT 1 FROM report",
                "v, report",
            ),
            (
                "CREATE VIEW v AS (VALUES ((SELECT 1 FROM report)))",
                "v, report",
            ),
            ("ALTER TABLE report ADD inherit int", "report"),
            ("ALTER TABLE report ADD COLUMN inherit int", "report"),
            (
                "ALTER TABLE report DROP inherit, ALTER inherit SET DEFAULT 1",
                "report",
            ),
            ("ALTER TABLE report RENAME COLUMN inherit TO b", "report"),
            ("ALTER TABLE a ADD b int, INHERIT report", "a, report"),
            ("ALTER TABLE a ADD b int, NO INHERIT report", "a, report"),
            ("ALTER TABLE ONLY a INHERIT report", "a, report"),
        ],
    );
    assert_tables(
        Sqlite,
        &[
            (
                "DELETE FROM zt RETURNING (WITH x AS (SELECT 1 FROM report) SELECT * FROM x)",
                "zt, report",
            ),
            ("SELECT 1 FROM a offset, report", "a, report"),
            ("SELECT 1 FROM a window, report", "a, report"),
            (
                "SELECT 1 FROM a JOIN b ON a.x = b.x WINDOW w AS (), v AS (ORDER BY 1)",
                "a, b",
            ),
            ("ALTER TABLE report ADD inherit int", "report"),
            (
                "SELECT sum(a) OVER (insert ORDER BY b) FROM report",
                "report",
            ),
        ],
    );
    assert_tables(
        MySql,
        &[
            (
                "SELECT NTH_VALUE(a, 2) FROM FIRST OVER w FROM report WINDOW w AS (ORDER BY b)",
                "report",
            ),
            ("SELECT count(*) FROM first", "first"),
            (
                "SELECT 1 FROM JSON_TABLE(a, '$' COLUMNS (merge INT PATH '$')) x, report",
                "report",
            ),
            (
                "SELECT group_concat(merge ORDER BY a) FROM report",
                "report",
            ),
            ("LOCK TABLES a persistent READ, report WRITE", "a, report"),
            ("ALTER TABLE report ADD inherit int", "report"),
            ("SELECT 1 FROM union.report", "union.report"),
            ("SELECT 1 FROM a JOIN select.report", "a, select.report"),
            (
                "SELECT 1 FROM except.report, intersect.b",
                "except.report, intersect.b",
            ),
            ("INSERT INTO into.report VALUES (1)", "into.report"),
            ("INSERT into.report VALUES (1)", "into.report"),
            (
                "SELECT union.a FROM union.report UNION SELECT 1 FROM b",
                "union.report, b",
            ),
            ("SELECT 1 FROM a JOIN .report", "a, report"),
            ("UPDATE a SET offset = 1", "a"),
            (
                "UPDATE a JOIN b ON offset = 1, report SET x = 1",
                "a, b, report",
            ),
        ],
    );
}

#[test]
fn an_alias_in_quotes_is_one_behind_as() {
    let aliases = ["`r`", "r", "'r'", "\"r\"", "`ledger`", "`report`"];
    for alias in aliases {
        for sql in [
            format!("DELETE {alias} FROM report AS {alias} WHERE {alias}.id = 1"),
            format!("DELETE FROM {alias} USING report AS {alias} WHERE 1"),
            format!("delete {alias} from report as {alias} inner join cake as `c` on 1"),
        ] {
            let tables = classified(MySql, &sql).tables;
            let written: Vec<_> = tables
                .iter()
                .filter(|table| table.usage == super::Usage::Write)
                .map(ToString::to_string)
                .collect();
            assert_eq!(written, ["report"], "{sql}");
            let names: Vec<_> = tables.iter().map(ToString::to_string).collect();
            assert!(
                names == ["report"] || names == ["report", "cake"],
                "{sql}: {names:?}"
            );
        }
    }
}

#[test]
fn a_sequence_in_quotes_is_one() {
    for sql in [
        "SELECT `s`.`nextval`",
        "SELECT s.`NEXTVAL`",
        "SELECT \"s\".\"nextval\"",
        "SELECT `a`.`s`.nextval",
        "SELECT s.nextval",
    ] {
        let class = classified(MySql, sql);
        assert_eq!(class.access, Access::Write, "{sql}");
        assert!(
            matches!(class.reason, Reason::Calls(_)),
            "{sql}: {}",
            class.reason
        );
        assert_eq!(class.objects.len(), 1, "{sql}");
        assert_eq!(class.objects[0].name, "s", "{sql}");
    }
}

#[test]
fn a_type_before_a_string_begins_an_operand() {
    let perhaps = |sql: &str| {
        let class = classified(Postgres, sql);
        let names: Vec<_> = class.perhaps.iter().map(ToString::to_string).collect();
        names.join(", ")
    };
    for sql in [
        "SELECT a AT TIME ZONE 'UTC' FROM users",
        "UPDATE users SET a = now() AT TIME ZONE 'UTC'",
        "INSERT INTO users VALUES (now() AT TIME ZONE 'utc')",
        "CREATE TABLE users (t timestamptz DEFAULT (now() AT TIME ZONE 'utc'))",
        "SELECT timestamp with time zone '2020-01-01'",
        "SET TIME ZONE 'UTC'",
        "COPY users TO STDOUT WITH (FORMAT 'csv', DELIMITER ',', QUOTE '\"')",
        "SELECT 1 FROM JSON_TABLE(a, '$' COLUMNS (b int PATH '$'))",
        "SELECT 1 FROM XMLTABLE('/x' PASSING a COLUMNS b int PATH '@b')",
        "SELECT a::point, 'x'::name, b::inet, c::real, d::xid8, e::tsvector, f::money",
        "CREATE TABLE users (p point, l line, b box, n name, i inet, d decimal(1, 2))",
        "CREATE FUNCTION f() RETURNS int LANGUAGE 'sql' AS 'select 1'",
        "DO LANGUAGE 'plpgsql' 'begin end'",
        "CREATE EXTENSION x VERSION '1.0'",
        "CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p",
        "ALTER ROLE x PASSWORD 'y'",
        "SELECT a COLLATE \"C\" FROM users",
    ] {
        assert_eq!(perhaps(sql), "", "{sql}");
    }
    for sql in [
        "SELECT report '(1)'",
        "SELECT 1 WHERE a = report '(1)' AND b",
        "SELECT f(a, report '(1)')",
        "SELECT 1 FROM a WHERE x BETWEEN report '(1)' AND y",
        "INSERT INTO a VALUES (report '(1)')",
        "CREATE VIEW v AS SELECT report '(1)'",
        "SELECT CASE report '(1)' WHEN a THEN 1 END",
    ] {
        assert_eq!(perhaps(sql), "report", "{sql}");
    }
    assert_eq!(perhaps("SELECT * FROM system_user"), "system_user");
    assert_eq!(
        perhaps("DELETE FROM system_user USING report"),
        "system_user"
    );
    assert_eq!(perhaps("SELECT * FROM session_user"), "");
}

#[test]
fn a_relation_of_all_tables_is_told_by_a_condition_about_which() {
    for sql in [
        "DELETE FROM sqlite_sequence WHERE name = 'report'",
        "UPDATE sqlite_sequence SET seq = 0 WHERE name = 'report'",
        "INSERT INTO main.sqlite_sequence (name, seq) VALUES ('report', 5)",
        "SELECT seq FROM sqlite_sequence WHERE name='report'",
        "SELECT sql FROM SQLITE_MASTER WHERE name='report'",
        "SELECT COUNT(*) FROM sqlite_schema WHERE type='table' AND name='report'",
        "SELECT * FROM pragma_table_list() WHERE name='report'",
        "SELECT * FROM pragma_table_list WHERE name='report'",
        "SELECT m.name, p.* FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.name='report'",
        "SELECT * FROM dbstat WHERE name = 'report'",
        "SELECT stat FROM sqlite_stat1 WHERE tbl = 'report'",
    ] {
        let class = classified(Sqlite, sql);
        assert!(
            class.perhaps.iter().any(|table| table.name == "report"),
            "{sql}: {:?}",
            class.perhaps
        );
    }
}

#[test]
fn a_table_may_be_called_as_a_pragma() {
    assert_tables(
        Sqlite,
        &[
            ("DELETE FROM pragma_log", "pragma_log"),
            ("INSERT INTO pragma_log VALUES (1)", "pragma_log"),
            ("UPDATE pragma_log SET a = 1", "pragma_log"),
            ("DELETE FROM pragma_table_info", "pragma_table_info"),
            ("SELECT * FROM pragma_log", "pragma_log"),
            ("SELECT 1 WHERE a IN pragma_log", "pragma_log"),
            ("SELECT * FROM pragma_table_list", ""),
        ],
    );
}

#[test]
fn a_connection_answers_for_itself_on_the_master() {
    for sql in [
        "PRAGMA query_only",
        "PRAGMA foreign_keys",
        "PRAGMA main.cache_size",
        "PRAGMA busy_timeout",
        "PRAGMA database_list",
        "SELECT * FROM pragma_foreign_keys",
        "SELECT foreign_keys FROM a, pragma_foreign_keys",
        "SELECT * FROM sqlite_temp_master",
        "SELECT * FROM SQLITE_TEMP_SCHEMA",
    ] {
        assert!(classified(Sqlite, sql).asks_server(), "{sql}");
    }
    assert_access(
        Access::Read,
        Sqlite,
        &[
            "PRAGMA user_version",
            "PRAGMA page_count",
            "PRAGMA journal_mode",
            "PRAGMA table_info(report)",
            "SELECT * FROM pragma_user_version",
        ],
    );
    for sql in [
        "SHOW EVENTS",
        "SHOW EVENTS FROM app WHERE name = 'x'",
        "SHOW CREATE EVENT ev",
        "SELECT * FROM information_schema.events",
        "SELECT * FROM INFORMATION_SCHEMA.EVENTS",
        "SELECT * FROM mysql.event",
    ] {
        assert!(classified(MySql, sql).asks_server(), "{sql}");
    }
}

/// Each of these took time by the square of its depth or length once.
#[test]
fn time_is_linear_at_every_depth() {
    const TIMES: usize = 50_000;
    let deep =
        |open: &str, close: &str| format!("SELECT 1{}1{}", open.repeat(TIMES), close.repeat(TIMES));
    let many: Vec<_> = (0..TIMES).map(|n| format!("nextval('s{n}')")).collect();
    let texts = [
        (Postgres, deep(" FROM a OFFSET (SELECT 1", ")")),
        (Postgres, deep(" FROM (SELECT 1) values (", ")")),
        (Postgres, deep(" + set_config(", ", 'a', true)")),
        (MySql, deep(" FROM (SELECT 1) qualify (", ")")),
        (Postgres, format!("SELECT {}", many.join(", "))),
    ];
    for (backend, sql) in texts {
        classified(backend, &sql);
    }
}
