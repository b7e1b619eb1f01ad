use sea_orm::DbBackend;

use super::{
    Access, Class, Functions, Reach, Reason, Table, Usage, classify,
    key::key,
    lexer::{Reading, SqlText, TokenKind},
    memo::Memo,
};

const CASES: [(DbBackend, &str); 3] = [
    (
        DbBackend::Postgres,
        include_str!("../../tests/classify/postgres.cases"),
    ),
    (
        DbBackend::MySql,
        include_str!("../../tests/classify/mysql.cases"),
    ),
    (
        DbBackend::Sqlite,
        include_str!("../../tests/classify/sqlite.cases"),
    ),
];

/// The records of a file: a line `access | tables | reason`, then the statement up to an empty line.
fn records(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("\n\n").filter_map(|record| {
        let record = record.trim_matches('\n');
        let record = match record.starts_with("# ") {
            true => record.split_once('\n')?.1,
            false => record,
        };
        record.split_once('\n')
    })
}

fn classified(backend: DbBackend, sql: &str) -> Class {
    classify(backend, sql, &Functions::builtin())
}

fn header(class: &Class) -> String {
    let tables: Vec<String> = class.tables.iter().map(named).collect();
    format!(
        "{} | {} | {}",
        class.access,
        tables.join(", "),
        class.reason
    )
}

fn named(table: &Table) -> String {
    match table.usage {
        Usage::Read => table.to_string(),
        usage => format!("{table}:{usage}"),
    }
}

#[test]
fn cases_have_their_class() {
    for (backend, text) in CASES {
        let cases: Vec<_> = records(text).collect();
        let wrong: Vec<_> = cases
            .iter()
            .map(|(expected, sql)| (expected, header(&classified(backend, sql)), sql))
            .filter(|(expected, found, _)| *expected != found)
            .map(|(expected, found, sql)| format!("{sql}\n  is {found}\n not {expected}"))
            .collect();
        assert!(wrong.is_empty(), "{backend:?}:\n{}", wrong.join("\n"));
        let count = cases.len();
        assert!(count >= 300, "{backend:?} has {count} cases");
    }
}

#[test]
fn what_is_around_a_statement_does_not_change_its_class() {
    let plain = [
        "{}",
        "  {}\n",
        "/* trace='00-1' */ {}",
        "{} /* trace='00-1' */",
        "\n\t{}\r\n",
    ];
    for (backend, text) in CASES {
        for (_, sql) in records(text) {
            let class = classified(backend, sql);
            for around in plain {
                let whole = around.replace("{}", sql);
                let trimmed = classified(backend, key(backend, &whole));
                assert_eq!(trimmed, classified(backend, &whole), "{backend:?}: {whole}");
                if class.is_read() {
                    assert!(trimmed.is_read(), "{backend:?}: {whole}");
                }
            }
        }
    }
}

#[test]
fn a_trimmed_text_has_the_class_of_the_whole() {
    let texts = [
        "/* a */ /* b */ SELECT 1 /* c */",
        "SELECT ' /* ' */",
        "SELECT 1 /* a /* b */",
        "SELECT 1 /* a */ /* b */",
        "SELECT 1 -- /* a */",
        "SELECT 1 # /* a */",
        "SELECT '/*' /* a */",
        "SELECT '\\', nextval(1), ' /* ' -- */",
        "SELECT $$ /* $$ */",
        "/*! DELETE FROM cake; */ SELECT 1",
        "/*M! DELETE FROM cake; */ SELECT 1",
        "SELECT 1 /*! , nextval(s) */",
        "/*+ x */ SELECT 1",
        "-- a\nSELECT 1",
        "-- a\r; DELETE FROM cake; \nSELECT 1",
        "--a\nSELECT 1",
        "# a\nSELECT 1",
        "/* a /* b */ c */ SELECT 1",
        "SELECT 1 */* a */",
        "SELECT 1 /* a */ ; /* b */",
        "/* unterminated",
        "*/",
        "/*/",
        "--",
        "",
    ];
    for (backend, _) in CASES {
        for text in texts {
            let trimmed = key(backend, text);
            assert_eq!(
                classified(backend, trimmed),
                classified(backend, text),
                "{backend:?}: {text}"
            );
        }
    }
}

