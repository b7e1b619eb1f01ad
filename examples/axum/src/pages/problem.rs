use maud::{Markup, html};

use super::page;

pub(crate) fn problem(title: &str, text: &str) -> Markup {
    page(title, &html! { p { (text) } })
}
