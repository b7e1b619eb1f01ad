use std::collections::HashMap;

use super::{About, Finding};
use crate::config::{BindsConfig, path::KeyPath, quote::quoted};

/// A table is listed once, in one bind.
pub(super) fn check(config: &BindsConfig, findings: &mut Vec<Finding>) {
    let mut listed: HashMap<&str, &str> = HashMap::new();
    for (index, bind) in config.binds.iter().enumerate() {
        let path = KeyPath::binds().named(index, &bind.name).child("tables");
        for (index, table) in bind.tables.iter().enumerate() {
            let path = path.item(index);
            match listed.get(table.as_str()) {
                _ if table.trim().is_empty() => {
                    findings.push(Finding::new(
                        path,
                        "an empty text",
                        "a table name or pattern",
                    ));
                }
                Some(other) => findings.push(twice(path, table, other, &bind.name)),
                None => {
                    listed.insert(table, &bind.name);
                }
            }
        }
    }
}

fn twice(path: KeyPath, table: &str, first: &str, bind: &str) -> Finding {
    let table = quoted(table);
    let finding = if first == bind {
        Finding::new(path, format!("{table} a second time"), "each table once")
    } else {
        let found = format!("{table}, which bind {} has too", quoted(first));
        Finding::new(path, found, "each table in one bind")
    };
    finding.about(About::ShownValue)
}
