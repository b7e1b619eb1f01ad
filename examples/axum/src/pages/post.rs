use maud::{Markup, html};

use super::page;
use crate::entity::post;

pub(crate) fn post(post: &post::Model) -> Markup {
    page(
        &post.title,
        &html! {
            p.text { (post.text) }
            .actions {
                a.edit href={ "/posts/" (post.id) "/edit" } { "Edit" }
                form.delete method="post" action={ "/posts/" (post.id) "/delete" } {
                    button { "Delete" }
                }
            }
        },
    )
}
