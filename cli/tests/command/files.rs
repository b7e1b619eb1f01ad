use std::{
    io::{Read, Write},
    net::TcpListener,
};

use serde_json::Value;

use crate::desk::Desk;

const TWO_BINDS: &str = "\
binds:
  default:
    master: postgres://app:s3cret@127.0.0.1:1/app
    slaves:
      slave-1: postgres://app:s3cret@127.0.0.1:1/app
  reports:
    master: postgres://app:s3cret@127.0.0.1:1/reports
    tables: [\"legacy_*\"]
";

#[test]
fn check_says_everything_that_is_wrong_with_a_file() {
    let desk = Desk::new();
    desk.write("binds.yaml", TWO_BINDS);
    let good = desk.run(&["check"]);
    assert_eq!(
        (good.code, good.output.as_str()),
        (0, "binds.yaml: 2 binds, 3 nodes\nno problem\n"),
        "{}",
        good.errors
    );

    desk.write(
        "bad.yaml",
        "binds:\n  default:\n    master: nowhere\n    slave: {}\nrouting:\n  max_lag: soon\n",
    );
    let bad = desk.run(&["check", "bad.yaml"]);
    assert_eq!(bad.code, 1);
    for line in [
        "bad.yaml: 3 problems",
        "line 3, binds.default.master",
        "line 4, ",
        "line 6, routing.max_lag",
    ] {
        assert!(bad.output.contains(line), "{line}: {}", bad.output);
    }
    let json = desk.run(&["check", "--config", "bad.yaml", "--format", "json"]);
    assert_eq!(json.code, 1);
    let told: Value = serde_json::from_str(&json.output).unwrap();
    assert_eq!(told["problems"].as_array().unwrap().len(), 3);
    assert_eq!(told["problems"][0]["line"], 3);

    for none in [&["none.yaml"][..], &["--config", "none.yaml"]] {
        let none = desk.run(&[&["check"], none].concat());
        assert_eq!(none.code, 1);
        let told = "none.yaml: 1 problem\n  the file: found no such file, expected a YAML file with `binds`\n";
        assert_eq!(none.output, told);
    }
    let recovered = desk.run(&["recover", "none.yaml"]);
    assert_eq!(recovered.code, 1);
    assert!(
        recovered.errors.starts_with("none.yaml: "),
        "{}",
        recovered.errors
    );
    assert_eq!(desk.run(&["chekc"]).code, 2);
}

#[test]
fn standard_input_can_be_the_binds() {
    let desk = Desk::new();
    // It is not the file of that name, which has a name of its own.
    desk.write("-", "binds: {}\n");
    for check in [&["check", "-"][..], &["check", "--config", "-"]] {
        let good = desk.run_with(check, TWO_BINDS);
        let told = "standard input: 2 binds, 3 nodes\nno problem\n";
        assert_eq!(
            (good.code, good.output.as_str()),
            (0, told),
            "{}",
            good.errors
        );
    }
    let file = desk.run_with(&["check", "./-"], TWO_BINDS);
    assert_eq!(file.code, 1, "{}", file.output);
    let bad = "binds:\n  default: nowhere\nrouting: { max_lag: soon }\n";
    let told = desk.run_with(&["check", "-", "--format", "json"], bad);
    assert_eq!(told.code, 1, "{}", told.errors);
    let told: Value = serde_json::from_str(&told.output).unwrap();
    assert_eq!(told["file"], "standard input");
    let lines = [0, 1].map(|number| told["problems"][number]["line"].as_u64());
    assert_eq!(lines, [Some(2), Some(3)], "{told}");

    // A relative path starts where the command was started.
    let here = "binds:\n  default: sqlite://here.db?mode=rwc\n";
    let asked = desk.run_with(&["check", "-", "--connect"], here);
    assert_eq!(asked.code, 0, "{}{}", asked.output, asked.errors);
    assert!(asked.output.ends_with("no problem\n"), "{}", asked.output);
    assert!(desk.path().join("here.db").exists());
    let status = desk.run_with(&["status", "-", "--format", "json"], here);
    let told: Value = serde_json::from_str(&status.output).unwrap();
    let node = ["bind", "node", "state"].map(|key| told["nodes"][0][key].as_str().unwrap());
    assert_eq!(node, ["default", "master", "serving"], "{}", status.errors);
    let recovered = desk.run_with(&["recover", "-"], here);
    assert_eq!(recovered.code, 0, "{}", recovered.errors);
    let explain = ["explain", "--config", "-", "DELETE FROM legacy_log"];
    let explained = desk.run_with(&explain, TWO_BINDS);
    let told = "goes to reports.master: `legacy_log` matches `legacy_*` in binds.yaml";
    assert!(explained.output.contains(told), "{}", explained.errors);

    let both = desk.run_with(&["explain", "--config", "-", "--file", "-"], TWO_BINDS);
    assert_eq!(both.code, 2, "{}", both.output);
    assert!(both.errors.contains("not both"), "{}", both.errors);
    for command in ["check", "status", "recover", "explain"] {
        let help = desk.run(&[command, "--help"]).output;
        assert!(help.contains("`-` is the standard input"), "{help}");
    }
    let help = desk.run(&["--help"]).output;
    assert!(help.contains("start from the working directory"), "{help}");
}

#[test]
fn check_names_every_node_that_can_not_be_connected_and_no_password() {
    let desk = Desk::new();
    desk.write("binds.yaml", TWO_BINDS);
    let answer = desk.run(&["check", "--connect", "--patience", "1"]);
    assert_eq!(answer.code, 1);
    for node in ["default.master: ", "default.slave-1: ", "reports.master: "] {
        assert!(
            answer.output.contains(node),
            "{node}: {}{}",
            answer.output,
            answer.errors
        );
    }
    assert!(!answer.output.contains("s3cret") && !answer.errors.contains("s3cret"));
}

#[test]
fn explain_tells_class_tables_bind_and_why_without_a_server() {
    let desk = Desk::new();
    desk.write("binds.yaml", TWO_BINDS);
    let answer = desk.run(&["explain", "DELETE FROM legacy_log USING cake"]);
    assert_eq!(
        answer.code, 1,
        "two binds are one too many: {}",
        answer.output
    );
    assert!(
        answer
            .output
            .contains("tables: legacy_log (written), cake (read)"),
        "{}",
        answer.output
    );
    assert!(
        answer.output.contains("is refused before it is sent: "),
        "{}",
        answer.output
    );
    let answer = desk.run(&["explain", "DELETE FROM legacy_log"]);
    let expected = "\
DELETE FROM legacy_log
  is a write: writes legacy_log
  tables: legacy_log (written)
  goes to reports.master: `legacy_log` matches `legacy_*` in binds.yaml; writes go to the master
";
    assert_eq!(
        (answer.code, answer.output.as_str()),
        (0, expected),
        "{}",
        answer.errors
    );

    let texts = "SELECT * FROM cake WHERE a = 'it''s; so'; -- a; b
CREATE FUNCTION f() RETURNS int AS $f$
BEGIN
  PERFORM $$;$$;
END $f$ LANGUAGE plpgsql;
;;
/* ; */ SELECT \"a;b\" FROM cake";
    let answer = desk.run_with(&["explain", "--file", "-", "--format", "json"], texts);
    assert_eq!(answer.code, 0, "{}{}", answer.output, answer.errors);
    let told: Value = serde_json::from_str(&answer.output).unwrap();
    let told: Vec<_> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["access"].as_str().unwrap(),
                one["route"]["node"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("read", "slave-1"),
            ("write", "master"),
            ("read", "slave-1")
        ]
    );

    let none = desk.run(&["explain", "--config", "none.yaml", "SELECT 1"]);
    assert_eq!(
        none.code, 1,
        "a file that was named is there: {}",
        none.output
    );
    desk.write(
        "strict.yaml",
        &format!("{TWO_BINDS}routing: {{ consistency: strong }}\nfunctions: {{ read: [tax] }}\n"),
    );
    let strict = desk.run(&[
        "explain",
        "--config",
        "strict.yaml",
        "SELECT tax(1) FROM cake",
    ]);
    let expected = "is a read: plain query\n  tables: cake (read)\n  goes to default.master: no entry in binds.yaml; strong consistency\n";
    assert!(
        strict.output.ends_with(expected),
        "{}{}",
        strict.output,
        strict.errors
    );
    let elsewhere = Desk::new();
    let answer = elsewhere.run(&[
        "explain",
        "--dialect",
        "mysql",
        "REPLACE INTO `cake` VALUES (1)",
    ]);
    assert_eq!(answer.code, 0);
    assert!(
        answer.output.contains("is a write: writes cake") && !answer.output.contains("goes to"),
        "{}",
        answer.output
    );
}

