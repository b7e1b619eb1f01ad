use super::bind::DEFAULT_BIND;

/// A bind key that an entity of the code declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeclaredKey {
    /// Path of the entity's type.
    pub(crate) entity: String,
    /// What it says in `#[bind_key = "…"]`.
    pub(crate) key: String,
}

/// The bind and perhaps the node that `key` names: a bind, a node of the default bind, or `bind.node`.
///
/// Validation keeps the three apart: no name has a dot, and no bind is called like a node of the default one.
pub(crate) fn key_meaning(
    key: &str,
    has_bind: impl Fn(&str) -> bool,
    has_node: impl Fn(&str, &str) -> bool,
) -> Option<(&str, Option<&str>)> {
    if has_bind(key) {
        return Some((key, None));
    }
    let (bind, node) = key.split_once('.').unwrap_or((DEFAULT_BIND, key));
    has_node(bind, node).then_some((bind, Some(node)))
}
