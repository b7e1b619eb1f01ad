/// A YAML value and the line it stands on.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) line: u64,
    pub(super) content: Content,
}

/// What a YAML value is. Scalars stay text: the place where one stands says what it should be, and
/// `0123`, `yes` or `1e3` are not turned into something else on the way.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// An empty value, `~` or `null`, without quotes.
    Nothing,
    Text(String),
    List(Vec<Tree>),
    /// All pairs, those with the same key too.
    Mapping(Vec<(Tree, Tree)>),
}
