//! Serves the notes: `cargo run -p actix-example`, then `curl http://127.0.0.1:3000/`.

use std::{env, error::Error};

use actix_example::{prepare, site};
use actix_web::{App, HttpServer};
use sea_orm_routing::{RoutingDatabase, carrier::SessionCarrier};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // This package's own file, from wherever the program is started.
    let db = RoutingDatabase::connect(concat!(env!("CARGO_MANIFEST_DIR"), "/binds.yaml")).await?;
    prepare(&db).await?;
    let (carrier, served) = (SessionCarrier::new(), db.clone());
    let app = move || App::new().configure(site(served.clone(), carrier.clone()));
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    HttpServer::new(app).bind(address)?.run().await?;
    Ok(db.close().await?)
}
