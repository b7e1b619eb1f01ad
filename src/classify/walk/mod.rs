//! One pass over the tokens of a query or a change of rows, with a stack of its own.
//!
//! The proof of a read is made of tokens that can't be anything else: every name before a parenthesis
//! is a known function or a reserved word, no word locks, stores or changes. Where a table is
//! expected is followed alongside; a mistake there could name a wrong table, never make a write a read.

mod alias;
mod calls;
mod change;
mod comparison;
mod conditions;
mod frame;
mod grammar;
mod name;
mod named_tables;
mod own_types;
mod query;
mod relation_names;
mod row_schemas;
mod row_types;
mod sequence;
mod source;
mod table_rows;
mod walk;
mod with;

pub(crate) use comparison::compared;
pub(crate) use name::Name;
pub(crate) use named_tables::NamedTables;
pub(crate) use own_types::is_own_type;
pub(crate) use relation_names::note_relation_names;
pub(crate) use row_types::note_row_types;
pub(crate) use table_rows::note_rows_about_tables;
pub(crate) use walk::{Findings, Walk};
