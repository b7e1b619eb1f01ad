use super::{Finding, names, urls};
use crate::config::{BindConfig, BindsConfig, path::KeyPath};

/// Stand for any two names of shards.
const ANY: [&str; 2] = ["key", "other"];

/// What is made of a template is a bind, and each shard is another one.
pub(super) fn check(config: &BindsConfig, whole: &BindsConfig, findings: &mut Vec<Finding>) {
    for (index, template) in config.templates.iter().enumerate() {
        let path = KeyPath::templates().named(index, &template.name);
        names::of_template(whole, template, &path, findings);
        if config.templates[..index]
            .iter()
            .any(|other| other.name == template.name)
        {
            findings.push(Finding::new(
                path.clone(),
                "a second template",
                "one for each group",
            ));
        }
        if template.within.is_none() {
            has_databases_apart(template, &path, findings);
        }
        if !template.tables.is_empty() {
            let expected = "no tables, as an entity's bind key names a group";
            findings.push(Finding::new(
                path.child("tables"),
                "tables of a template",
                expected,
            ));
        }
        if template.within.is_none() {
            let made: BindConfig = template.made_for(&template.name, ANY[0]);
            urls::of_bind(&made, &path, findings);
        }
    }
}

/// Each shard has a database of its own.
fn has_databases_apart(template: &BindConfig, path: &KeyPath, findings: &mut Vec<Finding>) {
    let [one, other] = ANY.map(|shard| template.made_for(&template.name, shard));
    for (index, (one, other)) in one.nodes().zip(other.nodes()).enumerate() {
        let (place, is_same) = (one.url.place(), one.url == other.url);
        if !is_same && (place.is_none() || place != other.url.place()) {
            continue;
        }
        let path = match index {
            0 => path.child("master"),
            _ => path.child("slaves").named(index - 1, &one.name),
        };
        let found = match is_same {
            true => "a URL without `{key}`",
            false => "a URL whose `{key}` names no database",
        };
        let expected =
            "a URL with `{key}` in its host or database, as each shard has a database of its own";
        findings.push(Finding::new(path.child("url"), found, expected));
    }
}
