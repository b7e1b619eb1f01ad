use std::net::SocketAddr;

use axum::Router;
use loco_rs::{
    app::Initializer,
    boot::{ServeParams, shutdown_signal},
    prelude::*,
};
use sea_orm_routing::{RoutingDatabase, tower::SessionLayer};

/// Opens the databases of binds.yaml; loco's own code, and what names `DatabaseConnection`, gets the master's.
pub async fn open(mut context: AppContext) -> Result<AppContext> {
    let db = RoutingDatabase::connect("binds.yaml").await;
    let db = db.map_err(Error::wrap)?;
    let unused = std::mem::replace(&mut context.db, db.master_connection());
    unused.close().await?;
    context.shared_store.insert(db);
    Ok(context)
}

pub fn database(context: &AppContext) -> Result<RoutingDatabase> {
    let db = context.shared_store.get::<RoutingDatabase>();
    db.ok_or_else(|| Error::string("`after_context` has opened no `RoutingDatabase`"))
}

/// Makes each request a session, which reads what its browser has written.
pub struct Routing;

#[async_trait]
impl Initializer for Routing {
    fn name(&self) -> String {
        "routing".to_owned()
    }

    async fn after_routes(&self, router: Router, context: &AppContext) -> Result<Router> {
        Ok(router.layer(SessionLayer::new(database(context)?)))
    }
}

/// Serves as loco does, and closes the databases after the last answer: `on_shutdown` comes before it.
pub async fn serve(app: Router, context: &AppContext, at: &ServeParams) -> Result<()> {
    let address = format!("{}:{}", at.binding, at.port);
    let listener = tokio::net::TcpListener::bind(address).await?;
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(shutdown_signal())
        .await?;
    Ok(database(context)?.close().await?)
}
