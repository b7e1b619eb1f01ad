//! What an editor says of a file by the JSON schema is what the reader says of it.

use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::Value;

use super::report::report;
use crate::{
    config::{
        FailoverConfig, PoolConfig, ReadsConfig, RoutingConfig,
        json_schema::{schema, table},
        options::{Described, OptionGroup, OptionLevel, Shape},
    },
    session::Consistency,
};

/// Writes what is generated, in place of comparing: `UPDATE=1 cargo test -p sea-orm-routing --lib config::tests::schema`.
fn updates() -> bool {
    std::env::var_os("UPDATE").is_some()
}

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn validator() -> Validator {
    jsonschema::draft7::new(&schema()).unwrap()
}

/// The file as an editor sees it.
fn parsed(yaml: &str) -> Value {
    let options = serde_yaml::options! { strict_booleans: true };
    serde_yaml::from_str_with_options(yaml, options).unwrap_or_else(|_| panic!("no YAML:\n{yaml}"))
}

/// What the reader has against a file, of whose variables those without a fallback are set, and whose secrets are there.
fn problems(yaml: &str) -> Vec<String> {
    let secrets = tempfile::tempdir().unwrap();
    for (name, secret) in [("db", "s3cret\n"), ("slave_url", "postgres://db/app\n")] {
        std::fs::write(secrets.path().join(name), secret).unwrap();
    }
    let yaml = &yaml.replace("/run/secrets", secrets.path().to_str().unwrap());
    let set = [
        ("DATABASE_URL", "postgres://db/app"),
        ("SLAVE_URL", "postgres://db/app"),
        ("ONE", "1"),
    ];
    let set = set
        .into_iter()
        .filter(|(name, _)| yaml.contains(&format!("${{{name}}}")));
    report(yaml, &set.collect::<Vec<_>>())
}

#[track_caller]
fn assert_taken(validator: &Validator, yaml: &str) {
    assert_eq!(problems(yaml), [""; 0], "the reader refuses:\n{yaml}");
    let errors: Vec<_> = validator
        .iter_errors(&parsed(yaml))
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, [""; 0], "the schema refuses:\n{yaml}");
}

#[track_caller]
fn assert_refused(validator: &Validator, yaml: &str) {
    assert_ne!(problems(yaml), [""; 0], "the reader takes:\n{yaml}");
    assert!(
        !validator.is_valid(&parsed(yaml)),
        "the schema takes:\n{yaml}"
    );
}

#[test]
fn the_schema_is_that_of_the_declared_options() {
    let path = file("schema/binds.schema.json");
    if updates() {
        let text = serde_json::to_string_pretty(&schema()).unwrap();
        std::fs::write(&path, format!("{text}\n")).unwrap();
    }
    let written: Value = serde_json::from_str(&text(&path)).unwrap();
    assert!(written == schema(), "stale: {}", path.display());
}

#[test]
fn the_table_in_the_docs_is_that_of_the_declared_options() {
    let path = file("docs/binds.md");
    let (begin, end) = ("<!-- options: begin -->\n", "<!-- options: end -->");
    let docs = text(&path);
    let (before, rest) = docs.split_once(begin).unwrap();
    let (written, after) = rest.split_once(end).unwrap();
    if updates() {
        std::fs::write(&path, [before, begin, &table(), end, after].concat()).unwrap();
    } else {
        assert!(written == table(), "stale: {}", path.display());
    }
}

#[test]
fn all_declared_defaults_can_be_read() {
    for option in options() {
        assert!(
            option.reads_default.is_none_or(|reads| reads()),
            "{}",
            option.name
        );
        let is_told = option.default.is_some() != option.unset.is_some();
        assert!(is_told, "`{}` has a default or words for it", option.name);
    }
    // The enumerations' own defaults are the declared ones.
    let (reads, failover) = (
        ReadsConfig::new().in_force(),
        FailoverConfig::new().in_force(),
    );
    assert_eq!(reads.balance, Default::default());
    assert_eq!(reads.consistency, Consistency::default());
    assert_eq!(reads.on_no_slave, Default::default());
    assert_eq!(failover.roles, Default::default());
}

