use maud::{Markup, html};

use super::page;
use crate::draft::Draft;

pub(crate) fn form(title: &str, action: &str, draft: &Draft, faults: &[String]) -> Markup {
    page(
        title,
        &html! {
            @if !faults.is_empty() {
                ul.faults role="alert" {
                    @for fault in faults { li { (fault) } }
                }
            }
            form.post method="post" action=(action) {
                label { "Title" input name="title" value=(draft.title); }
                // A parser drops the first line break.
                label { "Text" textarea name="text" rows="10" { "\n" (draft.text) } }
                button { "Save" }
            }
        },
    )
}
