use super::{About, Finding};
use crate::config::{BindsConfig, path::KeyPath, quote::quoted};

/// A function has one effect.
pub(super) fn check(config: &BindsConfig, findings: &mut Vec<Finding>) {
    let path = KeyPath::root().child("functions");
    let functions = &config.functions;
    for (list, names) in [("read", &functions.read), ("write", &functions.write)] {
        for (index, name) in names.iter().enumerate() {
            let path = path.child(list).item(index);
            if name.trim().is_empty() {
                findings.push(Finding::new(
                    path,
                    "an empty text",
                    "the name of a function",
                ));
            } else if list == "write" && functions.read.contains(name) {
                let found = format!("{}, which is listed under `read` too", quoted(name));
                let finding = Finding::new(path, found, "each function in one list");
                findings.push(finding.about(About::ShownValue));
            }
        }
    }
}
