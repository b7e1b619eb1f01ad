use std::error::Error;

use test_cluster::{Cluster, Server};

use crate::{
    contender::Contender,
    line_up::{LineUp, SOON},
    selection::Selection,
    slice::Slice,
    workload::Workload,
};

/// What all contenders did with one workload and number of clients.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) workload: Workload,
    pub(crate) clients: usize,
    /// A slice for each round.
    pub(crate) results: Vec<(Contender, Vec<Slice>)>,
}

impl Cell {
    pub(crate) async fn measure<S: Server>(
        cluster: &Cluster<S>,
        line_up: &LineUp,
        workload: Workload,
        clients: usize,
        selection: &Selection,
    ) -> Result<Self, Box<dyn Error>> {
        let entrants = &line_up.entrants;
        let results = entrants
            .iter()
            .map(|entrant| (entrant.contender, Vec::new()));
        let mut results: Vec<_> = results.collect();
        for round in 0..selection.rounds {
            for turn in 0..entrants.len() {
                let number = in_turn(round, turn, entrants.len());
                // What others have written is not to be caught up with in this one's time.
                if workload.writes() {
                    cluster.wait_until_caught_up(SOON).await?;
                }
                let length = selection.slice;
                let servers = cluster.directory();
                let what = (workload, clients);
                let slice = Slice::measure(&entrants[number], servers, what, length).await?;
                results[number].1.push(slice);
            }
        }
        Ok(Self {
            workload,
            clients,
            results,
        })
    }

    pub(crate) fn slices(&self, contender: Contender) -> Option<&[Slice]> {
        let found = self.results.iter().find(|(known, _)| *known == contender);
        found.map(|(_, slices)| slices.as_slice())
    }
}

/// Each round begins with another one, and every second goes backwards, so that nobody always follows the same.
fn in_turn(round: usize, turn: usize, length: usize) -> usize {
    let turn = match round % 2 {
        0 => turn,
        _ => length - 1 - turn,
    };
    (turn + round * 5) % length
}
