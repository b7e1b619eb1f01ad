use super::{Finding, names, urls};
use crate::config::{BindConfig, BindsConfig, bind::TEMPLATE_KEY, path::KeyPath};

/// Stands for any name of a shard.
const ANY: &str = "key";

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
        for (index, slave) in template.slaves.iter().enumerate() {
            if !slave.url.expose().contains(TEMPLATE_KEY) {
                let path = path.child("slaves").named(index, &slave.name).child("url");
                let expected = "a URL with `{key}`, as each shard has a database of its own";
                findings.push(Finding::new(path, "a URL without `{key}`", expected));
            }
        }
        if !template.master.url.expose().contains(TEMPLATE_KEY) {
            let expected = "a URL with `{key}`, as each shard has a database of its own";
            findings.push(Finding::new(
                path.child("master").child("url"),
                "a URL without `{key}`",
                expected,
            ));
        }
        if !template.tables.is_empty() {
            let expected = "no tables, as an entity's bind key names a group";
            findings.push(Finding::new(
                path.child("tables"),
                "tables of a template",
                expected,
            ));
        }
        let made: BindConfig = template.made_for(&template.name, ANY);
        urls::of_bind(&made, &path, findings);
    }
}
