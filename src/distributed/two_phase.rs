use std::{sync::Arc, time::Duration};

use sea_orm::DbErr;
use tokio::{
    runtime::Handle,
    time::{interval, timeout},
};
use tracing::debug;

use super::{
    part::{Part, roll_back},
    transaction::TwoPhase,
};
use crate::{
    coordinator::{Decided, decide, forget},
    dispatch::{Dispatcher, while_serving},
    error::RoutingError,
    events::ROUTE,
    names::BindName,
    transaction::{Prepared, RoutingTransaction},
};

/// How long a decision is waited for that another process, or a connection that was lost, is about to make.
/// As long as writes wait for a master.
pub(super) const DECIDING: Duration = Duration::from_secs(5);

/// How often it is asked for meanwhile: the connections of a pool may be as dead as the one that was lost.
const ASKING: Duration = Duration::from_millis(100);

/// Why a transaction was not committed.
enum Failure {
    /// It never will be.
    Aborted(DbErr),
    /// Perhaps it was.
    Unknown(DbErr),
}

/// Commits on all binds or on none.
///
/// Presumed abort: what is prepared and has no decision is rolled back. The first bind's part commits together with the
/// decision, so that it need not be prepared itself.
pub(super) async fn commit(
    dispatcher: Arc<Dispatcher>,
    parts: Vec<Part>,
    two_phase: TwoPhase,
) -> Result<(), DbErr> {
    let (begun, idle): (Vec<_>, Vec<_>) = parts
        .into_iter()
        .enumerate()
        .partition(|(number, part)| *number == 0 || part.transaction.is_open());
    drop(idle);
    let mut begun: Vec<Part> = begun.into_iter().map(|(_, part)| part).collect();
    let first = begun.remove(0);
    if begun.is_empty() {
        return first.transaction.commit().await;
    }
    if begun.len() == 1 && !first.transaction.is_open() {
        return begun.remove(0).transaction.commit().await;
    }
    let prepared = match prepare(begun).await {
        Ok(prepared) => prepared,
        Err(error) => {
            roll_back([first]).await;
            return Err(error);
        }
    };
    let bind = first.bind.clone();
    match decided(&dispatcher, &two_phase, first, &prepared).await {
        Ok(()) => {
            finish(prepared).await?;
            forget_in_background(dispatcher, bind, two_phase);
            Ok(())
        }
        Err(Failure::Aborted(error)) => {
            undo(prepared).await;
            Err(error)
        }
        Err(Failure::Unknown(error)) => {
            prepared.into_iter().for_each(Prepared::leave);
            Err(error)
        }
    }
}

/// The first phase: each part is prepared, or all are rolled back.
async fn prepare(parts: Vec<Part>) -> Result<Vec<Prepared>, DbErr> {
    let mut prepared = Vec::with_capacity(parts.len());
    let mut rest = parts.into_iter();
    while let Some(Part { bind, transaction }) = rest.next() {
        match transaction.prepare_branch().await {
            Ok(branch) => prepared.push(branch),
            Err(error) => {
                undo(prepared).await;
                roll_back(rest).await;
                return Err(not_committed(&bind, error));
            }
        }
    }
    Ok(prepared)
}

/// Commits the first bind's part, and with it the decision.
async fn decided(
    dispatcher: &Dispatcher,
    two_phase: &TwoPhase,
    first: Part,
    prepared: &[Prepared],
) -> Result<(), Failure> {
    let Part { bind, transaction } = first;
    let binds: Vec<_> = prepared
        .iter()
        .map(|part| part.bind().to_string())
        .collect();
    let recorded = record(dispatcher, two_phase, &bind, &transaction, &binds).await;
    if let Err(error) = recorded {
        let _ = transaction.rollback().await;
        return Err(Failure::Aborted(error));
    }
    match transaction.commit().await {
        Err(error) if RoutingError::may_have_happened(&error) => {
            settle(dispatcher, two_phase, &bind, error).await
        }
        committed => committed.map_err(Failure::Aborted),
    }
}

