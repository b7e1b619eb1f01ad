use std::{collections::HashMap, sync::Arc};

use sea_orm::DbBackend;

use super::{
    facts::{Fact, FullName, What},
    kinship::backend_name,
};
use crate::classify::{Class, Functions, Reason, Table, classify, is_own_answer};

/// What reading a relation is beside a read. The later outweighs the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Danger {
    /// Slaves lack what it reads, or have it otherwise.
    Kept,
    /// It tells of the server that is asked.
    Server,
    /// It may have effects.
    Effect,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Hazard {
    danger: Danger,
    what: Arc<str>,
    /// Whether it stands behind the relation and is not the relation itself.
    is_behind: bool,
}

/// The relations of one kind of server of which a read is no read for slaves.
#[derive(Debug, Default)]
pub(super) struct Hazards(HashMap<String, Hazard>);

impl Hazards {
    /// Adds those of one database. A relation that is one in any bind is one in all.
    pub(super) fn add(&mut self, backend: DbBackend, facts: &[Fact], functions: &Functions) {
        let graph = Graph::of(backend, facts, functions);
        for node in graph.nodes {
            let (Some(name), Some(hazard)) = (node.name, node.hazard) else {
                continue;
            };
            if node.is_visible {
                self.note(backend_name(backend, None, &name.name), hazard.clone());
            }
            self.note(
                backend_name(backend, Some(&name.schema), &name.name),
                hazard,
            );
        }
    }

    fn note(&mut self, name: String, hazard: Hazard) {
        let known = self.0.entry(name).or_insert_with(|| hazard.clone());
        if known.danger < hazard.danger {
            *known = hazard;
        }
    }

    /// Why the statement is no read, by the worst of what it names.
    pub(super) fn against(&self, backend: DbBackend, class: &Class) -> Option<Reason> {
        // An extension's view such as `pg_stat_statements` is known by its name for what it is.
        let is_own = |table: &&Table| is_own_answer(backend, table.schema.as_deref(), &table.name);
        let found = class
            .tables
            .iter()
            .filter(|table| !is_own(table))
            .filter_map(|table| {
                let hazard = self.of(backend, table)?;
                Some((table, hazard))
            });
        let (table, hazard) = found.max_by_key(|(_, hazard)| hazard.danger)?;
        let what = match hazard.is_behind {
            true => format!("{} behind {table}", hazard.what),
            false => hazard.what.to_string(),
        };
        Some(match hazard.danger {
            Danger::Kept => Reason::KeptByMaster(what),
            Danger::Server => Reason::AsksServer(what),
            Danger::Effect => Reason::Hides(what),
        })
    }

    /// Whether a table that a write names may do more than its own.
    pub(super) fn has_effect(&self, backend: DbBackend, table: &Table) -> bool {
        self.of(backend, table)
            .is_some_and(|hazard| hazard.danger == Danger::Effect)
    }

    fn of(&self, backend: DbBackend, table: &Table) -> Option<&Hazard> {
        if self.0.is_empty() {
            return None;
        }
        self.0
            .get(&backend_name(backend, table.schema.as_deref(), &table.name))
    }
}

/// Relations, and who reads whom.
struct Graph<'f> {
    backend: DbBackend,
    places: HashMap<FullName, usize>,
    nodes: Vec<Node<'f>>,
}

#[derive(Default)]
struct Node<'f> {
    /// `None` of one that is only read by others.
    name: Option<&'f FullName>,
    is_visible: bool,
    hazard: Option<Hazard>,
    readers: Vec<usize>,
}

impl<'f> Graph<'f> {
    fn of(backend: DbBackend, facts: &'f [Fact], functions: &Functions) -> Self {
        let mut graph = Self {
            backend,
            places: HashMap::new(),
            nodes: Vec::new(),
        };
        for fact in facts {
            graph.add(fact, functions);
        }
        for danger in [Danger::Effect, Danger::Server, Danger::Kept] {
            graph.spread(danger);
        }
        graph
    }

    fn add(&mut self, fact: &'f Fact, functions: &Functions) {
        let place = self.place(&fact.relation);
        let node = &mut self.nodes[place];
        node.name = Some(&fact.relation);
        node.is_visible = fact.is_visible;
        let name = &fact.relation.name;
        match &fact.what {
            What::Kept(kind) => self.note(place, Danger::Kept, &format!("{kind} {name}"), false),
            What::Reads(other) | What::Holds(other) => self.reads(place, other),
            What::Calls(function) => {
                let against = functions.against(self.backend, &function.schema, &function.name);
                self.blame(place, against);
            }
            What::IsQuery { sql, .. } => {
                let class = classify(self.backend, sql, functions);
                self.blame(place, (!class.is_read()).then_some(class.reason));
            }
            What::Locks => self.blame(place, Some(Reason::LocksRows)),
            What::IsUnseen => self.note(
                place,
                Danger::Effect,
                "a definition that may not be seen",
                true,
            ),
            What::IsVirtual(module) => {
                self.note(place, Danger::Effect, &format!("module {module}"), true);
            }
            What::HeldBy(_) | What::Fires | What::Cascades(_) => {}
        }
    }

    fn place(&mut self, name: &FullName) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        self.nodes.push(Node::default());
        self.places.insert(name.clone(), self.nodes.len() - 1);
        self.nodes.len() - 1
    }

    fn reads(&mut self, reader: usize, other: &FullName) {
        let place = self.place(other);
        self.nodes[place].readers.push(reader);
        if is_own_answer(self.backend, Some(&other.schema), &other.name) {
            self.note(place, Danger::Server, &other.name, false);
        }
    }

    fn blame(&mut self, place: usize, reason: Option<Reason>) {
        let Some(reason) = reason else {
            return;
        };
        let (danger, what) = match reason {
            Reason::AsksServer(what) => (Danger::Server, what),
            reason => (Danger::Effect, reason.to_string()),
        };
        self.note(place, danger, &what, true);
    }

    fn note(&mut self, place: usize, danger: Danger, what: &str, is_behind: bool) {
        let known = &mut self.nodes[place].hazard;
        if known.as_ref().is_none_or(|known| known.danger < danger) {
            *known = Some(Hazard {
                danger,
                what: what.into(),
                is_behind,
            });
        }
    }

    /// Whoever reads a dangerous relation is as dangerous, through however many views.
    fn spread(&mut self, danger: Danger) {
        let is_such = |node: &Node<'_>| node.hazard.as_ref().is_some_and(|it| it.danger == danger);
        let mut next: Vec<_> = (0..self.nodes.len())
            .filter(|place| is_such(&self.nodes[*place]))
            .collect();
        while let Some(place) = next.pop() {
            let Some(what) = self.nodes[place].hazard.as_ref().map(|it| it.what.clone()) else {
                continue;
            };
            for reader in std::mem::take(&mut self.nodes[place].readers) {
                let known = &mut self.nodes[reader].hazard;
                if known.as_ref().is_none_or(|known| known.danger < danger) {
                    *known = Some(Hazard {
                        danger,
                        what: what.clone(),
                        is_behind: true,
                    });
                    next.push(reader);
                }
            }
        }
    }
}
