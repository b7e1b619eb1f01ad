use axum::{
    Router,
    extract::{FromRef, State},
    middleware::from_fn_with_state,
    response::Redirect,
    routing::get,
};
use maud::Markup;
use sea_orm::DbErr;
use sea_orm_migration::MigratorTrait;
use sea_orm_routing::{BindsConfig, ConnectError, RoutingDatabase, page, tower::SessionLayer};

use crate::{
    audit,
    migration::{Audit, Blog},
    pages, posts,
    problem::Problem,
    statements::{History, note},
};

/// More than any request of this application sends.
const MOST_STATEMENTS: usize = 200;

/// Why the application did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A database can't be opened: see the source, and binds.yaml.
    #[error("the databases can't be opened")]
    Connect(#[from] ConnectError),
    /// A migration failed: its bind has what ran before it.
    #[error("a migration failed")]
    Migrate(#[from] DbErr),
}

/// The blog with its databases; a cheap clone.
#[derive(Clone, Debug, FromRef)]
pub struct App {
    db: RoutingDatabase,
    history: History,
}

impl App {
    /// Opens the databases and brings each bind's tables up to date on its master.
    ///
    /// # Errors
    ///
    /// A database can't be opened, or a migration fails.
    pub async fn open(config: BindsConfig) -> Result<Self, StartError> {
        let db = RoutingDatabase::from_config(config).await?;
        Blog::up(&db, None).await?;
        Audit::up(&db.bind("audit").map_err(DbErr::from)?, None).await?;
        Ok(Self {
            db,
            history: History::default(),
        })
    }

    /// The handle of all statements.
    #[must_use]
    pub fn database(&self) -> &RoutingDatabase {
        &self.db
    }

    /// What serves the requests.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/", get(async || Redirect::to("/posts")))
            .merge(posts::routes())
            .route("/audit", get(audit::list))
            .route("/statements", get(requests))
            .fallback(async || Problem::NotFound)
            .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
            .with_state(self.clone())
            .layer(from_fn_with_state(self.clone(), note))
            .layer(SessionLayer::new(self.db.clone()).recording(MOST_STATEMENTS))
            .nest("/databases", page::router(&self.db))
    }

    /// Waits for the statements in flight, and closes the connections of all nodes.
    ///
    /// # Errors
    ///
    /// A node's connections did not close.
    pub async fn close(self) -> Result<(), DbErr> {
        self.db.close().await
    }
}

async fn requests(State(history): State<History>) -> Markup {
    pages::requests(&history.requests())
}
