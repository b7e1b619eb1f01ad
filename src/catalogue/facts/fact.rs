/// A relation or function as its server names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FullName {
    pub(crate) schema: Box<str>,
    pub(crate) name: Box<str>,
}

/// One thing that a catalogue says of a relation, if it matters to who may answer for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fact {
    pub(crate) relation: FullName,
    /// Whether SQL may leave out its schema.
    pub(crate) is_visible: bool,
    pub(crate) what: What,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    /// Slaves lack it, or have it otherwise: `unlogged table`.
    Kept(Box<str>),
    /// Whoever reads it reads that as well.
    Reads(FullName),
    /// Whoever reads it calls that.
    Calls(FullName),
    /// Whoever reads it locks rows.
    Locks,
    /// It is this query, as SQL; `is_plain` if that calls no function of the user's.
    IsQuery { sql: Box<str>, is_plain: bool },
    /// It is a query that this user may not see.
    IsUnseen,
    /// A module of the program or of an extension answers for it.
    IsVirtual(Box<str>),
    /// Its rows are also those of that partition or heir.
    Holds(FullName),
    /// It is a partition or heir of that.
    HeldBy(FullName),
    /// A write of it fires a trigger or a rule.
    Fires,
    /// A write of it may be followed by one of that.
    Cascades(FullName),
}

impl FullName {
    pub(crate) fn new(schema: impl Into<Box<str>>, name: impl Into<Box<str>>) -> Self {
        Self {
            schema: schema.into(),
            name: name.into(),
        }
    }
}

impl What {
    /// From the columns of a row: what it is about, and the other name or text.
    pub(super) fn of(
        what: &str,
        other_schema: Option<String>,
        other: Option<String>,
    ) -> Option<Self> {
        let text = |other: Option<String>| other.unwrap_or_default();
        Some(match what {
            "kept" => Self::Kept(text(other).into()),
            "fires" => Self::Fires,
            "locks" => Self::Locks,
            "reads" => Self::Reads(FullName::new(text(other_schema), other?)),
            "calls" => Self::Calls(FullName::new(text(other_schema), other?)),
            "holds" => Self::Holds(FullName::new(text(other_schema), other?)),
            "held" => Self::HeldBy(FullName::new(text(other_schema), other?)),
            "cascades" => Self::Cascades(FullName::new(text(other_schema), other?)),
            _ => return None,
        })
    }
}
