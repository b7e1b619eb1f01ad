use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, MockDatabase, MockExecResult,
    RuntimeErr, Transaction, TransactionTrait,
};

use super::Db;
use crate::{
    entities::{tag, visit},
    seed::tag_named,
};

fn tag() -> tag::Model {
    tag::Model {
        id: 1,
        name: "mocked".to_owned(),
    }
}

#[tokio::test]
async fn mock_answers_and_logs() -> Result<(), DbErr> {
    let visit = visit::Model {
        id: 7,
        page: "mocked".to_owned(),
    };
    let mock = MockDatabase::new(DbBackend::Postgres)
        .append_query_results([vec![tag()], vec![]])
        .append_query_results([[visit.clone()]])
        .append_exec_results([MockExecResult {
            last_insert_id: 0,
            rows_affected: 3,
        }]);
    let db = Db::from(mock.into_connection());
    assert!(db.is_mock_connection());
    assert_eq!(tag::Entity::find().one(&db).await?, Some(tag()));
    assert_eq!(tag::Entity::find().one(&db).await?, None);
    assert_eq!(visit::Entity::find().all(&db).await?, [visit]);
    let deleted = tag::Entity::delete_many().exec(&db).await?;
    assert_eq!(deleted.rows_affected, 3);

    let select = r#"SELECT "tag"."id", "tag"."name" FROM "tag" LIMIT $1"#;
    let select = || Transaction::from_sql_and_values(DbBackend::Postgres, select, [1u64.into()]);
    let text = |sql| Transaction::from_sql_and_values(DbBackend::Postgres, sql, []);
    let visits = text(r#"SELECT "visit"."id", "visit"."page" FROM "visit""#);
    let delete = text(r#"DELETE FROM "tag""#);
    assert_eq!(
        db.into_transaction_log(),
        [select(), select(), visits, delete]
    );
    Ok(())
}

#[tokio::test]
async fn mock_fails_as_it_is_told() {
    let error = DbErr::Query(RuntimeErr::Internal("mocked".to_owned()));
    let mock = MockDatabase::new(DbBackend::Sqlite).append_query_errors([error.clone()]);
    let db = Db::from(mock.into_connection());
    assert_eq!(tag::Entity::find().one(&db).await, Err(error));
}

#[tokio::test]
async fn mock_logs_a_transaction_as_one() -> Result<(), DbErr> {
    let mock = MockDatabase::new(DbBackend::MySql)
        .append_exec_results([MockExecResult {
            last_insert_id: 1,
            rows_affected: 1,
        }])
        .append_query_results([[tag()]]);
    let db = Db::from(mock.into_connection());
    let transaction = db.begin().await?;
    assert_eq!(tag_named("mocked").insert(&transaction).await?, tag());
    transaction.commit().await?;
    let log = db.into_transaction_log();
    assert_eq!(log.len(), 1);
    let texts: Vec<_> = log[0].statements().iter().map(|s| s.sql.as_str()).collect();
    assert_eq!(
        texts,
        [
            "BEGIN",
            "INSERT INTO `tag` (`name`) VALUES (?)",
            "SELECT `tag`.`id`, `tag`.`name` FROM `tag` WHERE `tag`.`id` = ? LIMIT ?",
            "COMMIT",
        ]
    );
    Ok(())
}
