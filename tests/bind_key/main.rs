//! `#[derive(BindKey)]`: what it takes, and what it says of mistakes.

#[expect(unreachable_pub, reason = "entities stand as sea-orm-cli writes them")]
mod forms;
mod mistakes;