#[test]
fn added_functions_win_over_the_built_in_ones() {
    let functions = Functions::builtin()
        .with("app.tax", Access::Read)
        .with("Round", Access::Write)
        .with("\"AddTax\"", Access::Read)
        .with("nextval", Access::Write)
        .with("nextval", Access::Read);
    let is_read = |backend, sql| classify(backend, sql, &functions).is_read();
    assert!(is_read(
        DbBackend::Postgres,
        "SELECT App.TAX(1), nextval('s')"
    ));
    assert!(is_read(DbBackend::Postgres, "SELECT \"AddTax\"(1)"));
    assert!(!is_read(DbBackend::Postgres, "SELECT AddTax(1)"));
    assert!(!is_read(DbBackend::Postgres, "SELECT tax(1)"));
    assert!(!is_read(DbBackend::Postgres, "SELECT \"App\".tax(1)"));
    for (backend, _) in CASES {
        assert!(!is_read(backend, "SELECT ROUND(1)"));
    }
    assert!(is_read(DbBackend::MySql, "SELECT `app`.`TAX`(1)"));
}

#[test]
fn an_unknown_function_is_named_with_its_schema() {
    let class = classified(DbBackend::Postgres, "SELECT Shop.\"Tax\"(1)");
    assert_eq!(class.reason, Reason::UnknownFunction("shop.Tax".to_owned()));
    assert_eq!(class.access, Access::Write);
}

#[test]
fn catalogues_say_nothing_about_the_bind() {
    let of = |backend, sql| {
        classified(backend, sql)
            .tables
            .iter()
            .all(|table| table.is_catalogue(backend))
    };
    assert!(of(
        DbBackend::Postgres,
        "SELECT * FROM pg_class, pg_catalog.pg_type, information_schema.tables"
    ));
    assert!(of(
        DbBackend::MySql,
        "SELECT * FROM mysql.user, performance_schema.threads, sys.version"
    ));
    assert!(of(
        DbBackend::Sqlite,
        "SELECT * FROM sqlite_master, main.sqlite_schema"
    ));
    assert!(!of(DbBackend::MySql, "SELECT * FROM pg_rating"));
    assert!(!of(DbBackend::Postgres, "SELECT * FROM shop.pg_class"));
    assert!(!of(DbBackend::Postgres, "SELECT * FROM sys.users"));
    assert!(!of(DbBackend::Postgres, "SELECT * FROM mysql.users"));
    assert!(!of(DbBackend::Postgres, "SELECT * FROM sqlite_stock"));
    assert!(!of(DbBackend::Postgres, "SELECT * FROM \"PG_CATALOG\".a"));
    assert!(!of(DbBackend::MySql, "SELECT * FROM sqlite_stock"));
    assert!(!of(DbBackend::MySql, "SELECT * FROM pg_catalog.a"));
    assert!(!of(DbBackend::Sqlite, "SELECT * FROM mysql.a"));
}

#[test]
fn hostile_texts_are_answered() {
    let deep = 10_000;
    let texts = [
        format!("SELECT {}1{}", "(".repeat(deep), ")".repeat(deep)),
        format!(
            "SELECT * FROM {}t{}",
            "(SELECT * FROM ".repeat(deep),
            ") x".repeat(deep)
        ),
        format!(
            "{}SELECT 1{}",
            "WITH a AS (".repeat(deep),
            ") SELECT 1".repeat(deep)
        ),
        format!("SELECT {}", "(".repeat(1_000_000)),
        format!("SELECT 1{}", " OR a = 1".repeat(1_200_000)),
        format!("SELECT '{}'", "x".repeat(10_000_000)),
        "/*".repeat(1_000_000),
        "/*!".repeat(1_000_000),
        "$a".repeat(1_000_000),
        "'".repeat(1_000_001),
        ";".repeat(1_000_000),
        "SELECT 1;".repeat(100_000),
        "EXPLAIN ".repeat(100_000),
        "EXPLAIN (;".repeat(100_000),
        "SELECT 1\0; DELETE FROM cake".to_owned(),
        "SELECT '\\ud800', U&'\\ud800', '\u{fffd}', \u{feff}1".to_owned(),
    ];
    for (backend, _) in CASES {
        for text in &texts {
            classified(backend, text);
        }
    }
    let nested = classified(DbBackend::Postgres, &texts[0]);
    assert!(nested.is_read());
    assert_eq!(
        classified(DbBackend::Postgres, &texts[3]).reason,
        Reason::TooLong
    );
}

