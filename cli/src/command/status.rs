use std::{io::Read, path::Path, time::Duration};

use sea_orm_routing::RoutingDatabase;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::{
    arguments::BETWEEN,
    asked::{asked, is_well},
    binds_file::BindsFile,
    error::CommandError,
    format::Format,
    output::{say, say_json},
};

/// How long a page may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// More than the page of a thousand nodes has.
const MOST_BYTES: u64 = 16 << 20;

pub(super) async fn status(of: &str, watch: bool, format: Format) -> Result<bool, CommandError> {
    match of.starts_with("http://") || of.starts_with("https://") {
        true => of_page(of, watch, format).await,
        false => of_file(Path::new(of), watch, format).await,
    }
}

async fn of_file(path: &Path, watch: bool, format: Format) -> Result<bool, CommandError> {
    let builder = RoutingDatabase::builder().lazily(true);
    let db = BindsFile::of(path)?.open(builder).await?;
    loop {
        let status = asked(&db, PATIENCE).await.status;
        match format {
            Format::Json => say_json(&status)?,
            Format::Text => say(&status.to_string())?,
        }
        if !watch {
            // What still hangs is not waited for.
            timeout(PATIENCE, db.close()).await.ok();
            return Ok(status.nodes.iter().all(is_well));
        }
        sleep(BETWEEN).await;
        separate(format)?;
    }
}

async fn of_page(address: &str, watch: bool, format: Format) -> Result<bool, CommandError> {
    let address = address.trim_end_matches('/');
    let page = address.strip_suffix("/status.json").unwrap_or(address);
    let url = format!("{page}/status.json");
    loop {
        let asked = told_by(&url);
        match (&asked, format) {
            (Ok(told), Format::Json) => say_json(told)?,
            (Ok(told), Format::Text) => say(&in_words(told))?,
            // It may be starting anew.
            (Err(error), _) if watch => eprintln!("{error}"),
            (Err(_), _) => {}
        }
        if !watch {
            return Ok(is_ready(&asked?));
        }
        sleep(BETWEEN).await;
        separate(format)?;
    }
}

fn separate(format: Format) -> Result<(), CommandError> {
    match format {
        Format::Json => Ok(()),
        Format::Text => say(""),
    }
}

fn told_by(url: &str) -> Result<Value, CommandError> {
    let wrong = |why: String| CommandError::Page {
        url: without_login(url, url),
        why: without_login(&why, url),
    };
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .build();
    let answer = ureq::Agent::new_with_config(config).get(url).call();
    let answer =
        answer.map_err(
            |error| match url.starts_with("https") && !cfg!(feature = "tls") {
                true => wrong("this build has no TLS (feature `tls`)".to_owned()),
                false => wrong(error.to_string()),
            },
        )?;
    let mut text = String::new();
    let body = answer
        .into_body()
        .into_reader()
        .take(MOST_BYTES)
        .read_to_string(&mut text);
    body.map_err(|error| wrong(error.to_string()))?;
    let told: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    match told["nodes"].is_array() {
        true => Ok(told),
        false => Err(wrong("no `nodes`".to_owned())),
    }
}

/// A text that may repeat the address of a page, without the user and password that the address may have.
fn without_login(text: &str, url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    match rest.rsplit_once('@') {
        Some((login, _)) if !login.is_empty() => text.replace(login, "***"),
        _ => text.to_owned(),
    }
}

fn reasons<'t>(told: &'t Value, of: &str) -> Vec<&'t str> {
    let reasons = told["ready"][of].as_array();
    reasons
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// By the rules of a file's nodes, and what the page says of reads and writes.
fn is_ready(told: &Value) -> bool {
    const WELL: [&str; 3] = ["serving", "warming", "slow"];
    let nodes = told["nodes"].as_array().into_iter().flatten();
    let mut states = nodes.map(|node| node["state"].as_str().unwrap_or_default());
    let is_ready = reasons(told, "reads").is_empty() && reasons(told, "writes").is_empty();
    is_ready && states.all(|state| WELL.contains(&state))
}

/// The columns of `Status`, each with its field, and whether it is a text.
const COLUMNS: [(&str, &str, bool); 12] = [
    ("bind", "bind", true),
    ("node", "node", true),
    ("role", "role", true),
    ("weight", "weight", false),
    ("state", "state", true),
    ("known", "freshness", false),
    ("lag", "lag", false),
    ("open", "in_flight", false),
    ("reads", "reads", false),
    ("writes", "writes", false),
    ("refused", "refused", false),
    ("error", "last_error", true),
];

fn cell(node: &Value, field: &str) -> String {
    let text = match &node[field] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => {
            format!("{:.3} s", number.as_f64().unwrap_or_default())
        }
        other => other.to_string(),
    };
    let text = match field == "role" && node["refuses_writes"] == false {
        true => format!("{text}, writable"),
        false => text,
    };
    // What servers say is no word to the terminal.
    text.replace(char::is_control, " ")
}

/// As `Status` prints itself, of what a page tells.
fn in_words(told: &Value) -> String {
    let mut rows = vec![COLUMNS.map(|(title, ..)| title.to_owned())];
    let nodes = told["nodes"].as_array().into_iter().flatten();
    rows.extend(nodes.map(|node| COLUMNS.map(|(_, field, _)| cell(node, field))));
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..COLUMNS.len()).map(width).collect();
    let lines = rows.iter().map(|row| {
        let cells = row.iter().zip(&widths).zip(&COLUMNS);
        let cells = cells.map(|((cell, width), (.., is_text))| match is_text {
            true => format!("{cell:width$}"),
            false => format!("{cell:>width$}"),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    });
    let not_ready = ["reads", "writes"].into_iter().flat_map(|of| {
        let reasons = reasons(told, of).into_iter();
        reasons.map(move |reason| format!("no {of}: {}", reason.replace(char::is_control, " ")))
    });
    lines.chain(not_ready).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_that_does_not_answer_is_named_without_its_login() {
        for login in ["ops:s3cret", "s3cret", "ops:s3/cret@s3cret"] {
            let error = told_by(&format!("http://{login}@127.0.0.1:1/status.json")).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("s3"), "{shown}");
            assert!(shown.contains("***@127.0.0.1:1/status.json"), "{shown}");
        }
    }
}
