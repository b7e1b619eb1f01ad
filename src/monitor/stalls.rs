use std::{collections::HashMap, sync::Arc};

use crate::{names::NodeName, node::Node};

/// Looks in a row without an end of any statement after which those of a node stand still.
const ENOUGH: u32 = 2;

/// Which nodes have work in flight of which nothing ends: a frozen server, or only a long query.
#[derive(Debug, Default)]
pub(super) struct Stalls(HashMap<NodeName, Look>);

#[derive(Clone, Copy, Debug, Default)]
struct Look {
    ended: u64,
    still: u32,
}

impl Stalls {
    /// Looks again, after a while.
    pub(super) fn look<'n>(&mut self, nodes: impl Iterator<Item = &'n Arc<Node>>) {
        for node in nodes {
            let look = self.0.entry(node.name.clone()).or_default();
            let ended = node.counters.ended();
            let moves = node.counters.in_flight() == 0 || ended != look.ended;
            look.still = if moves { 0 } else { look.still + 1 };
            look.ended = ended;
        }
    }

    /// Forgets other nodes.
    pub(super) fn retain(&mut self, is_current: impl Fn(&NodeName) -> bool) {
        self.0.retain(|name, _| is_current(name));
    }

    pub(super) fn stands_still(&self, node: &Node) -> bool {
        let look = self.0.get(&node.name);
        look.is_some_and(|look| look.still >= ENOUGH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::{Ticket, test_node};

    /// What happens before a look.
    #[derive(Clone, Copy)]
    enum Event {
        Nothing,
        Begin,
        End,
        BeginAndEnd,
    }

    use Event::{Begin, BeginAndEnd, End, Nothing};

    fn stands_still_after(looks: &[Event]) -> bool {
        let (mut stalls, node) = (Stalls::default(), Arc::new(test_node("n", 1)));
        let begin = || Ticket::new(node.clone(), None, None);
        let mut work = Vec::new();
        for before in looks {
            match before {
                Nothing => {}
                Begin => work.push(begin()),
                End => drop(work.pop()),
                BeginAndEnd => drop(begin()),
            }
            stalls.look([&node].into_iter());
        }
        stalls.stands_still(&node)
    }

    #[test]
    fn node_stands_still_when_nothing_ends_between_two_looks() {
        assert!(!stands_still_after(&[Begin]));
        assert!(stands_still_after(&[Begin, Nothing]));
        assert!(stands_still_after(&[Begin, Begin, Begin]));
        assert!(!stands_still_after(&[Begin, Begin, Begin, End]));
    }

    #[test]
    fn idle_node_and_one_where_other_work_ends_do_not() {
        assert!(!stands_still_after(&[Nothing; 9]));
        assert!(!stands_still_after(&[Begin, End, Nothing, Nothing]));
        let mut long_query = vec![Begin];
        long_query.extend([BeginAndEnd; 9]);
        assert!(!stands_still_after(&long_query));
    }

    #[test]
    fn another_node_of_the_name_begins_anew() {
        let (mut stalls, node) = (Stalls::default(), Arc::new(test_node("n", 1)));
        let _work = Ticket::new(node.clone(), None, None);
        for _ in 0..3 {
            stalls.look([&node].into_iter());
        }
        assert!(stalls.stands_still(&node));
        stalls.retain(|_| false);
        assert!(!stalls.stands_still(&node));
    }
}
