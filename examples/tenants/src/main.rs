//! Serves the blogs: `cargo run -p tenants-example`, then <http://acme.localhost:3000> and <http://initech.localhost:3000>.

use std::{env, error::Error, path::Path};

use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let postgres = env::var("POSTGRES").ok();
    let config = tenants_example::config(postgres.as_deref(), Path::new("data/tenants"));
    let db = tenants_example::open(config).await?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, tenants_example::router(db)).await?;
    Ok(())
}
