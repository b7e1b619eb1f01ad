use std::{fmt, sync::Arc};

use super::Realm;

/// What the names of our branches begin with.
const PREFIX: &str = "sor";

/// Names a distributed transaction, everywhere and for ever.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TransactionId(Arc<str>);

impl TransactionId {
    pub(crate) fn new() -> Self {
        Self(format!("{:032x}", rand::random::<u128>()).into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for TransactionId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

/// What a server calls its branch: 55 bytes, of which MySQL takes 64 and PostgreSQL 199.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BranchName {
    pub(crate) realm: Realm,
    pub(crate) transaction: TransactionId,
    /// Two binds may be on one server.
    pub(crate) number: usize,
}

impl BranchName {
    /// The branch of that name; `None` for other applications' branches.
    pub(crate) fn read(name: &str) -> Option<Self> {
        let mut parts = name.split(':');
        let mut part = |is_fit: fn(&str) -> bool| parts.next().filter(|part| is_fit(part));
        part(|prefix| prefix == PREFIX)?;
        let realm = part(is_hexadecimal)?;
        let transaction = part(is_hexadecimal)?;
        let number = part(|number| number.len() <= 3)?.parse().ok()?;
        parts.next().is_none().then(|| Self {
            realm: Realm::from(realm),
            transaction: TransactionId::from(transaction),
            number,
        })
    }
}

fn is_hexadecimal(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl fmt::Display for BranchName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            realm,
            transaction,
            number,
        } = self;
        write!(f, "{PREFIX}:{}:{}:{number}", realm.as_str(), transaction.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_of_a_branch_is_read_as_it_was_written() {
        let name = BranchName {
            realm: Realm::new(),
            transaction: TransactionId::new(),
            number: 12,
        };
        assert_eq!(BranchName::read(&name.to_string()), Some(name.clone()));
        assert!(name.to_string().len() <= 64);
    }

    #[test]
    fn names_of_others_are_not_read() {
        for name in [
            "",
            "sor",
            "sor:::",
            "sor:ab:cd",
            "sor:ab:cd:1:2",
            "sor:ab:cd:-1",
            "sor:ab:c'd:1",
            "sor:ab:cd:1234",
            "xid:ab:cd:1",
            "sor:ab:0123456789abcdef0123456789abcdef0:1",
        ] {
            assert_eq!(BranchName::read(name), None, "{name}");
        }
    }
}