#[test]
fn explain_cuts_a_file_as_its_server_does_and_says_where_it_can_not() {
    let desk = Desk::new();
    let text = r"SELECT E'a\'; b'; CREATE RULE r AS ON INSERT TO a DO ALSO (DELETE FROM b; DELETE FROM c);
SELECT /* /* ; */ ; */ 1;
SELECT 'a; SELECT 2;";
    let answer = desk.run_with(&["explain", "--file", "-", "--format", "json"], text);
    let told: Value = serde_json::from_str(&answer.output).unwrap();
    let told: Vec<_> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["access"])
        .collect();
    assert_eq!(
        told,
        ["read", "write", "read", "write"],
        "{}",
        answer.output
    );
    let fault =
        "all from line 3 to the end of the file is one piece: a string, name or comment has no end";
    assert!(answer.output.contains(fault), "{}", answer.output);
    assert_eq!(answer.code, 1);
    let text = "DELIMITER //\nCREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET NEW.b = 1; END//\nDELIMITER ;\nSELECT 1; # don't; do\nSELECT 2";
    let arguments = ["explain", "--file", "-", "--dialect", "mysql"];
    let answer = desk.run_with(&arguments, text);
    assert_eq!(
        answer.output.matches("  is a ").count(),
        3,
        "{}",
        answer.output
    );
    assert_eq!(answer.code, 0);
}

