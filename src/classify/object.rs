use std::fmt;

/// What a statement names that is no table: an index, a sequence, a type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Object {
    /// What it is.
    pub kind: ObjectKind,
    /// What stands before the last dot.
    pub schema: Option<String>,
    /// The name without its schema, folded as that of a [`Table`](super::Table).
    pub name: String,
}

/// What an object is. Those of a table, such as a constraint, go with their table and are none here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ObjectKind {
    /// An index, where its table is not named.
    Index,
    /// A trigger, where its table is not named.
    Trigger,
    /// A sequence.
    Sequence,
    /// A view, materialised or not, that is altered or dropped.
    View,
    /// A type or domain.
    Type,
    /// A function, procedure or aggregate.
    Routine,
    /// An event of MySQL.
    Event,
    /// A collation.
    Collation,
    /// Extended statistics.
    Statistics,
    /// A publication.
    Publication,
    /// A subscription.
    Subscription,
    /// An extension.
    Extension,
    /// A schema of PostgreSQL.
    Schema,
    /// A foreign server.
    Server,
    /// A foreign data wrapper.
    Wrapper,
    /// A conversion between encodings.
    Conversion,
    /// A configuration, dictionary, parser or template of text search.
    TextSearch,
    /// An event trigger.
    EventTrigger,
    /// A class or family of operators.
    OperatorClass,
    /// An operator that is not PostgreSQL's own.
    Operator,
    /// A library of MySQL.
    Library,
}

impl ObjectKind {
    /// Whether it is a relation, which a statement's tables may name as well.
    pub(crate) fn is_relation(self) -> bool {
        matches!(self, Self::Sequence | Self::View)
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Index => "index",
            Self::Trigger => "trigger",
            Self::Sequence => "sequence",
            Self::View => "view",
            Self::Type => "type",
            Self::Routine => "routine",
            Self::Event => "event",
            Self::Collation => "collation",
            Self::Statistics => "statistics",
            Self::Publication => "publication",
            Self::Subscription => "subscription",
            Self::Extension => "extension",
            Self::Schema => "schema",
            Self::Server => "server",
            Self::Wrapper => "foreign data wrapper",
            Self::Conversion => "conversion",
            Self::TextSearch => "text search object",
            Self::EventTrigger => "event trigger",
            Self::OperatorClass => "operator class",
            Self::Operator => "operator",
            Self::Library => "library",
        })
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{} {schema}.{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}
