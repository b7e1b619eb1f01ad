//! Binds on the servers and pools of another one, in schemas of PostgreSQL's and databases of MySQL's and MariaDB's: whatever is
//! done on a connection, the next one there finds its own tables.

mod columns;
mod cost;
mod estate;
mod left_behind;
mod lent;
mod load;
mod missing;
mod pooler;
mod row_security;