#[test]
fn explain_speaks_the_dialect_of_each_bind_and_needs_no_variables() {
    let desk = Desk::new();
    desk.write(
        "binds.yaml",
        "binds:
  default:
    master: postgres://app:${UNSET_PASSWORD}@${UNSET_HOST}:${UNSET_PORT}/app
    slaves:
      slave-1: { url: \"${UNSET_URL}\", weight: \"${UNSET_WEIGHT}\" }
      slave-2: postgres://127.0.0.1/app
  reports:
    master: mysql://127.0.0.1/reports
    tables: [legacy_x]
routing: { balance: round_robin, max_lag: \"${UNSET_LAG}\" }
",
    );
    let answer = desk.run(&["explain", "SELECT `id` FROM legacy_x # ;"]);
    let expected = "is a read: plain query\n  tables: legacy_x (read)\n  goes to reports.master: ";
    assert!(
        answer.output.contains(expected),
        "{}{}",
        answer.output,
        answer.errors
    );
    assert_eq!(answer.code, 0);
    let answer = desk.run(&["explain", "SELECT id FROM cake"]);
    let expected = "goes to default.slave-1: no entry in binds.yaml; next of 2 slaves\n";
    assert!(
        answer.output.ends_with(expected),
        "{}{}",
        answer.output,
        answer.errors
    );
    let broken = "binds:\n  default: ${UNSET_URL}\nrouting: { max_lag: soon }\n";
    desk.write("broken.yaml", broken);
    let answer = desk.run(&["explain", "--config", "broken.yaml", "SELECT 1"]);
    assert_eq!(answer.code, 1, "{}", answer.output);
}

#[test]
fn status_shows_the_nodes_though_the_master_is_dead() {
    let desk = Desk::new();
    desk.write("binds.yaml", TWO_BINDS);
    let answer = desk.run(&["status"]);
    assert_eq!(answer.code, 1, "{}", answer.errors);
    assert!(
        answer.output.starts_with("bind "),
        "{}{}",
        answer.output,
        answer.errors
    );
    assert_eq!(
        answer.output.matches(" down ").count(),
        3,
        "{}",
        answer.output
    );
    assert!(!answer.output.contains("s3cret") && !answer.errors.contains("s3cret"));
}

/// A page that is only played, for as many requests as are made.
fn page(body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap();
            assert!(request[..read].starts_with(b"GET /databases/status.json "));
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            )
            .unwrap();
        }
    });
    format!("http://{address}/databases")
}