async fn record(
    dispatcher: &Dispatcher,
    two_phase: &TwoPhase,
    bind: &BindName,
    transaction: &RoutingTransaction,
    binds: &[String],
) -> Result<(), DbErr> {
    let TwoPhase { realm, id } = two_phase;
    let open = transaction.open_now(bind).await?;
    let node = transaction.node().expect("it was opened before");
    let recorder = transaction.database.scope.recorder();
    let telling =
        dispatcher.tell_transaction(node, "INSERT INTO sea_orm_routing_decision", recorder);
    let decision = crate::coordinator::commit(open, realm, id, binds);
    let is_recorded = telling
        .of(while_serving(node, decision))
        .await
        // Also that another process has decided otherwise.
        .map_err(|source| RoutingError::not_committed(bind, source))?;
    if !is_recorded {
        dispatcher.realms.forget(bind);
        let bind = bind.clone();
        return Err(RoutingError::NoDecisionTable { bind }.into());
    }
    Ok(())
}

/// Finds out what has become of a COMMIT whose answer was lost.
async fn settle(
    dispatcher: &Dispatcher,
    two_phase: &TwoPhase,
    bind: &BindName,
    source: DbErr,
) -> Result<(), Failure> {
    let mut asking = interval(ASKING);
    let decided = timeout(DECIDING, async {
        loop {
            asking.tick().await;
            if let Ok(decided) = ask(dispatcher, two_phase, bind).await {
                return decided;
            }
        }
    });
    match decided.await {
        Ok(Decided::Commit) => Ok(()),
        Ok(Decided::Abort) => Err(Failure::Aborted(
            RoutingError::not_committed(bind, source).into(),
        )),
        Err(_) => {
            let bind = bind.clone();
            Err(Failure::Unknown(
                RoutingError::Undecided { bind, source }.into(),
            ))
        }
    }
}

async fn ask(
    dispatcher: &Dispatcher,
    two_phase: &TwoPhase,
    bind: &BindName,
) -> Result<Decided, DbErr> {
    let master = dispatcher.master_of(bind).await?.master.clone();
    let channel = master.channel();
    let decided = || decide(&channel, &two_phase.id);
    master.logged_in(decided).await
}

/// The second phase.
async fn finish(prepared: Vec<Prepared>) -> Result<(), DbErr> {
    let mut binds = Vec::new();
    let mut first_error = None;
    for part in prepared {
        let bind = part.bind().clone();
        if let Err(error) = part.commit().await {
            binds.push(bind);
            first_error.get_or_insert(error);
        }
    }
    match first_error {
        None => Ok(()),
        Some(source) => Err(RoutingError::Unfinished { binds, source }.into()),
    }
}

async fn undo(prepared: Vec<Prepared>) {
    for part in prepared {
        let bind = part.bind().clone();
        if let Err(error) = part.roll_back().await {
            debug!(target: ROUTE, %bind, %error, "a part stays prepared until it is recovered");
        }
    }
}

/// Nobody waits for it: a decision that is remembered too long costs its row, and recovery forgets it.
fn forget_in_background(dispatcher: Arc<Dispatcher>, bind: BindName, two_phase: TwoPhase) {
    let Ok(runtime) = Handle::try_current() else {
        return;
    };
    runtime.spawn(async move {
        let Ok(master) = dispatcher
            .topology()
            .require(&bind)
            .map(|bind| bind.master.clone())
        else {
            return;
        };
        let telling =
            dispatcher.tell_transaction(&master, "DELETE FROM sea_orm_routing_decision", None);
        let channel = master.channel();
        let forgotten = || forget(&channel, &two_phase.id);
        if let Err(error) = telling.of(master.logged_in(forgotten)).await {
            debug!(target: ROUTE, %bind, %error, "a decision is remembered until it is recovered");
        }
    });
}

/// The driver's error as it is, unless that leaves open whether it happened.
fn not_committed(bind: &BindName, error: DbErr) -> DbErr {
    match RoutingError::may_have_happened(&error) {
        true => RoutingError::not_committed(bind, error).into(),
        false => error,
    }
}
