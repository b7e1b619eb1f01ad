use sea_orm::DbBackend;

use super::{
    Access, Class, Functions, Reason, Table, Usage, classify,
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
        with(|reading| reading.skips_code = true),
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
