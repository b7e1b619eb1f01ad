use crate::names::{BindName, SHARD_SEPARATOR as SEPARATOR};

/// As long as a label of a host's name, and a name on PostgreSQL.
const LONGEST: usize = 63;

/// As much of a key is shown.
const LONGEST_SHOWN: usize = 64;

/// The name of a shard, of characters that mean nothing in a URL, in SQL, in a log, or in a bind key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShardName<'n> {
    group: &'n str,
    shard: &'n str,
}

impl<'n> ShardName<'n> {
    /// `None` if a shard must not be called so.
    pub(crate) fn new(group: &'n str, shard: &'n str) -> Option<Self> {
        is_shard_name(shard).then_some(Self { group, shard })
    }

    /// The name of a shard's bind, whatever stands there.
    pub(crate) fn of(group: &str, shard: &str) -> String {
        format!("{group}{SEPARATOR}{shard}")
    }

    pub(crate) fn bind(&self) -> BindName {
        Self::of(self.group, self.shard).into()
    }
}

/// Whether a shard may be called so.
pub(crate) fn is_shard_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=LONGEST).contains(&name.len()) && name.bytes().all(plain)
}

/// A key, without what a log would take for something else, and not for ever: it may come from a request.
pub(crate) fn shown_key(key: &str) -> String {
    let mut characters = key.chars();
    let cut = characters.by_ref().take(LONGEST_SHOWN);
    let mut shown: String = cut.flat_map(char::escape_debug).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// The group and shard that a bind's name names.
pub(crate) fn group_of(bind: &str) -> Option<(&str, &str)> {
    bind.split_once(SEPARATOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_means_something_elsewhere_is_a_name() {
        for name in ["eu", "42", "a-b_C", &"x".repeat(63)] {
            assert_eq!(
                ShardName::new("tenants", name).unwrap().bind(),
                format!("tenants:{name}").as_str()
            );
        }
        let bad = [
            "",
            "a.b",
            "a:b",
            "a/b",
            "a@b",
            "a b",
            "a?b",
            "a#b",
            "a%2fb",
            "..",
            "a'b",
            "a\"b",
            "a\nb",
            "a\0b",
            "ä",
            "a{key}",
            "$A",
            &"x".repeat(64),
        ];
        for name in bad {
            assert_eq!(ShardName::new("tenants", name), None, "{name:?}");
        }
    }
}