#[test]
fn levels_are_called_as_in_the_file() {
    let consistency = options()
        .into_iter()
        .find(|option| option.name == "consistency");
    let Some(Shape::Words(words)) = consistency.map(|option| option.shape) else {
        panic!("`consistency` is a word");
    };
    let levels = [
        Consistency::Strong,
        Consistency::Session,
        Consistency::Process,
        Consistency::Bounded,
        Consistency::Eventual,
    ];
    assert_eq!(levels.map(Consistency::as_str), words);
}

fn options() -> Vec<Described> {
    [PoolConfig::described(), RoutingConfig::described()].concat()
}

/// A file with `key: value` at a level.
fn at(option: &Described, level: OptionLevel, value: &str) -> String {
    let is_pool = PoolConfig::keys().contains(&option.name);
    let line = format!("{}: {value}", option.name);
    let line = match is_pool {
        true => format!("pool: {{{line}}}"),
        false => line,
    };
    let url = "postgres://db/app";
    match level {
        OptionLevel::File if is_pool => format!("binds: {{default: '{url}'}}\n{line}\n"),
        OptionLevel::File => format!("binds: {{default: '{url}'}}\nrouting: {{{line}}}\n"),
        OptionLevel::Bind => format!("binds: {{default: {{master: '{url}', {line}}}}}\n"),
        OptionLevel::Node => {
            format!("binds: {{default: {{master: '{url}', slaves: [{{url: '{url}', {line}}}]}}}}\n")
        }
    }
}

/// Values that an option of this shape may have, and that it may not have. The reader also refuses other spellings of numbers and
/// truth values (`0x1F`, `True`), which an editor has turned into the plain ones before the schema sees them.
fn values(shape: Shape) -> (Vec<&'static str>, Vec<&'static str>) {
    let nothing = ["", "[]", "{}", "'${ONE'", "'${1}'"];
    let (good, bad): (Vec<_>, &[_]) = match shape {
        Shape::Whole(_) => (
            vec!["1", "'1'", "'${ONE}'", "'${NONE:-1}'"],
            &["-1", "many", "1.5", "'01'", "true"],
        ),
        Shape::Time => (
            vec!["500ms", "4s", "'${NONE:-1s}'"],
            &["1", "1.5s", "-1s", "01s", "1d", "s"],
        ),
        Shape::Switch => (
            vec!["true", "false", "'true'", "'${NONE:-true}'"],
            &["yes", "1"],
        ),
        Shape::Words(words) => (words.to_vec(), &["fastest", "1", "true"]),
        Shape::Levels(words) => (
            words.iter().copied().chain(["Info", "DEBUG"]).collect(),
            &["on", "1"],
        ),
        Shape::WordsOrTime(words) => (
            words.iter().copied().chain(["5s"]).collect(),
            &["5", "often"],
        ),
        Shape::Text(_) => (vec!["app", "0010", "true", "'${ONE}'"], &["' '", "''"]),
    };
    (good, [&nothing, bad].concat())
}

#[test]
fn an_option_may_stand_where_it_is_declared_and_have_the_values_of_its_type() {
    let validator = validator();
    for option in &options() {
        let (good, bad) = values(option.shape);
        for level in [OptionLevel::File, OptionLevel::Bind, OptionLevel::Node] {
            for value in &good {
                let yaml = at(option, level, value);
                match option.levels.contains(&level) {
                    true => assert_taken(&validator, &yaml),
                    false => assert_refused(&validator, &yaml),
                }
            }
            for value in &bad {
                assert_refused(&validator, &at(option, level, value));
            }
        }
    }
}

