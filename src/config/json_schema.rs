//! The JSON schema of binds.yaml and the table of its options, from their declaration.

use serde_json::{Map, Value, json};

use super::{
    FailoverConfig, IdleConfig, PoolConfig, ReadsConfig, RoutingConfig, Scheme,
    options::{Described, OptionGroup, OptionLevel, OptionType, Shape},
};

/// What editors know best.
const DIALECT: &str = "http://json-schema.org/draft-07/schema#";

/// A whole number with a unit, without what only seems to be one.
const TIME: &str = "^(0|[1-9][0-9]*)(ms|s|m|h)$";

/// A name that can be told apart in bind keys.
const NAME: &str = "^[A-Za-z0-9_-]+$";

/// The schema of a whole file.
pub(super) fn schema() -> Value {
    let groups = [PoolConfig::described(), RoutingConfig::described()].concat();
    let options = groups
        .iter()
        .map(|option| (option.name.to_owned(), described(option)));
    let mut definitions: Map<String, Value> = options.collect();
    definitions.extend(structure());
    json!({
        "$schema": DIALECT,
        "title": "binds.yaml of sea-orm-routing",
        "description": "Where an application's databases are, and how statements are routed to them.",
        "type": "object",
        "required": ["binds"],
        "additionalProperties": false,
        "properties": {
            "binds": reference("binds"),
            "pool": reference("pool"),
            "routing": {
                "description": "How statements are routed, for all binds.",
                "type": "object",
                "additionalProperties": false,
                "properties": references(RoutingConfig::keys()),
            },
            "functions": reference("functions"),
        },
        "definitions": definitions,
    })
}

/// The options of `routing` and `pool` as a table of Markdown.
pub(super) fn table() -> String {
    let mut table = String::new();
    for (section, options) in [
        ("routing", RoutingConfig::described()),
        ("pool", PoolConfig::described()),
    ] {
        table.push_str(&format!(
            "| `{section}` | value | default | at | what it does |\n|---|---|---|---|---|\n"
        ));
        table.extend(options.iter().map(row));
        table.push('\n');
    }
    table
}

fn row(option: &Described) -> String {
    let default = match (option.default, option.unset) {
        (Some(default), _) => format!("`{default}`"),
        (None, unset) => unset.unwrap_or_default().to_owned(),
    };
    let levels = option.levels.iter().map(|level| match level {
        OptionLevel::File => "file",
        OptionLevel::Bind => "bind",
        OptionLevel::Node => "node",
    });
    let levels = levels.collect::<Vec<_>>().join(", ");
    let only = option.only.map(|backend| format!(" Only for {backend}."));
    format!(
        "| `{}` | {} | {default} | {levels} | {}{} |\n",
        option.name,
        value(option.shape),
        option.doc,
        only.unwrap_or_default()
    )
}

fn value(shape: Shape) -> String {
    match shape {
        Shape::Whole(most) => format!("0 to {most}"),
        Shape::Time => "a time".to_owned(),
        shape => shape.expected(),
    }
}

/// What stands around the options.
fn structure() -> Map<String, Value> {
    let mut bind = references(
        [
            ReadsConfig::keys(),
            FailoverConfig::keys(),
            IdleConfig::keys(),
        ]
        .concat(),
    );
    bind.extend(references(vec!["slaves", "tables", "pool"]));
    bind.extend(references(vec![
        "within",
        "schema",
        "database",
        "settings_from_scope",
    ]));
    bind.insert("master".to_owned(), reference("node"));
    bind.insert("primary".to_owned(), reference("node"));
    bind.insert("replicas".to_owned(), reference("slaves"));
    let mut group = references(IdleConfig::keys());
    group.insert(
        "shards".to_owned(),
        json!({
            "description": "The shards by their names, each like a bind.",
            "type": "object",
            "propertyNames": name(),
            "additionalProperties": { "anyOf": [reference("url"), reference("bind")] },
        }),
    );
    group.insert(
        "template".to_owned(),
        json!({
            "description": "What a shard that is not listed is made of when it is first asked for: like a bind, with `{key}` for the shard's name in its URLs.",
            "anyOf": [reference("url"), reference("bind")],
        }),
    );
    let Value::Object(structure) = json!({
        "variable": {
            "description": "`${NAME}` and `${NAME:-fallback}` come from the environment, `${file:/path}` from a file.",
            "type": "string",
            "pattern": "\\$\\{([A-Za-z_][A-Za-z0-9_]*|file:[^}@]+)(:-.*)?\\}",
        },
        "url": {
            "description": "A URL such as `postgres://user@host/database` or `sqlite://data/app.db`.",
            "anyOf": [{ "type": "string", "pattern": urls(), "not": unread() }, reference("variable")],
        },
        "binds": {
            "description": "The binds by their names: logical databases, each of one master and its slaves. `default` serves entities without a bind key.",
            "type": "object",
            "required": ["default"],
            "propertyNames": name(),
            "additionalProperties": {
                "description": "The URL of the bind's only database, or its master, slaves and options.",
                "anyOf": [reference("url"), reference("bind"), reference("group")],
            },
        },
        "group": {
            "description": "A group of binds: an entity's bind key names the group, and the application which of its shards is meant.",
            "type": "object",
            "additionalProperties": false,
            "anyOf": [{ "required": ["shards"] }, { "required": ["template"] }],
            "properties": group,
        },
        "bind": {
            "type": "object",
            "additionalProperties": false,
            "properties": bind,
            "oneOf": [
                { "required": ["master"] },
                { "required": ["primary"] },
                { "required": ["within", "schema"] },
                { "required": ["within", "database"] },
            ],
            "not": { "required": ["slaves", "replicas"] },
        },
        "node": {
            "description": "Takes the writes, and the reads that no slave may serve: its URL, or a mapping.",
            "anyOf": [reference("url"), {
                "type": "object",
                "required": ["url"],
                "additionalProperties": false,
                "properties": references(vec!["url", "pool"]),
            }],
        },
        "slaves": {
            "description": "Take the reads: a mapping of names to slaves, or a list of slaves, which get the names `slave-1`, `slave-2`, ….",
            "anyOf": [
                { "type": "object", "propertyNames": name(), "additionalProperties": reference("slave") },
                { "type": "array", "items": reference("slave") },
            ],
        },
        "slave": {
            "description": "The URL of a slave, or a mapping.",
            "anyOf": [reference("url"), {
                "type": "object",
                "required": ["url"],
                "additionalProperties": false,
                "properties": references(vec!["url", "weight", "pool"]),
            }],
        },
        "weight": {
            "description": "Share of the bind's reads, relative to the other slaves; 0 leaves it to bind keys and handles that name it.",
            "default": 1,
            "anyOf": forms(u32::SCALAR.shape),
        },
        "within": {
            "description": "The bind on whose servers it is, over the same pools, in a schema or database of its own.",
            "anyOf": forms(String::SCALAR.shape),
        },
        "schema": {
            "description": "PostgreSQL: the schema of a bind that is within another one, or several as a search path; in a template with `{key}`.",
            "anyOf": forms(String::SCALAR.shape),
        },
        "database": {
            "description": "MySQL and MariaDB: the database of a bind that is within another one; in a template with `{key}`.",
            "anyOf": forms(String::SCALAR.shape),
        },
        "settings_from_scope": {
            "description": "PostgreSQL: settings that get the values of their names of the scope of each statement, for row-level security.",
            "type": "array",
            "items": { "anyOf": forms(String::SCALAR.shape) },
        },
        "tables": {
            "description": "Tables without an entity that live here; `*` and `?` stand for any text and any character.",
            "type": "array",
            "items": { "anyOf": forms(String::SCALAR.shape) },
        },
        "pool": {
            "description": "Options of connection pools: a node's go before its bind's, and those before the file's.",
            "type": "object",
            "additionalProperties": false,
            "properties": references(PoolConfig::keys()),
        },
        "functions": {
            "description": "What the user's own functions do, where the databases' catalogues don't say it or say it wrong.",
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "read": functions("Functions that leave everything as it was, so that a slave can run them."),
                "write": functions("Functions that change something, or whose answer is only right on the master."),
            },
        },
    }) else {
        unreachable!("it is written as an object");
    };
    structure
}

