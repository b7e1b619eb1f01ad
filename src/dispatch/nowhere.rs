//! What no node gets, told like what fails at one.

use sea_orm::DbErr;

use super::{Decision, Router, Wording, decision::BoundBy};
use crate::{bind::BindReason, error::RoutingError, names::BindName, route::NodeReason};

impl Router<'_> {
    /// Tells of a statement that was refused before it had a node, whatever the reason: in metrics, by its event and span, and in
    /// its session's list. That is at the master of its bind, of the handle's one where nobody knows it, and counts as sent nowhere.
    #[cold]
    pub(crate) fn tell_nowhere(self, wording: Wording<'_>, error: &RoutingError) {
        let judgement = self.dispatcher.judgements.of(wording);
        let topology = self.dispatcher.topology();
        let around = || Some(self.place_around()?.ok()?.bind);
        let target = judgement.target.as_ref().ok();
        // Nobody asks the rule a second time.
        let binds = [
            error.bind().cloned(),
            self.scope.bind.clone(),
            around(),
            target.map(|target| target.bind.clone()),
            Some(self.home.bind.clone()),
        ];
        let known = |name: &BindName| topology.bind(name);
        let Some(bind) = binds.iter().flatten().find_map(known) else {
            return;
        };
        let bound_by = match &judgement.target {
            _ if self.scope.bind.is_some() => BoundBy::Handle,
            Ok(_) => BoundBy::Tables,
            Err(_) => BoundBy::Before(Box::new(BindReason::NoTable)),
        };
        let decision = Decision {
            bound_by,
            ..Decision::new(&judgement, &bind.master, NodeReason::Nowhere)
        };
        let error = DbErr::from(error.clone());
        self.dispatcher
            .tell(&decision, wording.sql, self.scope)
            .fail(&error);
    }
}
