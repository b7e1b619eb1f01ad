use maud::{Markup, html};

use super::page;
use crate::entity::audit_entry;

pub(crate) fn audit(entries: &[audit_entry::Model]) -> Markup {
    page(
        "Audit",
        &html! {
            @if entries.is_empty() {
                p { "Nothing has been changed yet." }
            } @else {
                ul.entries {
                    @for entry in entries { li { "Post " (entry.post_id) " was " (entry.action) "." } }
                }
            }
        },
    )
}
