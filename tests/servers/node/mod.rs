//! Nodes that go down, freeze, come back up, and swap their roles.

mod down;
mod frozen;
mod held_writes;
mod promotion;
mod roles;
