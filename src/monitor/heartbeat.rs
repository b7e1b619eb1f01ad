//! The heartbeat table: one row whose counter the monitors of all processes raise on the master.

/// Raises the counter; with `RETURNING` where there is such a thing.
pub(super) const RAISE: &str = "UPDATE sea_orm_routing_heartbeat SET beat = beat + 1 WHERE id = 1";

/// The row may be missing at first.
pub(super) const FIRST: &str = "INSERT INTO sea_orm_routing_heartbeat (id, beat) VALUES (1, 1)";

pub(super) const READ: &str = "SELECT beat FROM sea_orm_routing_heartbeat WHERE id = 1";
