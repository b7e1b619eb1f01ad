use maud::{Markup, html};

use super::page;
use crate::entity::post;

pub(crate) fn list(posts: &[post::Model], number: u64, pages: u64) -> Markup {
    page(
        "Posts",
        &html! {
            @if posts.is_empty() {
                p { "There are no posts yet." }
            } @else {
                ul.posts {
                    @for post in posts {
                        li { a href={ "/posts/" (post.id) } { (post.title) } }
                    }
                }
            }
            @if pages > 1 {
                p.actions {
                    @if number > 1 { a rel="prev" href={ "/posts?page=" (number - 1) } { "Newer" } }
                    span { "Page " (number) " of " (pages) }
                    @if number < pages { a rel="next" href={ "/posts?page=" (number + 1) } { "Older" } }
                }
            }
        },
    )
}
