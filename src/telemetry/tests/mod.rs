#[cfg(all(feature = "sqlx-postgres", feature = "runtime-tokio"))]
mod addresses;
mod names;
#[cfg(feature = "testing")]
mod scene;
mod scraped;