#[test]
fn every_prefix_of_every_case_is_answered() {
    for (backend, text) in CASES {
        for (_, sql) in records(text) {
            for end in (0..sql.len()).filter(|end| sql.is_char_boundary(*end)) {
                let prefix = &sql[..end];
                let class = classified(backend, prefix);
                let trimmed = classified(backend, key(backend, prefix));
                assert_eq!(class, trimmed, "{backend:?}: {prefix}");
            }
        }
    }
}

#[test]
fn a_memo_keeps_texts_by_backend_and_without_their_edges() {
    let memo = Memo::new(1 << 20);
    memo.insert(DbBackend::Postgres, "SELECT 1", |_| 7);
    assert_eq!(
        memo.get(DbBackend::Postgres, " /* trace='1' */ SELECT 1 /* x */\n"),
        Some(7)
    );
    assert_eq!(memo.get(DbBackend::MySql, "SELECT 1"), None);
    memo.insert(DbBackend::Postgres, &" SELECT 2".repeat(10_000), |_| 8);
    assert_eq!(memo.len(), 1);
    memo.clear();
    assert!(memo.is_empty());
}

#[test]
fn a_memo_is_bounded_in_bytes() {
    let memo = Memo::new(1 << 20);
    for number in 0..100_000 {
        memo.insert(
            DbBackend::Sqlite,
            &format!("SELECT {number} FROM cake WHERE name = 'x'"),
            |_| number,
        );
    }
    let weight = memo.weight();
    assert!(
        memo.len() > 1_000 && weight <= 1 << 20,
        "{} texts, {weight} bytes",
        memo.len()
    );
}

/// Texts of pieces that begin, end or hide one another.
fn random_texts(pieces: &'static [&'static str], count: usize) -> impl Iterator<Item = String> {
    // A linear congruential generator: the same texts each time.
    let mut seed = 20_251_128_u64;
    let mut next = move |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).expect("31 bits fit") % below
    };
    (0..count).map(move |_| {
        let length = 1 + next(16);
        (0..length).map(|_| pieces[next(pieces.len())]).collect()
    })
}

#[test]
fn equal_keys_mean_equal_tokens() {
    const PIECES: &[&str] = &[
        "'",
        "'",
        "\"",
        "`",
        "[",
        "]",
        "$",
        "$$",
        "$a$",
        "$1",
        "?",
        "@",
        "@@",
        ":",
        "::",
        "#",
        "\\",
        "--",
        "-",
        "/*",
        "/*",
        "*/",
        "*/",
        "/*!",
        "/*M!",
        "/*!99999",
        "/*+",
        "/",
        "*",
        "!",
        "+",
        "(",
        ")",
        ";",
        ",",
        ".",
        " ",
        " ",
        " ",
        "\n",
        "\r",
        "\t",
        "\u{b}",
        "\u{feff}",
        "e",
        "E'",
        "U&\"",
        "a",
        "as",
        "select ",
        "1",
        "0x",
        " from report",
        "delete from report",
        "nextval('s')",
    ];
    let with = |change: fn(&mut Reading)| {
        let mut reading = Reading::default();
        change(&mut reading);
        reading
    };
    let readings = [
        Reading::default(),
        with(|reading| reading.skips_code = u32::MAX),
        with(|reading| reading.other_backslash = true),
        with(|reading| reading.ansi_quotes = true),
    ];
    for (backend, _) in CASES {
        let mut cut = 0;
        for text in random_texts(PIECES, 300_000) {
            let key = key(backend, &text);
            if key == text.trim_ascii() {
                continue;
            }
            cut += 1;
            for reading in readings {
                let whole = SqlText::read(backend, &text, reading);
                let trimmed = SqlText::read(backend, key, reading);
                assert_eq!(tokens(&whole), tokens(&trimmed), "{backend:?}: {text:?}");
                assert_eq!(whole.fault(), trimmed.fault(), "{backend:?}: {text:?}");
                assert_eq!(whole.doubts(), trimmed.doubts(), "{backend:?}: {text:?}");
            }
            assert_eq!(classified(backend, key), classified(backend, &text));
        }
        assert!(cut > 1_000, "{backend:?} had only {cut} comments cut");
    }
}

