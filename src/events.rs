//! The `tracing` events of this crate: their targets, for filters, and what each says.
//!
//! `RUST_LOG=sea_orm_routing::node=info,sea_orm_routing::route=debug` shows what becomes of nodes, and each statement.
//!
//! No event holds a bound value or a password. What servers say when they refuse may name a user or an address. The text of a
//! statement may hold literals, and is in events only with [`echo`](crate::RoutingDatabaseBuilder::echo). The text that begins and ends
//! transactions is always in them.
//!
//! # Of statements: [`ROUTE`]
//!
//! | level | message | when | fields |
//! |---|---|---|---|
//! | debug, with `echo` info | `statement` | one has ended | `bind`, `node`, `role`, `access`, `reason`, `outcome`, `duration` (s), `error_type`, with `echo` `sql` |
//! | debug, with `echo` info | `transaction` | a transaction or savepoint is about to be begun or ended | `bind`, `node`, `role`, `sql` |
//! | debug, with `echo` info | `transaction answered` | that was done, failed or was cancelled | as above, and `outcome`, `duration`, `error_type` |
//! | warn | `the statement changes a session, and the pool does not keep that session …` | a statement changes its session outside of a transaction; once per text | `bind`, `node`, `reason` |
//! | warn | `a name in this text may mean a table of another bind …` | a statement that is no query went to `bind`, and no rule says what the name is there; once per text, not where a handle names the bind | `bind`, `node`, `name`, `claimed_by` |
//! | warn | `a statement that looks like a read was refused as a write …` | once per text | `bind`, `node`, `error`, with `echo` `sql` |
//! | error | `no statement has decided this transaction's bind …` | an executor was asked of a transaction without one | |
//! | error | `there is no connection to lend`, `there is no pool to lend` | one was asked for in a scope of no bind: it is closed | `error` |
//! | debug | `a part stays prepared until it is recovered` | the end of a transaction over several binds was cut short | `bind`, `error` |
//! | debug | `a decision is remembered until it is recovered` | so was the end of its last step | `bind`, `error` |
//!
//! # Of nodes: [`NODE`]
//!
//! | level | message | when | fields |
//! |---|---|---|---|
//! | warn | `the node is down` | it gets no statements | `bind`, `node`, `role`, `fault`, `pause` |
//! | info | `the node is back up` | it answers again | `bind`, `node`, `role` |
//! | warn | `the slave is too far behind …` | it serves no reads | `bind`, `node`, `lag` |
//! | warn | `the slave answers many times slower than its peers …` | it gets fewer reads | `bind`, `node` |
//! | info | `the slave answers as fast as its peers …` | it has its share again | `bind`, `node` |
//! | info | `the slave has caught up …` | it serves reads again | `bind`, `node`, `lag` |
//! | warn | `the master is another node …` | after a failover | `bind`, `old`, `new` |
//! | warn | `several nodes take writes …` | none is written to | `bind` |
//! | info | `only one node takes writes again` | that is over | `bind` |
//! | warn | `the new master can't be opened` | it stays as it was | `bind`, `node` |
//! | warn | `the node can't be opened again` | its pool was to be renewed | `bind`, `node`, `error` |
//! | warn | `the server is another one, was restarted, or holds less …` | a slave's knowledge is thrown away | `bind`, `node` |
//! | warn | `the master has another history than before …` | so is that of all slaves | `bind` |
//! | warn | `the position is not known` | the monitor's question fails | `bind`, `node`, `error` |
//! | info | `the position is known again` | it is answered | `bind`, `node` |
//! | warn | `whether the server follows another one can't be seen …` | `roles: discover` lacks a grant | `bind`, `node`, `error` |
//! | info | `whether the server follows another one can be seen` | it has the grant | `bind`, `node` |
//! | warn | `the slave … takes writes …` | a slave that was given, or is behind a pooler, protects itself by nothing | `bind`, `node` |
//! | debug | `the slave does not say whether it takes writes` | it is asked again | `node`, `error` |
//! | warn | `a pooler stands before the server …` | nothing is set on its sessions | `node` |
//! | error | `` `schema_search_path` can't be set behind a pooler … `` | the node gets no statements | `node` |
//! | warn | `…: list each by an address of its own` | one address leads to several servers | `node` |
//! | error | `the node can't be connected` | at start | `node`, `error` |
//! | warn | `the provider gives no credentials` | it is asked again | `bind`, `node`, `error` |
//! | warn | `the master's position can't be read` | a session's token is cautious | `bind`, `error` |
//! | warn | `a question to a server panicked` | a defect of a driver or of this crate | `bind`, `error` |
//! | warn | `the catalogue of the database can't be read`, `reading the catalogue …` | functions of yours count as unknown | `bind`, `error` |
//! | info | `the catalogue of the database can be read again` | that is over | `bind` |
//! | warn | `the database can't be asked for an object` | which bind has a sequence or index is not known | `bind`, `object`, `error` |
//! | debug | `nobody uses the bind: its connections are closed` | `close_idle` is over; the next statement opens them again | `bind` |
//! | warn | `… failed` | `ping` or `close` met an error | `bind`, `node`, `error` |
//! | debug | `nobody uses the bind: its connections are closed` | a bind with `close_idle` was idle for so long | `bind` |
//!
//! # Of the configuration: [`CONFIG`]
//!
//! | level | message | when | fields |
//! |---|---|---|---|
//! | info | `the databases are open` | at start | `binds` |
//! | info | `the topology has changed` | a reload or a call changed it | `change` |
//! | error | `the changed file is not used …` | binds.yaml has an error; everything goes on as it was | `file`, `error` |
//! | warn | `the directory of a secret can't be watched` | its changes are not followed | `file`, `error` |
//! | warn | `two session layers … send their tokens by one name …` | the layers of two databases nest; once | `name` |
//! | warn | `two databases tell their metrics by the same labels …` | gauges overwrite each other; once | `bind`, `node` |
//! | warn | `a pool that is no longer needed could not be closed` | after a reload | `error` |

/// Target of what is told of statements: where each went, why, and what became of it.
pub const ROUTE: &str = "sea_orm_routing::route";

/// Target of what is told of nodes: down, back up, lagging, another master.
pub const NODE: &str = "sea_orm_routing::node";

/// Target of what is told of the configuration: opened, changed, not used.
pub const CONFIG: &str = "sea_orm_routing::config";
