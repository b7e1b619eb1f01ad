//! What the route makes of what the servers' catalogues say: relations that slaves can't answer for, and those behind
//! which another one stands.

mod cost;
mod objects;
mod own_functions;
mod relations;
mod values;
mod writes;
