use sea_orm::{ActiveModelTrait, ActiveValue::Set, DbErr};
use sea_orm_routing::RoutingDatabase;

use crate::entity::audit_entry::{self, Action};

/// Notes a change that is already made: two binds have no transaction in common.
pub(crate) async fn note(db: &RoutingDatabase, action: Action, post_id: i32) -> Result<(), DbErr> {
    let entry = audit_entry::ActiveModel {
        action: Set(action),
        post_id: Set(post_id),
        ..Default::default()
    };
    entry.insert(db).await.map(drop)
}
