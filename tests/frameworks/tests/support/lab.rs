use std::time::Duration;

use frameworks::note;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, Schema};
use sea_orm_routing::testing::Lab;

/// Two notes that the slave has, which learns of nothing that comes.
pub(crate) async fn lab_with_notes() -> Lab {
    let lab = Lab::new().slaves(1).start().await.unwrap();
    let db = lab.db();
    let schema = Schema::new(db.get_database_backend());
    let table = schema.create_table_from_entity(note::Entity);
    db.execute(&table).await.unwrap();
    for text in ["one", "two"] {
        let note = note::ActiveModel {
            text: Set(text.to_owned()),
            ..Default::default()
        };
        // Not by the test's own session.
        note.insert(&db.session_from("")).await.unwrap();
    }
    lab.caught_up().await;
    lab.lag("slave-1", Duration::from_secs(3600));
    lab
}
