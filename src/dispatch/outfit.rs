//! What a statement's connection must have set.

use std::sync::Arc;

use sea_orm::DbBackend;

use super::{Decision, Router, judgement::Judgement};
use crate::{
    driver::{Channel, Outfit},
    node::Node,
};

impl Router<'_> {
    /// The way of a statement to its node.
    #[inline(always)]
    pub(crate) fn channel(self, decision: &Decision) -> Channel<'_> {
        decision.guarded(match decision.node.outfit {
            None => decision.node.channel(),
            Some(_) => self.dressed(decision),
        })
    }

    #[inline(never)]
    fn dressed(self, decision: &Decision) -> Channel<'_> {
        let node = &decision.node;
        match self.outfit_on(node) {
            None => node.channel(),
            Some(outfit) => node.channel_in(outfit, self.keeps(&decision.judgement, node)),
        }
    }

    /// What connections of the node must have set for what is sent there now; `None` where that is the same for all.
    pub(crate) fn outfit_on(self, node: &Node) -> Option<Arc<Outfit>> {
        let (outfit, outfits) = (node.outfit.as_ref()?, node.outfits.as_ref()?);
        if outfits.names.is_empty() {
            return Some(outfit.clone());
        }
        let around = self.scope.around.now(&self.dispatcher.governance);
        let value = |name: &Arc<str>| {
            let said = around.as_ref().and_then(|around| around.value(name));
            (name.clone(), said.unwrap_or_default().into())
        };
        let values = outfits.names.iter().map(value).collect();
        Some(Arc::new(outfit.with(values)))
    }

    /// Whether a statement is known to leave what is set on its connection as it was.
    pub(super) fn keeps(self, judgement: &Judgement, node: &Node) -> bool {
        let backend = node.backend.unwrap_or(DbBackend::Sqlite);
        match (backend, node.is_lodger) {
            // `USE` stands in no function, procedure or trigger.
            (DbBackend::MySql, _) => judgement.says_what_it_sets(),
            // What a trigger or function of the host's own may set there is found by its own statements alone, as on a
            // plain connection.
            (_, false) if !has_values(node) => judgement.says_what_it_sets(),
            _ => judgement.calls_nothing_unknown(backend),
        }
    }
}

fn has_values(node: &Node) -> bool {
    node.outfits
        .as_ref()
        .is_some_and(|outfits| !outfits.names.is_empty())
}
