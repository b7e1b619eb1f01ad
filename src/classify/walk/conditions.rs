use super::super::lexer::{SqlText, TokenKind};

/// Where in the conditions of its queries a token stands, while a text is read from left to right.
#[derive(Debug)]
pub(super) struct Conditions {
    /// What is open; the first one is the text itself.
    open: Vec<Frame>,
    nodes: Vec<Node>,
}

/// What is between two parentheses, or `CASE` and `END`.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) opener: Opener,
    /// The columns and other parts before its commas.
    pub(super) parts: Vec<Option<usize>>,
    /// How many comparisons had been found when its present clause began.
    pub(super) found: usize,
    /// Whether rows are those for which it holds.
    is_condition: bool,
    /// Whether no clause of it is a condition, as it only makes a value.
    is_value: bool,
    is_negated: bool,
    /// Whether `NOT` stands before what follows.
    follows_not: bool,
    /// Its queries, of which `UNION` has several, and the one that is being read, of which all clauses hold.
    queries: usize,
    query: usize,
    /// Whether its `SELECT` has been met: what stands before that in `WITH` belongs to it.
    has_select: bool,
    /// The alternatives of its present clause, and the one that is being read.
    alternatives: usize,
    place: usize,
}

impl Frame {
    /// Begins a clause, of which nothing has been negated yet.
    fn begin(&mut self, is_condition: bool) {
        self.is_condition = is_condition;
        self.is_negated = false;
        self.follows_not = false;
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opener {
    /// The text itself, or a query in parentheses.
    Query,
    /// Parentheses that only hold together.
    Group,
    /// Arguments of what gives its first one back, but for its case or type.
    Transparent,
    /// What makes a value of what is in it.
    Value,
    Case,
}

/// A part of a condition: of alternatives one holds, of others all.
#[derive(Debug)]
struct Node {
    parent: usize,
    depth: usize,
    is_alternatives: bool,
}

/// Words that give a name back the same, or but for its case.
pub(super) const AROUND: [&str; 13] = [
    "ANY", "ARRAY", "BINARY", "CAST", "CHAR", "CONVERT", "LOWER", "NAME", "SOME", "TEXT", "TRIM",
    "UPPER", "VARCHAR",
];

/// Words before parentheses that are no function.
const OPERATORS: [&str; 34] = [
    "ALL",
    "AND",
    "AS",
    "BETWEEN",
    "BY",
    "CASE",
    "DISTINCT",
    "ELSE",
    "EXCEPT",
    "EXISTS",
    "FROM",
    "GLOB",
    "HAVING",
    "ILIKE",
    "IN",
    "INTERSECT",
    "IS",
    "JOIN",
    "LATERAL",
    "LIKE",
    "LIMIT",
    "MATCH",
    "NOT",
    "ON",
    "OR",
    "ROW",
    "SELECT",
    "SET",
    "THEN",
    "UNION",
    "VALUES",
    "WHEN",
    "WHERE",
    "XOR",
];

/// Words that begin what is no condition.
const OTHER_CLAUSES: [&str; 21] = [
    "DO",
    "ELSE",
    "EXCEPT",
    "FETCH",
    "FOR",
    "FROM",
    "GROUP",
    "INTERSECT",
    "INTO",
    "JOIN",
    "LIMIT",
    "OFFSET",
    "ORDER",
    "RETURNING",
    "SET",
    "THEN",
    "UNION",
    "USING",
    "VALUES",
    "WHEN",
    "WINDOW",
];

impl Conditions {
    pub(super) fn new() -> Self {
        let mut conditions = Self {
            open: Vec::new(),
            nodes: Vec::new(),
        };
        conditions.node(0, true);
        conditions.end();
        conditions
    }

    fn node(&mut self, parent: usize, is_alternatives: bool) -> usize {
        let depth = self.nodes.get(parent).map_or(0, |parent| parent.depth + 1);
        self.nodes.push(Node {
            parent,
            depth,
            is_alternatives,
        });
        self.nodes.len() - 1
    }

    fn top(&mut self) -> Option<&mut Frame> {
        self.open.last_mut()
    }

    /// Whether only those rows count for which a comparison holds that stands here.
    pub(super) fn filters(&self) -> bool {
        self.open
            .last()
            .is_some_and(|top| top.is_condition && !top.is_negated && !top.follows_not)
    }

    /// What is being read.
    pub(super) fn place(&self) -> usize {
        self.open.last().map_or(0, |top| top.place)
    }

    /// Notes what stands before a comma.
    pub(super) fn part(&mut self, column: Option<usize>) {
        if let Some(top) = self.top()
            && matches!(top.opener, Opener::Group | Opener::Transparent)
        {
            top.parts.push(column);
        }
    }

    pub(super) fn open(&mut self, text: &SqlText<'_>, at: usize, found: usize) {
        let opener = opener(text, at);
        self.push(opener, found);
    }

    fn push(&mut self, opener: Opener, found: usize) {
        let filters = self.filters();
        let (is_value, is_negated) = self.open.last().map_or((false, false), |top| {
            (top.is_value, top.is_negated || top.follows_not)
        });
        let is_group = opener == Opener::Group;
        let outer = self.place();
        let alternatives = self.node(outer, true);
        let place = self.node(alternatives, false);
        self.open.push(Frame {
            opener,
            parts: Vec::new(),
            found,
            is_condition: is_group && filters,
            is_value: is_value || !matches!(opener, Opener::Query | Opener::Group),
            is_negated,
            follows_not: false,
            queries: alternatives,
            query: place,
            has_select: false,
            alternatives,
            place,
        });
    }

    /// What the parentheses held that are closed here.
    pub(super) fn close(&mut self) -> Option<Frame> {
        while self.open.len() > 1 {
            let frame = self.open.pop()?;
            if frame.opener != Opener::Case {
                return Some(frame);
            }
        }
        None
    }

    /// Takes note of a word; of which comparisons before it nothing holds any more is answered.
    pub(super) fn word(&mut self, text: &SqlText<'_>, at: usize, found: usize) -> Option<usize> {
        let is = |words: &[&str]| text.is_any_raw(at, words);
        if text.follows_symbol(at, b'.') {
            return None;
        }
        if is(&["SELECT"]) {
            self.begin_query();
        } else if is(&["CASE"]) {
            self.push(Opener::Case, found);
        } else if is(&["END"]) {
            self.open.pop_if(|top| top.opener == Opener::Case);
        } else if is(&["WHERE", "ON", "HAVING"]) {
            let is_condition = !text.is_any_raw(at + 1, &["CONFLICT", "DUPLICATE"]);
            self.begin_clause(is_condition, found);
        } else if is(&OTHER_CLAUSES) {
            // `IS DISTINCT FROM`, and a column of that name.
            let is_operand = text.is_symbol(at + 1, b'=');
            if !is_operand && !text.is_raw(at.wrapping_sub(1), "DISTINCT") {
                self.begin_clause(false, found);
            }
        } else if is(&["AND"]) {
            self.and();
        } else if is(&["OR"]) {
            self.or();
        } else if is(&["XOR"]) {
            return self.xor();
        } else if is(&["NOT"]) && begins_operand(text, at) {
            self.not();
        }
        None
    }

    pub(super) fn not(&mut self) {
        if let Some(top) = self.top() {
            top.follows_not = true;
        }
    }

    pub(super) fn and(&mut self) {
        if let Some(top) = self.top() {
            top.follows_not = false;
        }
    }

    fn or(&mut self) {
        let alternatives = self.open.last().map_or(0, |top| top.alternatives);
        let place = self.node(alternatives, false);
        if let Some(top) = self.top() {
            top.follows_not = false;
            top.place = place;
        }
    }

    fn xor(&mut self) -> Option<usize> {
        let top = self.top()?;
        top.is_negated = true;
        Some(top.found)
    }

    fn begin_query(&mut self) {
        let Some(top) = self.open.last() else {
            return;
        };
        let query = match top.has_select {
            true => self.node(top.queries, false),
            false => top.query,
        };
        if let Some(top) = self.top() {
            if top.opener != Opener::Case {
                top.opener = Opener::Query;
            }
            top.has_select = true;
            top.is_value = false;
            top.begin(false);
            top.query = query;
            top.place = query;
        }
    }

    /// Begins another statement.
    pub(super) fn end(&mut self) {
        self.open.clear();
        self.push(Opener::Query, 0);
    }

    /// How deep the parts of its conditions are.
    pub(super) fn depth(&self) -> usize {
        self.nodes
            .iter()
            .map(|node| node.depth)
            .max()
            .unwrap_or_default()
    }

    fn begin_clause(&mut self, is_condition: bool, found: usize) {
        let query = match self.open.last() {
            Some(top) if !top.is_value => top.query,
            _ => return,
        };
        let alternatives = self.node(query, true);
        let place = self.node(alternatives, false);
        if let Some(top) = self.top() {
            top.begin(is_condition);
            top.found = found;
            top.alternatives = alternatives;
            top.place = place;
        }
    }

    /// Whether two comparisons hold for the same rows, by the places where they were found.
    pub(super) fn hold_together(&self, mut one: usize, mut other: usize) -> bool {
        while one != other {
            let (Some(first), Some(second)) = (self.nodes.get(one), self.nodes.get(other)) else {
                return false;
            };
            if first.depth >= second.depth {
                one = first.parent;
            } else {
                other = second.parent;
            }
        }
        self.nodes
            .get(one)
            .is_some_and(|node| !node.is_alternatives)
    }
}

/// Whether what stands before is no operand, so that `NOT` is of what follows.
fn begins_operand(text: &SqlText<'_>, at: usize) -> bool {
    const BEFORE: [&str; 8] = ["AND", "HAVING", "NOT", "ON", "OR", "WHEN", "WHERE", "XOR"];
    text.follows_symbol(at, b'(')
        || text.follows_symbol(at, b',')
        || text.is_any_raw(at.wrapping_sub(1), &BEFORE)
}

fn opener(text: &SqlText<'_>, at: usize) -> Opener {
    let before = at.wrapping_sub(1);
    match text.kind(before) {
        _ if text.is_symbol(at, b'[') => Opener::Value,
        Some(TokenKind::Word(_)) if text.is_any_raw(before, &OPERATORS) => Opener::Group,
        Some(TokenKind::Word(_)) if text.is_any_raw(before, &AROUND) => Opener::Transparent,
        Some(TokenKind::Symbol(b'(' | b')' | b',' | b'!')) | None => Opener::Group,
        Some(TokenKind::Symbol(b'&')) if text.follows_symbol(before, b'&') => Opener::Group,
        _ => Opener::Value,
    }
}
