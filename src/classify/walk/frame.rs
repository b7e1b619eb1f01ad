use super::super::Usage;

/// What one pair of parentheses, or the statement itself, is in the middle of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) clause: Clause,
    /// What happens to the tables that a source names.
    pub(super) usage: Usage,
    /// The names of `WITH` clauses in force when it opened.
    pub(super) scope: usize,
    /// The tables found when its `WITH` clause began.
    pub(super) with_start: usize,
    /// All names of its `WITH` clause see each other.
    pub(super) recursive: bool,
    /// The name that the `WITH` clause is defining: its token.
    pub(super) defining: usize,
    /// Which change of rows it makes, if any.
    pub(super) change: Option<RowChange>,
    /// A call or one of its suffixes: `OVER (…)` may follow.
    pub(super) is_call: bool,
    /// That of MySQL's `NTH_VALUE`, behind which `FROM FIRST` may stand.
    pub(super) is_nth_value: bool,
    /// Behind a name: no change of rows begins in it, whatever a column is called.
    pub(super) holds_arguments: bool,
    /// The body of a `WITH` clause.
    pub(super) is_with_body: bool,
}

/// Where in a query a frame stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clause {
    /// Before the first token: a query, a change or an expression.
    Start,
    /// An expression, arguments or anything else without sources.
    Expression,
    /// Column names after an alias, and their types: no functions.
    Names,
    /// The length of a type among them: numbers and names.
    Length,
    /// Between `SELECT` and `FROM`.
    Select,
    /// A table is expected.
    Source,
    /// After a table: an alias, a hint, a join or the end of the sources.
    Joined,
    /// A join's condition.
    Condition,
    /// `GROUP BY`.
    Group,
    /// The rest of a query.
    Tail,
    /// After `UNION` and its like.
    SetOperator,
    /// `WITH`: the name of a query is expected.
    WithName,
    /// After that name: its columns or `AS`.
    WithNamed,
    /// After `AS`: the query is expected.
    WithBody,
    /// After the query: a comma or the main query.
    WithDone,
    /// After the table of an `INSERT`: columns and a query.
    Body,
}

/// Which change of rows a frame makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowChange {
    Insert,
    Update,
    Delete,
    Merge,
}

impl Frame {
    pub(super) fn open(clause: Clause, scope: usize) -> Self {
        Self {
            clause,
            usage: Usage::Read,
            scope,
            with_start: 0,
            recursive: false,
            defining: 0,
            change: None,
            is_call: false,
            is_nth_value: false,
            holds_arguments: false,
            is_with_body: false,
        }
    }

    pub(super) fn expects_table(&mut self, usage: Usage) {
        self.clause = Clause::Source;
        self.usage = usage;
    }
}