#[test]
fn status_of_a_page_is_that_of_a_file() {
    let desk = Desk::new();
    const DOWN: &str = r#"{"ready":{"reads":[],"writes":[]},"nodes":[
        {"bind":"default","node":"master","role":"master","weight":1,"state":"serving","freshness":null,"lag":null,"last_error":null,"in_flight":0,"reads":1,"writes":2,"refused":0,"refuses_writes":null},
        {"bind":"default","node":"slave-1","role":"slave","weight":3,"state":"down","freshness":1.5,"lag":0.5,"last_error":"no\n\u001b[31mred","in_flight":0,"reads":10,"writes":0,"refused":0,"refuses_writes":false}]}"#;
    let url = page(DOWN);
    for address in [url.clone(), format!("{url}/"), format!("{url}/status.json")] {
        let answer = desk.run(&["status", &address]);
        let expected = "\
bind     node     role             weight  state      known      lag  open  reads  writes  refused  error
default  master   master                1  serving                       0      1       2        0
default  slave-1  slave, writable       3  down     1.500 s  0.500 s     0     10       0        0  no  [31mred
";
        assert_eq!(answer.output, expected, "{}", answer.errors);
        assert_eq!(answer.code, 1, "a slave is down, as with a file");
    }
}

#[test]
fn the_schema_is_that_of_the_repository_and_shells_are_completed() {
    let desk = Desk::new();
    let told: Value = serde_json::from_str(&desk.run(&["schema"]).output).unwrap();
    let known: Value =
        serde_json::from_str(include_str!("../../../schema/binds.schema.json")).unwrap();
    assert_eq!(told, known);
    assert!(
        desk.run(&["completions", "bash"])
            .output
            .contains("complete -F")
    );
    let migrate = desk.run(&["migrate", "--all", "up"]);
    assert_eq!(migrate.code, 1);
    assert!(
        migrate.errors.contains("no `Cargo.toml` in `./migration`"),
        "{}",
        migrate.errors
    );
}

/// Nodes that take a connection and say nothing: all of them together are waited for no longer than was asked for.
#[test]
fn check_waits_for_all_silent_nodes_at_once() {
    let desk = Desk::new();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://app@{}/app", silent.local_addr().unwrap());
    let slaves =
        (1..40).map(|number| format!("      slave-{number}: {url}?application_name=a{number}\n"));
    let slaves: String = slaves.collect();
    desk.write(
        "binds.yaml",
        &format!("binds:\n  default:\n    master: {url}\n    slaves:\n{slaves}"),
    );
    let begun = tokio::time::Instant::now();
    let answer = desk.run(&["check", "--connect", "--patience", "3"]);
    // One after the other they would take minutes.
    assert!(
        begun.elapsed() < std::time::Duration::from_secs(30),
        "{}",
        answer.output
    );
    assert_eq!(answer.code, 1, "{}", answer.errors);
    assert_eq!(
        answer.output.matches(": down: ").count(),
        40,
        "{}",
        answer.output
    );
}

#[test]
fn help_is_there_whatever_the_environment_is() {
    let desk = Desk::new();
    desk.write(".env", "A=b\nwrong s3cret line\n");
    for arguments in [
        &["--help"][..],
        &["schema"],
        &["dashboard"],
        &["completions", "bash"],
    ] {
        let answer = desk.run(arguments);
        assert_eq!(answer.code, 0, "{arguments:?}: {}", answer.errors);
    }
    let answer = desk.run(&["check"]);
    assert_eq!(answer.code, 1);
    assert!(
        answer.errors.contains(".env`: line 2 is not `NAME=value`"),
        "{}",
        answer.errors
    );
    assert!(!answer.errors.contains("s3cret"), "{}", answer.errors);

    let desk = Desk::new();
    let answer = desk.run(&["migrate", "--help"]);
    assert_eq!(answer.code, 0, "{}", answer.errors);
    assert!(
        answer.output.contains("--migration-dir"),
        "{}",
        answer.output
    );
    let answer = desk.run(&["explain"]);
    assert_eq!(answer.code, 2);
    assert!(answer.errors.contains("--file <PATH>"), "{}", answer.errors);
    let answer = desk.run(&["explain", "--dialekt", "mysql"]);
    assert_eq!(answer.code, 2, "{}", answer.output);
    let comment = [
        "explain",
        "--dialect",
        "sqlite",
        "-- why\nSELECT \u{1b}[31m1 FROM cake",
    ];
    let answer = desk.run(&comment);
    assert_eq!(answer.code, 0, "{}", answer.errors);
    assert!(!answer.output.contains('\u{1b}'), "{:?}", answer.output);
    let dashboard = desk.run(&["dashboard"]).output;
    let told: Value = serde_json::from_str(&dashboard).unwrap();
    assert_eq!(told["title"], "sea-orm-routing");
}
