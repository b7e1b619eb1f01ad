use std::sync::Arc;

use maud::{Markup, html};

use super::{page, statements};
use crate::statements::ServedRequest;

pub(crate) fn requests(requests: &[Arc<ServedRequest>]) -> Markup {
    page(
        "Statements",
        &html! {
            p { "The last requests to this process that sent statements, the last first." }
            @for request in requests { (statements::of_request(request)) }
        },
    )
}
