//! Options of binds.yaml, each declared once.
//!
//! An option is one entry in a group, such as [`ReadsConfig`](super::ReadsConfig): its documentation, name and type, and
//! what else holds for it. From that entry come the field and its setter, the parser, the merging of levels, the checks,
//! the JSON schema and the table in `docs/binds.md`. To add one, write the entry and use its value.

mod declare;
mod limit;
mod option_group;
mod scalar;

pub(in crate::config) use declare::{argument, given, options, resolved, resolved_type};
pub(crate) use limit::YEAR;
pub(in crate::config) use limit::{
    Wrong, connections, day, hedge, lag, lifetime, patience, search_path, sixteen_bits,
    statement_timeout, unended, window, year,
};
#[cfg(test)]
pub(in crate::config) use option_group::{Described, OptionLevel};
pub(in crate::config) use option_group::{OptionGroup, Scalars, default_of, narrower};
pub(in crate::config) use scalar::{FUNCTION, OptionType, Scalar, Shape, TABLE, URL, words};
