use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::statements;

const STYLE: &str = include_str!("style.css");

/// Call it when all statements of the request are done: it ends with their table.
pub(super) fn page(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – Blog" }
                // Spares the request for a favicon.
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                nav {
                    a href="/posts" { "Posts" }
                    a href="/posts/new" { "New post" }
                    a href="/audit" { "Audit" }
                    a href="/statements" { "Statements" }
                }
                main {
                    h1 { (title) }
                    (content)
                }
                footer { (statements::of_this_request()) }
            }
        }
    }
}
