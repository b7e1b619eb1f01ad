//! Sample application of `sea-orm-routing`: a blog for each host name. `acme.localhost` sees the posts of `acme`, on a SQLite file
//! of its own, or in a schema of its own of one PostgreSQL, over one pool.

pub mod post;

use std::{error::Error, path::Path};

use axum::{
    Form, Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header::HOST},
    middleware::{Next, from_fn_with_state},
    response::{Redirect, Response},
    routing::get,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    config::{BindConfig, Within},
    shard::ShardTable,
};
use serde::Deserialize;

/// Whom the application serves; another one would ask a table of them, by `ShardLookup`.
pub const TENANTS: [&str; 2] = ["acme", "initech"];

/// Where the tenants are: in schemas on the PostgreSQL of that address, or in files of a directory.
#[must_use]
pub fn config(postgres: Option<&str>, directory: &Path) -> BindsConfig {
    let file = |name: &str| format!("sqlite://{}/{name}.db?mode=rwc", directory.display());
    match postgres {
        Some(address) => BindsConfig::new()
            .bind(BindConfig::new("default", address))
            .template(BindConfig::within(
                "tenants",
                Within::schema("default", "tenant_{key}"),
            )),
        None => BindsConfig::new()
            .bind(BindConfig::new("default", file("app")))
            .template(BindConfig::new("tenants", file("tenant_{key}"))),
    }
}

/// Opens the databases, and makes the tables of each tenant that has none yet.
///
/// # Errors
/// A database can't be opened or changed.
pub async fn open(config: BindsConfig) -> Result<RoutingDatabase, Box<dyn Error + Send + Sync>> {
    let is_within = config
        .templates
        .iter()
        .any(|template| template.within.is_some());
    let listed = TENANTS
        .into_iter()
        .fold(ShardTable::new(), |table, tenant| table.key(tenant, tenant));
    let builder = RoutingDatabase::builder().shards("tenants", listed);
    let db = builder.entity::<post::Entity>().from_config(config).await?;
    for tenant in TENANTS {
        if is_within {
            let schema = format!("CREATE SCHEMA IF NOT EXISTS tenant_{tenant}");
            db.execute_unprepared(&schema).await?;
        }
        let number = match is_within {
            true => "serial",
            false => "integer",
        };
        let table = format!(
            "CREATE TABLE IF NOT EXISTS post (id {number} PRIMARY KEY, title text NOT NULL)"
        );
        db.shard("tenants", tenant).await?;
        let own = db.bind(&format!("tenants:{tenant}"))?;
        own.execute_unprepared(&table).await?;
    }
    Ok(db)
}

/// What serves the requests.
pub fn router(db: RoutingDatabase) -> Router {
    Router::new()
        .route("/", get(list).post(write))
        .layer(from_fn_with_state(db.clone(), of_host))
        .with_state(db)
}

/// Runs the rest of a request in the scope of the tenant that its host names.
async fn of_host(
    State(db): State<RoutingDatabase>,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let named = host.and_then(|host| host.split_once('.'));
    let (tenant, _) = named.ok_or(StatusCode::NOT_FOUND)?;
    let tenant = db.shard("tenants", tenant).await;
    let tenant = tenant.map_err(|_| StatusCode::NOT_FOUND)?;
    Ok(tenant.scope(next.run(request)).await)
}

/// Knows nothing of tenants, as what follows.
async fn list(State(db): State<RoutingDatabase>) -> Result<String, StatusCode> {
    let posts = post::Entity::find().all(&db).await.map_err(failed)?;
    Ok(posts.into_iter().map(|post| post.title + "\n").collect())
}

#[derive(Deserialize)]
struct Draft {
    title: String,
}

async fn write(
    State(db): State<RoutingDatabase>,
    Form(draft): Form<Draft>,
) -> Result<Redirect, StatusCode> {
    let post = post::ActiveModel {
        title: Set(draft.title),
        ..Default::default()
    };
    post.insert(&db).await.map_err(failed)?;
    Ok(Redirect::to("/"))
}

fn failed(_: sea_orm::DbErr) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}
