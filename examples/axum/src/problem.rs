use axum::{
    extract::rejection::{FormRejection, PathRejection, QueryRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use sea_orm::DbErr;
use sea_orm_routing::RoutingError;
use tracing::error;

use crate::pages;

/// Seconds: a failover is over by then.
const RETRY_AFTER: &str = "5";

/// Why a request has no other answer than a page that says so.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("There is no such page.")]
    NotFound,
    #[error("This page can't be asked that way.")]
    MethodNotAllowed,
    /// What a browser sends only if someone has changed the address or the form by hand.
    #[error("{1}")]
    Rejected(StatusCode, String),
    /// Its text is for the log: it may name servers.
    #[error("The database did not answer as it should. It has been logged; please try again.")]
    Database(#[from] DbErr),
}

impl Problem {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Rejected(status, _) => *status,
            Self::Database(error) if RoutingError::is_unavailable(error) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if let Self::Database(error) = &self {
            error!(error = %RoutingError::shown(error), "a statement failed");
        }
        let status = self.status();
        let title = status.canonical_reason().unwrap_or("Error");
        let page = pages::problem(title, &self.to_string());
        match status {
            StatusCode::SERVICE_UNAVAILABLE => {
                (status, [(header::RETRY_AFTER, RETRY_AFTER)], page).into_response()
            }
            status => (status, page).into_response(),
        }
    }
}

impl From<FormRejection> for Problem {
    fn from(rejection: FormRejection) -> Self {
        Self::Rejected(rejection.status(), rejection.body_text())
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::Rejected(rejection.status(), rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::Rejected(rejection.status(), rejection.body_text())
    }
}
