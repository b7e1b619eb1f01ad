use std::path::Path;

use sea_orm_routing::RoutingDatabase;

use super::{error::CommandError, output::say};

pub(super) async fn recover(path: &Path) -> Result<bool, CommandError> {
    let db = RoutingDatabase::connect(path).await?;
    let recovery = db.recover_prepared().await;
    say(&recovery.to_string())?;
    db.close().await.ok();
    Ok(recovery.is_complete())
}
