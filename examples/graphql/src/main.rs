//! Serves the notes: `cargo run -p graphql-example`, then `curl` as README.md says.

use std::{env, error::Error};

use graphql_example::{prepare, router};
use sea_orm_routing::RoutingDatabase;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // This package's own file, from wherever the program is started.
    let db = RoutingDatabase::connect(concat!(env!("CARGO_MANIFEST_DIR"), "/binds.yaml")).await?;
    prepare(&db).await?;
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    axum::serve(listener, router(db)).await?;
    Ok(())
}
