use sea_orm::DbErr;

use super::part::{Part, roll_back};
use crate::{error::RoutingError, names::BindName};

/// Commits one bind after the other, and rolls back those behind one that fails.
pub(super) async fn commit(parts: Vec<Part>) -> Result<(), DbErr> {
    if let Some((bind, error)) = first_failed(&parts).await {
        roll_back(parts).await;
        return Err(RoutingError::not_committed(&bind, error).into());
    }
    let mut committed = Vec::new();
    let mut rest = parts.into_iter();
    while let Some(Part { bind, transaction }) = rest.next() {
        let has_begun = transaction.is_open();
        match transaction.commit().await {
            Ok(()) if has_begun => committed.push(bind.clone()),
            Ok(()) => {}
            Err(error) => {
                let rest: Vec<_> = rest.collect();
                // One that may have committed is no whole if others are rolled back.
                let is_in_doubt = rest.iter().any(|part| part.transaction.is_open())
                    && RoutingError::may_have_happened(&error);
                roll_back(rest).await;
                return Err(match committed.is_empty() && !is_in_doubt {
                    true => error,
                    false => partly(committed, bind.clone(), error),
                });
            }
        }
    }
    Ok(())
}

/// The first part that its server has given up, while others may still commit.
async fn first_failed(parts: &[Part]) -> Option<(BindName, DbErr)> {
    for part in parts {
        if let Err(error) = part.transaction.check().await {
            return Some((part.bind.clone(), error));
        }
    }
    None
}

fn partly(committed: Vec<BindName>, failed: BindName, source: DbErr) -> DbErr {
    let error = RoutingError::PartlyCommitted {
        committed,
        failed,
        source,
    };
    error.into()
}
