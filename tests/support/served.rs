use std::fmt;

use sea_orm_routing::{RoutingDatabase, Status};

/// What served some work, slaves of a bind added up: `default.slave 2r, reports.master 1w`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Served(String);

impl PartialEq<&str> for Served {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Served {
    fn between(before: &Status, after: &Status) -> Self {
        let mut parts: Vec<(String, u64)> = Vec::new();
        for (old, new) in before.nodes.iter().zip(&after.nodes) {
            for (count, letter) in [(new.reads - old.reads, 'r'), (new.writes - old.writes, 'w')] {
                let key = format!("{}.{}|{letter}", new.bind, new.role);
                match parts.iter_mut().find(|(other, _)| *other == key) {
                    Some((_, total)) => *total += count,
                    None => parts.push((key, count)),
                }
            }
        }
        let shown = parts
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(key, count)| {
                let (node, letter) = key.split_once('|').unwrap();
                format!("{node} {count}{letter}")
            });
        Self(shown.collect::<Vec<_>>().join(", "))
    }
}

/// Runs some work and tells what served it.
pub(crate) async fn served<T>(db: &RoutingDatabase, work: impl Future<Output = T>) -> (T, Served) {
    let before = db.status();
    let result = work.await;
    (result, Served::between(&before, &db.status()))
}

impl From<&str> for Served {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}