/// All that the walk can see of a text.
fn tokens<'a>(text: &SqlText<'a>) -> Vec<(Option<TokenKind>, &'a str, bool)> {
    (0..text.len())
        .map(|at| (text.kind(at), text.raw(at), text.touches_next(at)))
        .collect()
}

fn objects(backend: DbBackend, sql: &str) -> String {
    let class = classified(backend, sql);
    let names: Vec<_> = class.objects.iter().map(ToString::to_string).collect();
    names.join(", ")
}

#[test]
fn objects_are_named_where_no_table_tells_where_they_are() {
    let postgres = [
        ("DROP INDEX i", "index i"),
        (
            "DROP INDEX CONCURRENTLY IF EXISTS app.i, \"J\" CASCADE",
            "index app.i, index J",
        ),
        ("ALTER INDEX i RENAME TO j", "index i"),
        ("REINDEX INDEX i", "index i"),
        ("CREATE INDEX i ON t (a)", ""),
        (
            "CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
            "",
        ),
        ("DROP TRIGGER g ON t", ""),
        ("DROP POLICY p ON t", ""),
        ("SELECT nextval('s')", "sequence s"),
        (
            "SELECT nextval('app.\"S\"'::regclass), setval('r', 1)",
            "sequence app.S, sequence r",
        ),
        ("SELECT pg_catalog.nextval(E'S')", "sequence s"),
        (
            "SELECT nextval($a$s$a$), currval($$r$$)",
            "sequence s, sequence r",
        ),
        ("SELECT nextval(U&'\\0053')", "sequence s"),
        (
            "SELECT nextval(U&'app.\"!D83D!DE00\"' UESCAPE '!'::regclass)",
            "sequence app.😀",
        ),
        ("SELECT nextval('a'\n'b')", "sequence ab"),
        ("SELECT nextval('a' || 'b')", ""),
        ("SELECT setval($a_1$s$a_1$, 5)", "sequence s"),
        ("SELECT nextval($1)", ""),
        ("SELECT nextval('not a name')", ""),
        ("SELECT setval(pg_get_serial_sequence('t', 'id'), 1)", ""),
        ("ALTER SEQUENCE s RESTART", "sequence s"),
        ("DROP SEQUENCE IF EXISTS a, b", "sequence a, sequence b"),
        ("CREATE SEQUENCE s", ""),
        ("CREATE SEQUENCE s OWNED BY t.id", "sequence s"),
        ("COMMENT ON SEQUENCE s IS 'x'", "sequence s"),
        ("COMMENT ON INDEX i IS 'x'", "index i"),
        ("COMMENT ON TRIGGER g ON t IS 'x'", ""),
        (
            "GRANT USAGE ON SEQUENCE a, b TO x",
            "sequence a, sequence b",
        ),
        (
            "GRANT EXECUTE ON FUNCTION f(int), g(text, int) TO x",
            "routine f, routine g",
        ),
        ("GRANT SELECT ON t TO x", ""),
        ("GRANT SELECT ON ALL TABLES IN SCHEMA s TO x", ""),
        ("CREATE TYPE mood AS ENUM ('a')", ""),
        ("ALTER TYPE mood ADD VALUE 'b'", "type mood"),
        ("DROP TYPE IF EXISTS app.mood", "type app.mood"),
        ("DROP DOMAIN d", "type d"),
        ("DROP FUNCTION f(int), g", "routine f, routine g"),
        ("ALTER FUNCTION f(int) VOLATILE", "routine f"),
        ("DROP VIEW v", "view v"),
        ("ALTER MATERIALIZED VIEW v RENAME TO w", "view v"),
        ("REFRESH MATERIALIZED VIEW CONCURRENTLY v", "view v"),
        ("CREATE VIEW v AS SELECT 1", ""),
        ("DROP STATISTICS s", "statistics s"),
        ("CREATE STATISTICS s ON a, b FROM t", ""),
        ("DROP PUBLICATION p", "publication p"),
        ("ALTER PUBLICATION p ADD TABLE t", ""),
        ("DROP SCHEMA s CASCADE", "schema s"),
        ("DROP EXTENSION x", "extension x"),
        ("DROP ROLE r", ""),
        ("DROP TABLE t", ""),
    ];
    for (sql, expected) in postgres {
        assert_eq!(objects(DbBackend::Postgres, sql), expected, "{sql}");
    }
    let mysql = [
        ("DROP INDEX i ON t", ""),
        ("DROP TRIGGER g", "trigger g"),
        ("DROP TRIGGER IF EXISTS app.g", "trigger app.g"),
        (
            "SELECT NEXTVAL(s), LASTVAL(app.r)",
            "sequence s, sequence app.r",
        ),
        ("SELECT NEXT VALUE FOR s", "sequence s"),
        ("SELECT app.s.nextval", "sequence app.s"),
        ("DROP EVENT e", "event e"),
        ("DROP PROCEDURE p", "routine p"),
    ];
    for (sql, expected) in mysql {
        assert_eq!(objects(DbBackend::MySql, sql), expected, "{sql}");
    }
    let sqlite = [
        ("DROP INDEX i", "index i"),
        ("DROP TRIGGER main.g", "trigger main.g"),
        ("DROP VIEW v", "view v"),
    ];
    for (sql, expected) in sqlite {
        assert_eq!(objects(DbBackend::Sqlite, sql), expected, "{sql}");
    }
}

