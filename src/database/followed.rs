use std::sync::{Arc, OnceLock};

use crate::node::Node;

/// The masters that followed the one with which a handle was made, as far as somebody has got their connections: what was
/// given lives as long as the handle.
#[derive(Default)]
pub(crate) struct Followed(OnceLock<Box<Follower>>);

struct Follower {
    master: Arc<Node>,
    then: Followed,
}

impl Followed {
    /// `master`, or a node over the same pools that is kept already.
    pub(crate) fn keep(&self, master: &Arc<Node>) -> &Arc<Node> {
        let mut at = self;
        loop {
            let follower = at.0.get_or_init(|| {
                Box::new(Follower {
                    master: master.clone(),
                    then: Self::default(),
                })
            });
            if follower.master.lends_as(master) {
                return &follower.master;
            }
            at = &follower.then;
        }
    }
}
