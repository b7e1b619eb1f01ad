use sea_orm_routing::RoutingDatabase;
use tokio::task::JoinSet;

use super::{Desk, Notebook, Turns, Way};

pub(crate) const TASKS: usize = 16;

/// What came of some pairs of a write and a read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) fresh: usize,
    pub(crate) stale: usize,
    pub(crate) errors: Vec<String>,
}

/// Writes and reads at one desk, every way in turn.
///
/// Every other pair is a task of its own, of which nothing is known that would send its read to the master but its
/// own write. (The number of ways is odd.)
pub(crate) async fn pairs(db: RoutingDatabase, mut desk: Desk, pairs: usize) -> Outcome {
    let mut outcome = Outcome::default();
    for (number, way) in (1..=pairs).zip(Way::ALL.iter().cycle()) {
        let version = number as i64;
        let result = if number.is_multiple_of(2) {
            way.is_fresh(&db, &mut desk, version).await
        } else {
            let db = db.clone();
            let pair = tokio::spawn(async move {
                let result = way.is_fresh(&db, &mut desk, version).await;
                (desk, result)
            });
            let result;
            (desk, result) = pair.await.unwrap();
            result
        };
        match result {
            Ok(true) => outcome.fresh += 1,
            Ok(false) => outcome.stale += 1,
            Err(error) => outcome.errors.push(format!("{way:?}: {error}")),
        }
    }
    outcome
}

/// The same by sixteen tasks, each at its own desk.
pub(crate) async fn pairs_of_tasks(db: &RoutingDatabase, desks: Vec<Desk>, each: usize) -> Outcome {
    let tasks: JoinSet<_> = desks
        .into_iter()
        .map(|desk| pairs(db.clone(), desk, each))
        .collect();
    let outcomes = tasks.join_all().await.into_iter();
    outcomes.fold(Outcome::default(), |mut sum, one| {
        sum.fresh += one.fresh;
        sum.stale += one.stale;
        sum.errors.extend(one.errors);
        sum
    })
}

pub(crate) async fn desks<S: Turns>(notebook: &Notebook<S>, each: usize) -> Vec<Desk> {
    let mut desks = Vec::new();
    for owner in 0..TASKS {
        desks.push(Desk::new(&notebook.master, owner as i32, each).await);
    }
    notebook.catch_up().await;
    desks
}
