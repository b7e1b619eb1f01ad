//! Classifies statements without a database: JSON lines in, one JSON line out for each, in order.
//!
//! ```sh
//! echo '{"sql": "SELECT nextval(1)"}' | cargo run --release --example classify -- --backend postgres
//! {"access":"write","tables":[],"reason":"calls nextval"}
//! ```
//!
//! `--read-function NAME` and `--write-function NAME` add what the server's own functions don't cover.
//! `--catalogue FILE` adds many: each line is a name and `read` or `write`, as this query prints them:
//!
//! ```sql
//! SELECT oid::regproc || CASE provolatile WHEN 'v' THEN ' write' ELSE ' read' END
//! FROM pg_proc WHERE pronamespace <> 'pg_catalog'::regnamespace;
//! ```
//!
//! A line that is no JSON object with a string `sql` is answered by `{"error":"…"}`.

use std::error::Error;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::process::ExitCode;

use sea_orm::DbBackend;
use sea_orm_routing::classify::{Access, Class, Functions, Table, classify};
use serde_json::{Value, json};

const USAGE: &str = "usage: classify --backend postgres|mysql|sqlite \
    [--read-function NAME]… [--write-function NAME]… [--catalogue FILE]…";

fn main() -> ExitCode {
    match Options::parse(std::env::args().skip(1)) {
        Ok(options) => match run(&options) {
            Ok(()) => ExitCode::SUCCESS,
            // The reader has had enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(error) => fail(&error.to_string(), 1),
        },
        Err(error) => fail(&format!("{error}\n{USAGE}"), 2),
    }
}

fn fail(message: &str, code: u8) -> ExitCode {
    eprintln!("{message}");
    ExitCode::from(code)
}

struct Options {
    backend: DbBackend,
    functions: Functions,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut backend = None;
        let mut functions = Functions::builtin();
        while let Some(option) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or_else(|| format!("`{option}` needs a value"))
            };
            match option.as_str() {
                "--backend" => backend = Some(parse_backend(&value()?)?),
                "--read-function" => functions = functions.with(value()?, Access::Read),
                "--write-function" => functions = functions.with(value()?, Access::Write),
                "--catalogue" => functions = with_catalogue(functions, &value()?)?,
                _ => return Err(format!("unknown option `{option}`").into()),
            }
        }
        let backend = backend.ok_or("`--backend` is missing")?;
        Ok(Self { backend, functions })
    }
}

fn parse_backend(name: &str) -> Result<DbBackend, String> {
    match name {
        "postgres" | "postgresql" => Ok(DbBackend::Postgres),
        "mysql" | "mariadb" => Ok(DbBackend::MySql),
        "sqlite" => Ok(DbBackend::Sqlite),
        _ => Err(format!(
            "unknown backend `{name}`; expected `postgres`, `mysql` or `sqlite`"
        )),
    }
}

/// Adds the functions that a file lists.
fn with_catalogue(mut functions: Functions, path: &str) -> Result<Functions, Box<dyn Error>> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("`{path}`: {error}"))?;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, effect) = match line.rsplit_once(char::is_whitespace) {
            Some((name, "read")) => (name, Access::Read),
            Some((name, "write")) => (name, Access::Write),
            _ => {
                let place = index + 1;
                return Err(
                    format!("`{path}` line {place}: expected `NAME read` or `NAME write`").into(),
                );
            }
        };
        functions = functions.with(name, effect);
    }
    Ok(functions)
}

fn run(options: &Options) -> io::Result<()> {
    let mut input = BufReader::new(io::stdin().lock());
    let mut output = BufWriter::new(io::stdout().lock());
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        if !line.trim_ascii().is_empty() {
            writeln!(output, "{}", answer(options, &line))?;
        }
        // Whoever waits for an answer before asking again gets it now.
        if input.buffer().is_empty() {
            output.flush()?;
        }
        line.clear();
    }
    output.flush()
}

fn answer(options: &Options, line: &[u8]) -> Value {
    match statement(line) {
        Ok(sql) => described(&classify(options.backend, &sql, &options.functions)),
        Err(error) => json!({ "error": error }),
    }
}

fn statement(line: &[u8]) -> Result<String, String> {
    let value: Value = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    match value.get("sql") {
        Some(Value::String(sql)) => Ok(sql.clone()),
        Some(_) => Err("`sql` is not a string".to_owned()),
        None => Err("missing key `sql`".to_owned()),
    }
}

fn described(class: &Class) -> Value {
    json!({
        "access": class.access.to_string(),
        "tables": class.tables.iter().map(table).collect::<Vec<_>>(),
        "reason": class.reason.to_string(),
    })
}

fn table(table: &Table) -> Value {
    json!({
        "schema": table.schema,
        "name": table.name,
        "usage": table.usage.to_string(),
    })
}
