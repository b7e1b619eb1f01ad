use super::report::{read, report};
use crate::config::Balance;

fn expanded(template: &str, variables: &[(&str, &str)]) -> Result<String, Vec<String>> {
    let text =
        format!("binds: {{default: postgres://db/app}}\npool: {{application_name: '{template}'}}");
    match read(&text, variables) {
        Ok(config) => Ok(config.pool.application_name.unwrap()),
        Err(_) => Err(report(&text, variables)),
    }
}

#[test]
fn variables_are_replaced_as_in_the_shell() {
    let variables = &[
        ("A", "one"),
        ("EMPTY", ""),
        ("_2", "two"),
        ("YAML", "x: {y: ${A}}\nz: #"),
    ];
    let cases = [
        ("${A}", "one"),
        ("a${A}b${_2}c", "aonebtwoc"),
        ("${A:-fallback}", "one"),
        ("${EMPTY:-fallback}", "fallback"),
        ("${UNSET:-fallback}", "fallback"),
        ("x${UNSET:-}", "x"),
        ("x${EMPTY}", "x"),
        ("${UNSET:-${A}}", "one"),
        ("${UNSET:-a${EMPTY:-b${_2}}c}d", "abtwocd"),
        ("${UNSET:-:-}", ":-"),
        ("${A:-${UNSET}}", "one"),
        ("$${A}", "${A}"),
        ("$$${A}", "$${A}"),
        ("${UNSET:-$${A}", "${A"),
        ("$A $ {A} }", "$A $ {A} }"),
        ("${YAML}", "x: {y: ${A}}\nz: #"),
    ];
    for (template, expected) in cases {
        assert_eq!(
            expanded(template, variables).as_deref(),
            Ok(expected),
            "{template}"
        );
    }
}

#[test]
fn every_type_may_come_from_the_environment() {
    let text = r#"
binds:
  default:
    master: ${URL}
    slaves: [{ url: "${URL}", weight: "${WEIGHT}" }]
    balance: ${BALANCE}
pool: { max_connections: "${MAX:-10}", idle_timeout: "${IDLE}" }
routing:
  echo: ${ECHO}
  seed: ${SEED:-7}
"#;
    let variables = [
        ("URL", "sqlite://a.db"),
        ("WEIGHT", "3"),
        ("BALANCE", "round_robin"),
        ("IDLE", "5s"),
        ("ECHO", "true"),
    ];
    let config = read(text, &variables).unwrap();
    assert_eq!(config.binds[0].slaves[0].weight, 3);
    assert_eq!(config.binds[0].reads.balance, Some(Balance::RoundRobin));
    assert_eq!(config.pool.max_connections, Some(10));
    assert_eq!(config.routing.seed, Some(7));
    assert_eq!(config.routing.echo, Some(true));
}

#[test]
fn variables_without_a_value_are_named() {
    let unset = |name: &str| {
        format!(
            "line 2, pool.application_name: found `${{{name}}}`, which is not set, expected it in the environment, or `${{{name}:-fallback}}`"
        )
    };
    let syntax = |found: &str| {
        format!(
            "line 2, pool.application_name: found {found}, expected `${{NAME}}`, `${{NAME:-fallback}}` or `${{file:/path}}`; `$${{` is a literal `${{`"
        )
    };
    let cases = [
        ("${A}", vec![unset("A")]),
        ("${A}${B}${A}", vec![unset("A"), unset("B")]),
        ("${A:-${B}}", vec![unset("B")]),
        ("${A", vec![syntax("`${` without `}`")]),
        ("${A:-${B}", vec![syntax("`${` without `}`")]),
        ("${A}${", vec![unset("A"), syntax("`${` without `}`")]),
        ("${}", vec![syntax("`${…}` without the name of a variable")]),
        (
            "${A-B}",
            vec![syntax("`${…}` without the name of a variable")],
        ),
        (
            "${1A}",
            vec![syntax("`${…}` without the name of a variable")],
        ),
    ];
    for (template, expected) in cases {
        assert_eq!(expanded(template, &[]), Err(expected), "{template}");
    }
}

#[test]
fn values_of_variables_are_named_but_not_shown() {
    let text = "binds: {default: sqlite://a.db}\nrouting:\n  balance: ${A}x${B:-y}\n";
    assert_eq!(
        report(text, &[("A", "hidden")]),
        [
            "line 3, routing.balance: found the value of `${A}` and `${B}`, expected `random`, `round_robin`, `least` or `latency`"
        ]
    );
}

#[test]
fn files_are_values_without_their_last_line_end() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = directory.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    let path = file("secret", b"one\n");
    let cases = [
        (format!("${{file:{path}}}"), "one"),
        (format!("x${{file:{path}}}y"), "xoney"),
        (format!("${{file:{path}:-fallback}}"), "one"),
        (format!("${{file:{}}}", file("dos", b"two\r\n")), "two"),
        (format!("${{file:{}}}", file("bare", b"three")), "three"),
        (format!("${{file:{}}}", file("lines", b"a\n\n")), "a\n"),
        (format!("${{file:{path}.none:-${{A}}}}"), "environment"),
        (format!("${{file:{}:-b}}", file("empty", b"")), "b"),
        (format!("${{UNSET:-${{file:{path}}}}}"), "one"),
    ];
    for (template, expected) in cases {
        let expanded = expanded(&template, &[("A", "environment")]);
        assert_eq!(expanded.as_deref(), Ok(expected), "{template}");
    }
}

#[test]
fn files_without_a_value_are_named_with_their_place() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().display();
    std::fs::write(directory.path().join("bytes"), b"s3cret\xff").unwrap();
    std::fs::write(directory.path().join("large"), "s3cret ".repeat(10_000)).unwrap();
    let cases = [
        ("missing", "which does not exist"),
        ("bytes", "which is not UTF-8"),
        ("large", "which is larger than 64 KiB"),
        (".", "which is a directory"),
        ("bytes/x", "which does not exist"),
    ];
    for (name, found) in cases {
        let expected = format!(
            "line 2, pool.application_name: found `${{file:{root}/{name}}}`, {found}, expected a file with the value as UTF-8 text"
        );
        let template = format!("${{file:{root}/{name}}}");
        assert_eq!(expanded(&template, &[]), Err(vec![expected]), "{name}");
    }
    let expected = "line 2, pool.application_name: found `${file:/dev/zero}`, which is no regular file, expected a file with the value as UTF-8 text";
    assert_eq!(
        expanded("${file:/dev/zero}", &[]),
        Err(vec![expected.to_owned()])
    );
}

#[test]
fn the_value_of_a_file_is_not_shown() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("secret");
    std::fs::write(&path, "s3cret\n").unwrap();
    let path = path.display();
    for text in [
        format!("binds: {{default: 'postgres://app:${{file:{path}}}@db:x/app'}}"),
        format!("binds: {{default: '${{file:{path}}}'}}"),
        format!("binds: {{default: sqlite://a.db}}\nrouting: {{balance: '${{file:{path}}}'}}"),
    ] {
        let problems = report(&text, &[]).join("\n");
        assert!(!problems.contains("s3cret"), "{problems}");
    }
    let problems = report(
        "binds: {default: 'postgres://app:${file:s3cret@db/app}'}",
        &[],
    );
    assert!(!problems.join("").contains("s3cret"), "{problems:?}");
}
