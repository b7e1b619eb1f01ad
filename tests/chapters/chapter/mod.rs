//! One file per chapter, for the `Db` and the `Blog` of the module that this is a part of.

mod advanced;
mod changes;
mod connection;
mod inserts;
mod loaders;
mod migrations;
mod mock;
mod names;
mod nested;
mod pages;
mod raw;
mod relations;
mod schemas;
mod selects;
mod streams;
mod transactions;

use super::{Blog, Db};