#[test]
fn tables_of_sequences_and_of_the_current_database_are_found() {
    let cases = [
        (
            DbBackend::Postgres,
            "SELECT setval(pg_get_serial_sequence('app.t', 'id'), 1)",
            "app.t",
        ),
        (
            DbBackend::Postgres,
            "ALTER SEQUENCE s OWNED BY app.t.id",
            "s, app.t",
        ),
        (
            DbBackend::Postgres,
            "CREATE SEQUENCE s OWNED BY t.id",
            "s, t",
        ),
        (
            DbBackend::MySql,
            "SELECT * FROM .t, .u x JOIN .v",
            "t, u, v",
        ),
        (DbBackend::MySql, "INSERT INTO .t VALUES (1)", "t"),
        (DbBackend::MySql, "UPDATE .t SET a = 1", "t"),
        (DbBackend::MySql, "DELETE FROM .t", "t"),
        (DbBackend::MySql, "DROP TABLE .t", "t"),
    ];
    for (backend, sql, expected) in cases {
        let tables = classified(backend, sql).tables;
        let names: Vec<_> = tables.iter().map(ToString::to_string).collect();
        assert_eq!(names.join(", "), expected, "{sql}");
    }
}

/// Whatever leaves nothing behind is a read or a question, and the other way round.
#[test]
fn reach_of_the_cases_agrees_with_their_access() {
    for (backend, text) in CASES {
        for (_, sql) in records(text) {
            let class = classified(backend, sql);
            match class.is_read() {
                true => assert_eq!(class.reach, Reach::Answer, "{sql}"),
                false if class.asks_server() => assert!(class.reach <= Reach::Server, "{sql}"),
                false if class.reason == Reason::SeveralStatements => {}
                false => assert!(class.reach > Reach::Answer, "{sql}"),
            }
        }
    }
}

