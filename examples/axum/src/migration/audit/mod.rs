//! The bind `audit`.

mod m20261126_000001_create_audit_entry;
mod migrator;

pub(crate) use migrator::Audit;
