/// Lists the keywords once, for the type and for the table that finds them.
macro_rules! keywords {
    ($($name:ident = $text:literal,)*) => {
        /// A word that means something to the walk; which of them are names elsewhere depends on
        /// where they stand.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Keyword {
            $(#[doc = concat!("`", $text, "`")] $name,)*
            /// Any other word.
            Other,
        }

        /// Sorted by text.
        const KEYWORDS: &[(&str, Keyword)] = &[$(($text, Keyword::$name),)*];
    };
}

keywords! {
    Algorithm = "ALGORITHM",
    All = "ALL",
    Alter = "ALTER",
    Analyse = "ANALYSE",
    Analyze = "ANALYZE",
    And = "AND",
    Any = "ANY",
    Array = "ARRAY",
    As = "AS",
    Assert = "ASSERT",
    Attach = "ATTACH",
    Backup = "BACKUP",
    Begin = "BEGIN",
    Between = "BETWEEN",
    Binary = "BINARY",
    Binlog = "BINLOG",
    Breadth = "BREADTH",
    By = "BY",
    Cache = "CACHE",
    Call = "CALL",
    Case = "CASE",
    Change = "CHANGE",
    Check = "CHECK",
    Checkpoint = "CHECKPOINT",
    Checksum = "CHECKSUM",
    Close = "CLOSE",
    Cluster = "CLUSTER",
    Collate = "COLLATE",
    Column = "COLUMN",
    Columns = "COLUMNS",
    Comment = "COMMENT",
    Commit = "COMMIT",
    Concurrently = "CONCURRENTLY",
    Copy = "COPY",
    Create = "CREATE",
    Cross = "CROSS",
    Cube = "CUBE",
    Cycle = "CYCLE",
    Data = "DATA",
    Database = "DATABASE",
    Deallocate = "DEALLOCATE",
    Declare = "DECLARE",
    Default = "DEFAULT",
    Definer = "DEFINER",
    Delete = "DELETE",
    Depth = "DEPTH",
    Desc = "DESC",
    Describe = "DESCRIBE",
    Detach = "DETACH",
    Discard = "DISCARD",
    Distinct = "DISTINCT",
    Distinctrow = "DISTINCTROW",
    Div = "DIV",
    Do = "DO",
    Drop = "DROP",
    Dual = "DUAL",
    Dumpfile = "DUMPFILE",
    Else = "ELSE",
    End = "END",
    Escape = "ESCAPE",
    Event = "EVENT",
    Except = "EXCEPT",
    Execute = "EXECUTE",
    Exists = "EXISTS",
    Explain = "EXPLAIN",
    Extended = "EXTENDED",
    Extension = "EXTENSION",
    False = "FALSE",
    Fetch = "FETCH",
    Filter = "FILTER",
    Flush = "FLUSH",
    For = "FOR",
    Force = "FORCE",
    Foreign = "FOREIGN",
    Format = "FORMAT",
    From = "FROM",
    Full = "FULL",
    Fulltext = "FULLTEXT",
    Function = "FUNCTION",
    Get = "GET",
    Glob = "GLOB",
    Global = "GLOBAL",
    Grant = "GRANT",
    Group = "GROUP",
    Grouping = "GROUPING",
    Groups = "GROUPS",
    Handler = "HANDLER",
    Having = "HAVING",
    Help = "HELP",
    If = "IF",
    Ignore = "IGNORE",
    Ilike = "ILIKE",
    Import = "IMPORT",
    In = "IN",
    Index = "INDEX",
    Indexed = "INDEXED",
    Indexes = "INDEXES",
    Inner = "INNER",
    Insert = "INSERT",
    Install = "INSTALL",
    Intersect = "INTERSECT",
    Interval = "INTERVAL",
    Into = "INTO",
    Is = "IS",
    Join = "JOIN",
    Key = "KEY",
    Kill = "KILL",
    Lateral = "LATERAL",
    Left = "LEFT",
    Like = "LIKE",
    Limit = "LIMIT",
    Listen = "LISTEN",
    Load = "LOAD",
    Local = "LOCAL",
    Lock = "LOCK",
    Match = "MATCH",
    Matched = "MATCHED",
    Materialized = "MATERIALIZED",
    Memory = "MEMORY",
    Merge = "MERGE",
    Minus = "MINUS",
    Mod = "MOD",
    Mode = "MODE",
    Move = "MOVE",
    Natural = "NATURAL",
    Next = "NEXT",
    No = "NO",
    Not = "NOT",
    Nothing = "NOTHING",
    Notify = "NOTIFY",
    Nowait = "NOWAIT",
    Null = "NULL",
    Nulls = "NULLS",
    Of = "OF",
    Off = "OFF",
    Offset = "OFFSET",
    Oj = "OJ",
    On = "ON",
    Only = "ONLY",
    Open = "OPEN",
    Operator = "OPERATOR",
    Optimize = "OPTIMIZE",
    Or = "OR",
    Order = "ORDER",
    Ordinality = "ORDINALITY",
    Outer = "OUTER",
    Outfile = "OUTFILE",
    Over = "OVER",
    Overlaps = "OVERLAPS",
    Partition = "PARTITION",
    Period = "PERIOD",
    Plan = "PLAN",
    Pragma = "PRAGMA",
    Preceding = "PRECEDING",
    Prepare = "PREPARE",
    Previous = "PREVIOUS",
    Procedure = "PROCEDURE",
    Program = "PROGRAM",
    Purge = "PURGE",
    Qualify = "QUALIFY",
    Query = "QUERY",
    Range = "RANGE",
    Read = "READ",
    Reassign = "REASSIGN",
    Recursive = "RECURSIVE",
    Refresh = "REFRESH",
    Regexp = "REGEXP",
    Reindex = "REINDEX",
    Release = "RELEASE",
    Rename = "RENAME",
    Repair = "REPAIR",
    Repeatable = "REPEATABLE",
    Replace = "REPLACE",
    Replica = "REPLICA",
    Reset = "RESET",
    Resignal = "RESIGNAL",
    Restart = "RESTART",
    Returning = "RETURNING",
    Revoke = "REVOKE",
    Right = "RIGHT",
    Rlike = "RLIKE",
    Rollback = "ROLLBACK",
    Rollup = "ROLLUP",
    Row = "ROW",
    Rows = "ROWS",
    Savepoint = "SAVEPOINT",
    Schema = "SCHEMA",
    Search = "SEARCH",
    Security = "SECURITY",
    Select = "SELECT",
    Separator = "SEPARATOR",
    Sequence = "SEQUENCE",
    Set = "SET",
    Sets = "SETS",
    Share = "SHARE",
    Show = "SHOW",
    Shutdown = "SHUTDOWN",
    Signal = "SIGNAL",
    Similar = "SIMILAR",
    Skip = "SKIP",
    Some = "SOME",
    Sounds = "SOUNDS",
    Spatial = "SPATIAL",
    Sql = "SQL",
    SqlCalcFoundRows = "SQL_CALC_FOUND_ROWS",
    Start = "START",
    Statement = "STATEMENT",
    Stdout = "STDOUT",
    Stop = "STOP",
    StraightJoin = "STRAIGHT_JOIN",
    Symmetric = "SYMMETRIC",
    SystemTime = "SYSTEM_TIME",
    Table = "TABLE",
    Tables = "TABLES",
    Tablesample = "TABLESAMPLE",
    Temp = "TEMP",
    Temporary = "TEMPORARY",
    Then = "THEN",
    Ties = "TIES",
    Time = "TIME",
    To = "TO",
    Trigger = "TRIGGER",
    True = "TRUE",
    Truncate = "TRUNCATE",
    Type = "TYPE",
    Uninstall = "UNINSTALL",
    Union = "UNION",
    Unique = "UNIQUE",
    Unlisten = "UNLISTEN",
    Unlock = "UNLOCK",
    Unlogged = "UNLOGGED",
    Update = "UPDATE",
    Use = "USE",
    Using = "USING",
    Vacuum = "VACUUM",
    Value = "VALUE",
    Values = "VALUES",
    Variadic = "VARIADIC",
    Verbose = "VERBOSE",
    View = "VIEW",
    Virtual = "VIRTUAL",
    When = "WHEN",
    Where = "WHERE",
    Window = "WINDOW",
    With = "WITH",
    Within = "WITHIN",
    Xa = "XA",
    Xor = "XOR",
}