#[test]
fn statements_reach_as_far_as_their_farthest_part() {
    const MYSQL: DbBackend = DbBackend::MySql;
    const POSTGRES: DbBackend = DbBackend::Postgres;
    for (backend, sql, reach) in [
        (POSTGRES, "SELECT 'SET LOCAL', 'read'", Reach::Answer),
        (
            POSTGRES,
            "/* a */ -- b\n SeT LoCaL app.tenant = 'bread-shop'",
            Reach::Setting,
        ),
        (
            POSTGRES,
            "SET LOCAL a.b = 'x'; SAVEPOINT c;",
            Reach::Setting,
        ),
        (
            POSTGRES,
            "SET LOCAL a.b = 'x'; SET a.b = 'y'",
            Reach::Connection,
        ),
        (
            POSTGRES,
            "SET LOCAL a.b = 'x'; DELETE FROM cake",
            Reach::Master,
        ),
        (
            POSTGRES,
            "SET LOCAL a.b = 'x\\''; DELETE FROM cake --'",
            Reach::Connection,
        ),
        (
            POSTGRES,
            "ROLLBACK TRANSACTION TO SAVEPOINT a",
            Reach::Setting,
        ),
        (POSTGRES, "ROLLBACK", Reach::Connection),
        (
            POSTGRES,
            "SELECT 1 FROM pg_locks WHERE pid = pg_backend_pid()",
            Reach::Transaction,
        ),
        (
            POSTGRES,
            "SELECT set_config('a.b', $1, true)",
            Reach::Setting,
        ),
        (
            POSTGRES,
            "SELECT set_config('a.b', $1, (true))",
            Reach::Connection,
        ),
        (
            POSTGRES,
            "SELECT set_config('a.b', $1, $2)",
            Reach::Connection,
        ),
        (
            POSTGRES,
            "SELECT set_config('a.b', $1, false OR true)",
            Reach::Connection,
        ),
        (
            POSTGRES,
            "SELECT app.set_config('a.b', $1, true)",
            Reach::Connection,
        ),
        (
            POSTGRES,
            "SELECT set_config('a.b', '1', true), pg_advisory_xact_lock(1)",
            Reach::Master,
        ),
        (
            POSTGRES,
            "SELECT mine(), pg_advisory_xact_lock(1)",
            Reach::Master,
        ),
        (
            POSTGRES,
            "SELECT pg_is_in_recovery(), mine()",
            Reach::Connection,
        ),
        (
            POSTGRES,
            "SELECT current_setting('a.b'), pg_backend_pid()",
            Reach::Server,
        ),
        (
            POSTGRES,
            "DECLARE c CURSOR FOR SELECT mine()",
            Reach::Connection,
        ),
        (
            POSTGRES,
            "DECLARE c CURSOR WITH /* a */ HOLD FOR SELECT 1",
            Reach::Connection,
        ),
        (
            POSTGRES,
            "DECLARE c CURSOR WITHOUT HOLD FOR SELECT 1",
            Reach::Transaction,
        ),
        (
            POSTGRES,
            "LOCK TABLE ONLY a, b IN ACCESS SHARE MODE",
            Reach::Transaction,
        ),
        (
            POSTGRES,
            "LOCK TABLE a IN ACCESS EXCLUSIVE MODE",
            Reach::Master,
        ),
        (
            POSTGRES,
            "EXPLAIN ANALYZE SELECT pg_advisory_lock(1)",
            Reach::Master,
        ),
        (MYSQL, "SET LOCAL autocommit = 0", Reach::Connection),
        (MYSQL, "SET @a = GET_LOCK('b', 1)", Reach::Master),
        (MYSQL, "SELECT @a := LAST_INSERT_ID()", Reach::Connection),
        (MYSQL, "SELECT LAST_INSERT_ID( )", Reach::Transaction),
        (
            MYSQL,
            "SAVEPOINT a /*!50000 ; DELETE FROM cake */",
            Reach::Master,
        ),
        (
            MYSQL,
            "SELECT 1 FROM cake LOCK IN SHARE MODE",
            Reach::Master,
        ),
        (MYSQL, "CREATE TEMPORARY TABLE a (b int)", Reach::Connection),
        (POSTGRES, "CREATE TEMP TABLE a (b int)", Reach::Master),
    ] {
        assert_eq!(classified(backend, sql).reach, reach, "{sql}");
    }
}