#[test]
fn the_structure_is_the_reader_s() {
    let validator = validator();
    let taken = [
        "binds: {default: 'sqlite::memory:'}",
        "binds: {default: 'sqlite://a.db', reports: 'postgresql:///app?host=/run'}",
        "binds: {default: '${DATABASE_URL}'}",
        "binds: {default: '${NONE:-sqlite://a.db}'}",
        "binds: {default: {primary: 'mysql://db/a', replicas: ['mariadb://db/a', {url: 'mysql://db/b', weight: 0}]}}",
        "binds: {default: {master: {url: 'sqlite://a.db', pool: {max_connections: 1}}, slaves: {a: 'sqlite://a.db'}}}",
        "binds: {default: {master: 'sqlite://a.db', slaves: {}, tables: [a, 0010, 'legacy_*']}}",
        "binds: {default: {master: &u 'sqlite://a.db', slaves: [*u], pool: &p {max_connections: 5}}}\npool: {<<: *p, max_connections: 7}",
        "binds: {default: 'sqlite://a.db'}\nfunctions: {read: [tax], write: ['app.\"Bake\"']}",
        "binds: {default: 'sqlite://a.db'}\npool: {idle_timeout: 2m, max_lifetime: 1h}",
        "binds: {default: 'sqlite://a.db'}\npool: {}\nrouting: {}\nfunctions: {}",
    ];
    for yaml in taken {
        assert_taken(&validator, yaml);
    }
    let refused = [
        "{}",
        "pool: {}",
        "binds: {}",
        "binds: []",
        "binds: {reports: 'sqlite://a.db'}",
        "binds: {default: }",
        "binds: {default: 'oracle://db/a'}",
        "binds: {default: 'postgres:/a'}",
        "binds: {default: 'sqlite:'}",
        "binds: {default: ''}",
        "binds: {default: {}}",
        "binds: {default: {slaves: ['sqlite://a.db']}}",
        "binds: {default: {master: 'sqlite://a.db', primary: 'sqlite://a.db'}}",
        "binds: {default: {master: 'sqlite://a.db', slaves: {}, replicas: {}}}",
        "binds: {default: {master: {}}}",
        "binds: {default: {master: {url: 'sqlite://a.db', weight: 1}}}",
        "binds: {default: {master: 'sqlite://a.db', slave: 'sqlite://a.db'}}",
        "binds: {default: {master: 'sqlite://a.db', slaves: 'sqlite://a.db'}}",
        "binds: {default: {master: 'sqlite://a.db', slaves: {master: 'sqlite://a.db'}}}",
        "binds: {default: {master: 'sqlite://a.db', slaves: {a.b: 'sqlite://a.db'}}}",
        "binds: {default: {master: 'sqlite://a.db', tables: a}}",
        "binds: {default: {master: 'sqlite://a.db', tables: ['']}}",
        "binds: {default: {master: 'sqlite://a.db', tables: [[a]]}}",
        "binds: {default: 'sqlite://a.db', master: 'sqlite://a.db'}",
        "binds: {default: 'sqlite://a.db', 'a b': 'sqlite://a.db'}",
        "binds: {default: 'sqlite://a.db'}\npools: {}",
        "binds: {default: 'sqlite://a.db'}\npool: ",
        "binds: {default: 'sqlite://a.db'}\nrouting: []",
        "binds: {default: 'sqlite://a.db'}\nfunctions: {read: tax}",
        "binds: {default: 'sqlite://a.db'}\nfunctions: {reads: []}",
    ];
    for yaml in refused {
        assert_refused(&validator, yaml);
    }
}

#[test]
fn all_files_that_are_shown_are_taken() {
    let validator = validator();
    for path in ["binds.yaml", "examples/axum/binds.yaml"] {
        assert_taken(&validator, &text(&file(path)));
    }
    let docs = std::fs::read_dir(file("docs")).unwrap();
    let docs = docs.map(|entry| entry.unwrap().path());
    let docs = docs.filter(|path| path.is_file());
    let mut shown = 0;
    for path in docs.chain([file("README.md")]) {
        for block in blocks(&text(&path)) {
            let whole = match block.contains("binds:") {
                true => block,
                false => format!("binds: {{default: 'postgres://db/app'}}\n{block}"),
            };
            assert_taken(&validator, &whole);
            shown += 1;
        }
    }
    assert!(shown >= 4, "{shown}");
}

/// The blocks of YAML in a text of Markdown, without their indentation.
fn blocks(markdown: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        let Some(indentation) = line.strip_suffix("```yaml") else {
            continue;
        };
        let block = lines.by_ref().take_while(|line| line.trim() != "```");
        let unindented = block.map(|line| line.strip_prefix(indentation).unwrap_or(line));
        blocks.push(unindented.collect::<Vec<_>>().join("\n"));
    }
    blocks
}
