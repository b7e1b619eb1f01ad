use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;

use super::{change::Change, history::History, html::Shown, readiness::Readiness};
use crate::{database::RoutingDatabase, status::Status};

/// Nothing is loaded from anywhere, nothing runs, and nobody shows it inside of a page of theirs.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

#[derive(Clone, Debug)]
struct Page {
    db: RoutingDatabase,
    history: Arc<History>,
}

/// What `/status.json` tells.
#[derive(Serialize)]
struct Told {
    ready: Readiness,
    #[serde(flatten)]
    status: Status,
    changes: Vec<Change>,
}

/// The page and the answers for probes, of the binds and nodes that the handle may reach: see the [module](crate::page).
///
/// From now on the nodes are looked at every 2 s, until the router and its clones are dropped. Without a runtime, they are looked at only
/// when somebody asks. Never panics.
#[doc(alias = "health")]
#[doc(alias = "readiness")]
pub fn router<S: Clone + Send + Sync + 'static>(db: &RoutingDatabase) -> Router<S> {
    let page = Page {
        history: History::begin(db),
        db: db.clone(),
    };
    Router::new()
        .route("/", get(html))
        .route("/status.json", get(json))
        .route(
            "/healthz",
            get(|| async { answer(StatusCode::OK, "ok\n".to_owned()) }),
        )
        .route(
            "/readyz",
            get(|State(page): State<Page>| async move { probe(&page.readiness().all()) }),
        )
        .route(
            "/readyz/reads",
            get(|State(page): State<Page>| async move { probe(&page.readiness().reads) }),
        )
        .route(
            "/readyz/writes",
            get(|State(page): State<Page>| async move { probe(&page.readiness().of_writes()) }),
        )
        .with_state(page)
}

impl Page {
    fn readiness(&self) -> Readiness {
        Readiness::of(&self.db)
    }
}

async fn html(State(page): State<Page>) -> Response {
    let status = page.db.status();
    let shown = Shown {
        readiness: &Readiness::of(&page.db),
        status: &status,
        history: &page.history,
        statements: &page.db.statements(),
    };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (HeaderName::from_static("referrer-policy"), "no-referrer"),
    ];
    (headers, shown.page().into_string()).into_response()
}

async fn json(State(page): State<Page>) -> Response {
    let status = page.db.status();
    let told = Told {
        ready: Readiness::of(&page.db),
        changes: page.history.changes(&status),
        status,
    };
    match serde_json::to_string(&told) {
        Ok(text) => {
            let headers = [
                (header::CONTENT_TYPE, "application/json"),
                (header::CACHE_CONTROL, "no-store"),
            ];
            (headers, text).into_response()
        }
        Err(error) => answer(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
    }
}

/// What a probe of an orchestrator asks for.
fn probe(reasons: &[String]) -> Response {
    match reasons {
        [] => answer(StatusCode::OK, "ready\n".to_owned()),
        reasons => answer(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{}\n", reasons.join("\n")),
        ),
    }
}

fn answer(status: StatusCode, text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, text).into_response()
}
