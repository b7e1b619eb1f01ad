use std::time::Duration;

use sea_orm::{DbBackend, DbErr, Statement};
use tokio::time::timeout;

use super::service::while_serving;
use crate::{
    error::RoutingError,
    node::{Node, Role},
    observe::{is_acquire_timeout, is_of_read_only_session},
};

/// How long it may take to ask: an error is to be told, and the pool may have no connection beside the one that it is of.
const PATIENCE: Duration = Duration::from_secs(1);

/// An error that says why, of a master that refused a write as read-only although it takes writes, and of a pool that gave no
/// connection in time.
pub(crate) async fn explained(node: &Node, error: DbErr) -> DbErr {
    if is_acquire_timeout(&error) {
        return node.why_none(error).await;
    }
    let (Role::Master, Some(backend)) = (node.role, node.backend) else {
        return error;
    };
    if !is_of_read_only_session(&error) {
        return error;
    }
    let ask = match backend {
        DbBackend::Postgres => "SELECT CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END",
        DbBackend::MySql => "SELECT CAST(@@global.read_only AS SIGNED)",
        _ => return error,
    };
    let ask = node
        .channel()
        .query_one_raw(Statement::from_string(backend, ask));
    let Ok(Ok(Some(row))) = timeout(PATIENCE, while_serving(node, ask)).await else {
        return error;
    };
    let refuses = match backend {
        DbBackend::Postgres => row.try_get_by_index::<i32>(0).map(i64::from),
        _ => row.try_get_by_index::<i64>(0),
    };
    match refuses {
        Ok(0) => RoutingError::ReadOnlySession {
            node: node.key(),
            source: error,
        }
        .into(),
        _ => error,
    }
}
