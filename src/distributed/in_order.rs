use sea_orm::DbErr;

use super::part::{Part, roll_back};
use crate::{error::RoutingError, names::BindName};

/// Commits one bind after the other, and rolls back those behind one that fails.
pub(super) async fn commit(parts: Vec<Part>) -> Result<(), DbErr> {
    let mut committed = Vec::new();
    let mut rest = parts.into_iter();
    while let Some(Part { bind, transaction }) = rest.next() {
        let has_begun = transaction.is_open();
        match transaction.commit().await {
            Ok(()) if has_begun => committed.push(bind.clone()),
            Ok(()) => {}
            Err(error) => {
                roll_back(rest).await;
                return Err(match committed.is_empty() {
                    true => error,
                    false => partly(committed, bind.clone(), error),
                });
            }
        }
    }
    Ok(())
}

fn partly(committed: Vec<BindName>, failed: BindName, source: DbErr) -> DbErr {
    let error = RoutingError::PartlyCommitted {
        committed,
        failed,
        source,
    };
    error.into()
}
