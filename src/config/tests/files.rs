use std::fs;

use super::report::{assert_problems, report};
use crate::config::{BindsConfig, DeclaredKey};

#[test]
fn a_missing_file_is_said_with_its_path() {
    let path = tempfile::tempdir().unwrap().path().join("binds.yaml");
    let error = BindsConfig::from_path(&path).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{}: 1 problem\n  found no such file, expected a YAML file with `binds`",
            path.display()
        )
    );
    assert_eq!(error.problems()[0].line, None);
}

#[test]
fn a_file_of_bytes_and_a_directory_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("binds.yaml");
    fs::write(&path, b"binds: \xff").unwrap();
    let error = BindsConfig::from_path(&path).unwrap_err();
    assert_eq!(error.problems()[0].found, "bytes that are not UTF-8");
    let error = BindsConfig::from_path(directory.path()).unwrap_err();
    assert!(
        error.problems()[0]
            .found
            .starts_with("a file that can't be read"),
        "{error}"
    );
}

#[test]
fn a_file_is_read_with_its_own_name_in_errors() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.yaml");
    fs::write(&path, "binds:\n  default: sqlite://a.db\n").unwrap();
    let config = BindsConfig::from_path(&path).unwrap();
    assert_eq!(config.binds[0].master.url.expose(), "sqlite://a.db");
    fs::write(&path, "binds:\n  default: sqlite\n").unwrap();
    let error = BindsConfig::from_path(&path).unwrap_err();
    assert_eq!(error.origin(), path.display().to_string());
}

#[test]
fn problems_of_the_file_and_of_the_code_come_in_one_error() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("binds.yaml");
    let text = "binds:\n  default:\n    master: sqlite://a.db\n    slaves: [sqlite://a.db]\n  reports: sqlite://${DIR}/b.db\npol: {}\n";
    fs::write(&path, text).unwrap();
    let declared = |key: &str| DeclaredKey {
        entity: format!("app::{key}::Entity"),
        key: key.to_owned(),
    };
    let keys = [
        "default",
        "reports",
        "master",
        "slave-1",
        "reports.master",
        "default.slave-1",
    ];
    let wrong = [
        "report",
        "slave-2",
        "reports.slave-1",
        "default.reports",
        "",
        "a.b.c",
    ];
    let declared: Vec<_> = keys.into_iter().chain(wrong).map(declared).collect();
    let error = BindsConfig::load(&path, &|_| None, &declared).unwrap_err();
    let known = "one of `default`, `reports`, `master`, `slave-1`";
    let key = |key: &str, hint: &str| {
        format!(
            "\n  bind key of `app::{key}::Entity`: found `{key}`, expected {known}, or a node as `bind.node`{hint}"
        )
    };
    let expected = [
        format!("{}: 8 problems", path.display()),
        "\n  line 5, binds.reports: found `${DIR}`, which is not set, expected it in the environment, or `${DIR:-fallback}`".to_owned(),
        "\n  line 6, pol: found unknown key `pol`, expected one of `binds`, `pool`, `routing`, `functions`; did you mean `pool`?".to_owned(),
        key("report", "; did you mean `reports`?"),
        key("slave-2", "; did you mean `slave-1`?"),
        key("reports.slave-1", ""),
        key("default.reports", ""),
        key("", ""),
        key("a.b.c", ""),
    ];
    assert_eq!(error.to_string(), expected.concat());
}

#[test]
fn what_is_no_yaml_is_said_with_its_line() {
    let yaml = "expected one YAML document";
    let cases = [
        (
            "binds: {default: sqlite://a.db",
            1,
            "invalid YAML (unclosed bracket '{')",
            yaml,
        ),
        (
            "a: b: c",
            1,
            "invalid YAML (mapping values are not allowed in this context)",
            yaml,
        ),
        ("a: 'b\n", 1, "invalid YAML (unclosed quote)", yaml),
        ("a: 1\nb", 2, "invalid YAML (simple key expected ':')", yaml),
        ("a: *b", 1, "an alias (`*…`) of an unknown anchor", yaml),
        (
            "a: &a [*a]",
            1,
            "an alias (`*…`) within its own anchor",
            yaml,
        ),
        ("a:\n  <<: 1", 2, "`<<` without a mapping", yaml),
        ("a: !secret b", 1, "a tag (`!…`)", yaml),
        ("a: !!int b", 1, "a tag and a value that is no u64", yaml),
        ("binds: {}\n---\nbinds: {}", 3, "a second document", yaml),
        (
            "binds: {default: ${URL}}",
            1,
            "invalid YAML (while parsing a flow mapping, did not find expected ',' or '}')",
            "expected one YAML document; within `{}` and `[]`, `${NAME}` needs quotes",
        ),
    ];
    for (text, line, found, expected) in cases {
        assert_problems(text, &[&format!("line {line}: found {found}, {expected}")]);
    }
}

#[test]
fn what_is_no_mapping_is_no_configuration() {
    let cases = [
        (
            "",
            "line 1: found an empty file, expected a mapping with `binds`",
        ),
        (
            "# nothing\n",
            "line 2: found an empty file, expected a mapping with `binds`",
        ),
        (
            "~",
            "line 1: found an empty file, expected a mapping with `binds`",
        ),
        (
            "text",
            "line 1: found a text, expected a mapping with `binds`",
        ),
        (
            "- a",
            "line 1: found a list, expected a mapping with `binds`",
        ),
        (
            "{}",
            "line 1, binds: found no `binds`, expected a mapping of names to binds",
        ),
        (
            "binds:",
            "line 1, binds: found nothing, expected a mapping of names to binds",
        ),
        (
            "binds: {}",
            "line 1, binds: found no bind, expected a bind `default`, which serves entities without a bind key",
        ),
    ];
    for (text, expected) in cases {
        assert_problems(text, &[expected]);
    }
}

/// A file that is watched is read in a running process, which a full stack would end.
#[test]
fn a_file_that_is_nested_too_deep_is_refused() {
    for (open, close) in [("[", "]"), ("{a: ", "}")] {
        let text = |depth| format!("binds: {}{}", open.repeat(depth), close.repeat(depth));
        for depth in [17, 60] {
            let problem =
                "line 1: found values nested more than 16 deep, expected one YAML document";
            assert_problems(&text(depth), &[problem]);
        }
        // The parser may be the first to notice.
        assert_eq!(report(&text(100_000), &[]).len(), 1);
    }
}

/// Aliases that are written in a few lines are long or deep when they are followed.
#[test]
fn aliases_that_grow_are_refused() {
    let grown = |first: &str, next: &dyn Fn(usize) -> String| {
        let lines: Vec<_> = (1..40).map(next).collect();
        format!("a0: &a0 {first}\n{}\nbinds: *a39\n", lines.join("\n"))
    };
    let wide = grown("[x, x, x]", &|n| {
        let (n, before) = (n, n - 1);
        format!("a{n}: &a{n} [*a{before}, *a{before}, *a{before}, *a{before}]")
    });
    let deep = grown("[[[[[[[[x]]]]]]]]", &|n| {
        let before = n - 1;
        format!("a{n}: &a{n} [[[[[[[[*a{before}]]]]]]]]")
    });
    for text in [wide, deep] {
        let problems = report(&text, &[]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with("line "), "{problems:?}");
    }
}

#[test]
fn a_file_without_an_end_is_refused() {
    let error = BindsConfig::from_path("/dev/zero").unwrap_err();
    let expected = "/dev/zero: 1 problem\n  found a file of more than 16 MiB, expected a YAML file with `binds`";
    assert_eq!(error.to_string(), expected);
}