/// Where the keywords of each first letter start.
const STARTS: [usize; 27] = starts();

const fn starts() -> [usize; 27] {
    let mut starts = [KEYWORDS.len(); 27];
    let mut at = KEYWORDS.len();
    let mut letter = 27;
    while letter > 0 {
        letter -= 1;
        while at > 0 && KEYWORDS[at - 1].0.as_bytes()[0] >= b'A' + letter as u8 {
            at -= 1;
        }
        starts[letter] = at;
    }
    starts
}

impl Keyword {
    /// The keyword that a word spells, in any case.
    pub(crate) fn of(word: &[u8]) -> Self {
        Self::find(word).unwrap_or(Self::Other)
    }

    fn find(word: &[u8]) -> Option<Self> {
        let letter = usize::from(word.first()?.to_ascii_uppercase().checked_sub(b'A')?);
        let candidates = KEYWORDS.get(*STARTS.get(letter)?..*STARTS.get(letter + 1)?)?;
        candidates
            .iter()
            .find(|(text, _)| text.as_bytes().eq_ignore_ascii_case(word))
            .map(|(_, keyword)| *keyword)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_sorted_and_found_in_any_case() {
        assert!(KEYWORDS.is_sorted_by(|left, right| left.0 < right.0));
        for (text, keyword) in KEYWORDS {
            assert_eq!(Keyword::of(text.to_ascii_lowercase().as_bytes()), *keyword);
        }
        for word in ["", "selec", "selects", "_", "zz", "1", "\u{e9}"] {
            assert_eq!(Keyword::of(word.as_bytes()), Keyword::Other);
        }
    }
}
