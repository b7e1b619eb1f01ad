use serde::Deserialize;

use crate::entity::post;

const LONGEST_TITLE: usize = 100;
const LONGEST_TEXT: usize = 10_000;

/// A post as a form holds it.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Draft {
    pub(crate) title: String,
    pub(crate) text: String,
}

impl Draft {
    /// Why it can't be saved, for whoever wrote it.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, value, longest) in [
            ("title", &self.title, LONGEST_TITLE),
            ("text", &self.text, LONGEST_TEXT),
        ] {
            if value.trim().is_empty() {
                faults.push(format!("The {name} is missing."));
            }
            if value.chars().count() > longest {
                faults.push(format!("The {name} has more than {longest} characters."));
            }
            // PostgreSQL's text can't hold a zero byte.
            if value.contains('\0') {
                faults.push(format!("The {name} has a character that can't be stored."));
            }
        }
        faults
    }
}

impl From<post::Model> for Draft {
    fn from(post: post::Model) -> Self {
        Self {
            title: post.title,
            text: post.text,
        }
    }
}
