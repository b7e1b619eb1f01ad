/// What a transaction over several binds promises when something fails while it commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Atomicity {
    /// The binds commit one after the other. If the first fails, nothing has happened. If a later one fails, the
    /// error lists those that have committed: [`RoutingError::PartlyCommitted`](crate::RoutingError::PartlyCommitted).
    InOrder,
    /// All binds commit or none does, whatever crashes: each but the first prepares its part, the first commits its own
    /// together with the decision, and then the others commit.
    ///
    /// The first bind needs the table that [`create_decision_table`](crate::two_phase::create_decision_table) makes, and can be of
    /// any kind. The others must be able to prepare: PostgreSQL with `max_prepared_transactions` above 0
    /// (<https://www.postgresql.org/docs/current/runtime-config-resource.html>), MariaDB or MySQL; SQLite can't.
    ///
    /// What a crash leaves prepared keeps its locks until
    /// [`recover_prepared`](crate::RoutingDatabase::recover_prepared) ends it.
    TwoPhase,
}