fn described(option: &Described) -> Value {
    let mut schema = Map::new();
    let only = option
        .only
        .map(|backend| format!(" Only for {backend}."))
        .unwrap_or_default();
    let unset = option
        .unset
        .map(|unset| format!(" Default: {unset}."))
        .unwrap_or_default();
    let description = format!("{}{only}{unset}", option.doc);
    schema.insert("description".to_owned(), description.into());
    if let Some(default) = option.default {
        let default = match option.shape {
            Shape::Whole(_) | Shape::Switch => default.parse().unwrap_or_default(),
            _ => Value::from(default),
        };
        schema.insert("default".to_owned(), default);
    }
    schema.insert("anyOf".to_owned(), forms(option.shape));
    Value::Object(schema)
}

/// The forms that a scalar may have: the reader sees its text only, so that quotes make no difference.
fn forms(shape: Shape) -> Value {
    match shape {
        Shape::Whole(most) => json!([
            { "type": "integer", "minimum": 0, "maximum": most },
            { "type": "string", "pattern": "^(0|[1-9][0-9]*)$" },
            reference("variable"),
        ]),
        Shape::Time => json!([time(), reference("variable")]),
        Shape::Switch => json!([
            { "type": "boolean" },
            { "enum": ["true", "false"] },
            reference("variable"),
        ]),
        Shape::Words(words) => json!([{ "enum": words }, reference("variable")]),
        Shape::Levels(words) => json!([
            { "enum": words },
            { "type": "string", "pattern": in_any_case(words) },
            reference("variable"),
        ]),
        Shape::WordsOrTime(words) => json!([{ "enum": words }, time(), reference("variable")]),
        Shape::Text(_) => json!([
            { "type": ["string", "number", "boolean"], "pattern": "\\S", "not": unread() },
            reference("variable"),
        ]),
    }
}

/// What begins a variable, but for `$${`.
fn unread() -> Value {
    json!({ "type": "string", "pattern": "(^|[^$])\\$\\{" })
}

fn time() -> Value {
    json!({ "type": "string", "pattern": TIME })
}

fn name() -> Value {
    json!({ "pattern": NAME, "not": { "const": "master" } })
}

fn functions(description: &str) -> Value {
    json!({
        "description": description,
        "type": "array",
        "items": { "anyOf": forms(String::SCALAR.shape) },
    })
}

/// A file has a path, and a server a host, if only an empty one.
fn urls() -> String {
    let servers = Scheme::NAMES.iter().filter(|name| **name != "sqlite");
    let servers: Vec<_> = servers.copied().collect();
    format!("^(({})://|sqlite:(//)?[^?])", servers.join("|"))
}

/// `[oO][fF][fF]`
fn in_any_case(words: &[&str]) -> String {
    let letter = |c: char| format!("[{c}{}]", c.to_ascii_uppercase());
    let words: Vec<String> = words
        .iter()
        .map(|word| word.chars().map(letter).collect())
        .collect();
    format!("^({})$", words.join("|"))
}

fn reference(definition: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{definition}") })
}

fn references(names: Vec<&str>) -> Map<String, Value> {
    let references = names
        .into_iter()
        .map(|name| (name.to_owned(), reference(name)));
    references.collect()
}
