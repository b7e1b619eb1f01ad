//! SeaORM's role-based access control: what a user may not do reaches no node, and the rest is routed.

use entity::{bakery, report};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, TransactionError,
    TransactionTrait,
    rbac::{
        Action, RbacContext, RbacEngine, RbacSnapshot, RbacUserId, Table, schema::create_tables,
    },
};
use sea_orm_routing::rbac::RestrictedTransaction;

use crate::{
    bakery::{Bakery, report_titled},
    support::served,
};

const WRITER: RbacUserId = RbacUserId(1);
const READER: RbacUserId = RbacUserId(2);

/// A writer who may do all to reports, and a reader who may read them and bakeries.
async fn with_rules() -> Bakery {
    let bakery = Bakery::new().await;
    let db = &bakery.db;
    create_tables(db, Default::default()).await.unwrap();
    let mut context = RbacContext::load(&db.master()).await.unwrap();
    context.add_tables(db, &["bakery", "report"]).await.unwrap();
    context.add_crud_permissions(db).await.unwrap();
    context.add_roles(db, &["writer", "reader"]).await.unwrap();
    let roles = [(WRITER.0, "writer"), (READER.0, "reader")];
    context.assign_user_role(db, &roles).await.unwrap();
    for (role, actions, tables) in [
        (
            "writer",
            &["select", "insert", "update", "delete"][..],
            &["report"][..],
        ),
        ("reader", &["select"], &["bakery", "report"]),
    ] {
        context
            .add_role_permissions(db, role, actions, tables)
            .await
            .unwrap();
    }
    db.load_rbac().await.unwrap();
    bakery
}

fn is_denied<T>(result: Result<T, DbErr>, permission: &str, table: &str) -> bool {
    let expected = DbErr::AccessDenied {
        permission: permission.to_owned(),
        resource: table.to_owned(),
    };
    result.err() == Some(expected)
}

#[tokio::test]
async fn allowed_statements_are_routed_and_forbidden_ones_reach_no_node() {
    let Bakery { db, .. } = &with_rules().await;
    let reader = &db.restricted_for(READER).unwrap();
    let (found, by) = served(db, bakery::Entity::find().one(reader)).await;
    assert!(found.unwrap().unwrap().name.starts_with("default.slave-"));
    assert_eq!(by, "default.slave 1r");
    let (result, by) = served(db, report_titled("x").insert(reader)).await;
    assert!(is_denied(result, "insert", "report"));
    assert_eq!(by, "");

    let writer = &db.restricted_for(WRITER).unwrap();
    let (written, by) = served(db, report_titled("x").insert(writer)).await;
    assert_eq!(written.unwrap().title, "x");
    assert_eq!(by, "reports.master 1w");
    let (result, by) = served(db, bakery::Entity::find().all(writer)).await;
    assert!(is_denied(result, "select", "bakery"));
    assert_eq!(by, "");
}

#[tokio::test]
async fn statements_as_text_are_refused() {
    let Bakery { db, .. } = &with_rules().await;
    let reader = db.restricted_for(READER).unwrap();
    let (result, by) = served(db, reader.execute_unprepared("SELECT 1")).await;
    let message = "Raw query is not supported: SELECT 1".to_owned();
    assert_eq!(result.unwrap_err(), DbErr::RbacError(message));
    assert_eq!(by, "");
}

#[tokio::test]
async fn transactions_are_of_the_same_user() {
    let Bakery { db, .. } = &with_rules().await;
    let writer = db.restricted_for(WRITER).unwrap();
    let reports = async || report::Entity::find().count(&db.master()).await.unwrap();

    let transaction: RestrictedTransaction = writer.begin().await.unwrap();
    report_titled("one").insert(&transaction).await.unwrap();
    let nested = transaction.begin().await.unwrap();
    let result = bakery::Entity::find().all(&nested).await;
    assert!(is_denied(result, "select", "bakery"));
    nested.commit().await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(reports().await, 2);

    let failed = writer.transaction(|transaction| {
        Box::pin(async move {
            report_titled("two").insert(transaction).await?;
            bakery::Entity::find().all(transaction).await
        })
    });
    let Err(TransactionError::Transaction(error)) = failed.await else {
        panic!("a closure's error is not the transaction's");
    };
    assert!(is_denied(Err::<(), _>(error), "select", "bakery"));
    assert_eq!(reports().await, 2);

    let done = writer.transaction_async(async |transaction| {
        let report = report_titled("three").insert(transaction).await?;
        Ok::<_, DbErr>(report.title)
    });
    assert_eq!(done.await.unwrap(), "three");
    assert_eq!(reports().await, 3);
}

#[tokio::test]
async fn rules_are_needed_and_shared_by_all_handles() {
    let Bakery { db, .. } = &Bakery::new().await;
    let missing = db.restricted_for(READER).unwrap_err();
    assert_eq!(missing, DbErr::RbacError("engine not set up".to_owned()));

    let handle = db.bind("reports").unwrap();
    let anything = RbacSnapshot::danger_unrestricted();
    handle.replace_rbac(RbacEngine::from_snapshot(anything));
    let anyone = &db.restricted_for(RbacUserId(0)).unwrap();
    let (found, by) = served(db, report::Entity::find().all(anyone)).await;
    assert_eq!(found.unwrap().len(), 1);
    assert_eq!(by, "reports.slave 1r");
    assert!(anyone.user_can(Action("delete"), Table("report")).unwrap());
    assert_eq!(anyone.user_id(), RbacUserId(0));
    assert_eq!(anyone.roles_and_ranks().unwrap().len(), 1);
}
