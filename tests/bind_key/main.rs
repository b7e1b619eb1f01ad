//! `#[derive(BindKey)]`: what it takes. What it says of mistakes is in `macros/tests`.

#[expect(unreachable_pub, reason = "entities stand as sea-orm-cli writes them")]
mod forms;
