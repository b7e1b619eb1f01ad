//! What is known of a slave is known of one server and one of its lives: a connection that leads to another one serves
//! nothing that is older than what is promised.

mod addresses;
mod cascade;
mod departed;
mod killed;
mod stage;
mod strangers;
mod way;

use stage::{Handle, Stage};
use way::Way;
