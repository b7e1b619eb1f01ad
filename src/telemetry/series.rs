use metrics::{
    Label, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

use crate::node::Node;

pub(super) const DURATION: &str = "db.client.operation.duration";
pub(super) const STATEMENTS: &str = "sea_orm_routing.statements";
pub(super) const IN_FLIGHT: &str = "sea_orm_routing.in_flight";
pub(super) const HEALED: &str = "sea_orm_routing.healed";
pub(super) const HELD: &str = "sea_orm_routing.held.duration";
pub(super) const FAILOVERS: &str = "sea_orm_routing.failovers";
pub(super) const CHANGES: &str = "sea_orm_routing.node.changes";
pub(super) const STATE: &str = "sea_orm_routing.node.state";
pub(super) const IS_MASTER: &str = "sea_orm_routing.node.is_master";
pub(super) const LAG: &str = "sea_orm_routing.replication.lag";
pub(super) const AGE: &str = "sea_orm_routing.freshness.age";
pub(super) const CLASSIFIED: &str = "sea_orm_routing.texts.classified";
pub(super) const CONNECTIONS: &str = "db.client.connection.count";
pub(super) const MOST_CONNECTIONS: &str = "db.client.connection.max";

/// Says what each is, for exporters that tell it.
pub(super) fn describe() {
    describe_histogram!(
        DURATION,
        Unit::Seconds,
        "Duration of database client operations"
    );
    describe_counter!(
        STATEMENTS,
        Unit::Count,
        "Statements sent to a node, by why it was chosen"
    );
    describe_gauge!(
        IN_FLIGHT,
        Unit::Count,
        "Statements, streams and transactions that have not ended"
    );
    describe_counter!(
        HEALED,
        Unit::Count,
        "Reads that a slave refused and another node ran"
    );
    describe_histogram!(
        HELD,
        Unit::Seconds,
        "How long statements have waited for a master"
    );
    describe_counter!(
        FAILOVERS,
        Unit::Count,
        "How often a node has become the master"
    );
    describe_counter!(
        CHANGES,
        Unit::Count,
        "How often a node went down, came back, fell behind or caught up"
    );
    describe_gauge!(STATE, Unit::Count, "1 for the state that a node has");
    describe_gauge!(IS_MASTER, Unit::Count, "1 for the master");
    describe_gauge!(LAG, Unit::Seconds, "How far a slave is behind its master");
    describe_gauge!(
        AGE,
        Unit::Seconds,
        "How old what a slave is known to hold is"
    );
    describe_counter!(
        CLASSIFIED,
        Unit::Count,
        "Statements whose text had not been met lately"
    );
    describe_gauge!(
        CONNECTIONS,
        Unit::Count,
        "Connections of a pool that are in a state"
    );
    describe_gauge!(
        MOST_CONNECTIONS,
        Unit::Count,
        "Connections that a pool may have"
    );
}

/// The labels that name a node, for those of one series.
#[derive(Clone, Debug)]
pub(super) struct Labels(Vec<Label>);

/// A node of a database that may have a name.
#[derive(Clone, Copy)]
pub(super) struct Named<'n> {
    pub(super) node: &'n Node,
    pub(super) name: Option<&'n str>,
}

impl Named<'_> {
    fn labels(self, labels: impl IntoIterator<Item = Label>) -> Labels {
        let name = self.name.map(|name| Label::new("db", name.to_owned()));
        Labels(name.into_iter().chain(labels).collect())
    }
}

impl Labels {
    pub(super) fn of(named: Named<'_>) -> Self {
        named.labels([
            Label::new("bind", named.node.bind.to_string()),
            Label::new("node", named.node.name.to_string()),
        ])
    }

    /// Those of its bind alone.
    pub(super) fn of_bind(named: Named<'_>) -> Self {
        named.labels([Label::new("bind", named.node.bind.to_string())])
    }

    /// Those of its pool.
    pub(super) fn of_pool(named: Named<'_>) -> Self {
        let pool = "db.client.connection.pool.name";
        named.labels([Label::new(pool, named.node.key())])
    }

    pub(super) fn and(&self, name: &'static str, value: impl Into<metrics::SharedString>) -> Self {
        let mut labels = self.0.clone();
        labels.push(Label::new(name, value));
        Self(labels)
    }

    pub(super) fn and_if(&self, name: &'static str, value: Option<String>) -> Self {
        match value {
            Some(value) => self.and(name, value),
            None => self.clone(),
        }
    }

    /// Adds to a counter, which begins to exist with it.
    pub(super) fn count(&self, name: &'static str, number: u64) {
        counter!(name, self.0.clone()).increment(number);
    }

    pub(super) fn set(&self, name: &'static str, value: f64) {
        gauge!(name, self.0.clone()).set(value);
    }

    pub(super) fn tell(&self, name: &'static str, values: &[(f64, usize)]) {
        let histogram = histogram!(name, self.0.clone());
        for (value, count) in values {
            histogram.record_many(*value, *count);
        }
    }
}
