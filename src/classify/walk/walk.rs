use std::collections::HashMap;

use sea_orm::DbBackend;

use super::super::lexer::{SqlText, TokenKind};
use super::super::own_answers::is_own_answer;
use super::super::table::is_of_all_tables;
use super::super::{Culprit, Functions, Reach, Reason, Usage};
use super::frame::{Clause, Frame, RowChange};
use super::{Name, NamedTables, is_own_type};

/// Deeper parentheses are refused: every server gives up long before.
const MAX_DEPTH: usize = 1 << 16;

/// What a walk found.
#[derive(Debug)]
pub(crate) struct Findings {
    /// The position after the statement.
    pub(crate) end: usize,
    /// The first thing that makes it more than a read.
    pub(crate) culprit: Option<Culprit>,
    /// The first thing that may have effects even if the statement is planned and not run.
    pub(crate) unplannable: Option<Culprit>,
    /// How far the farthest of what was found reaches.
    pub(crate) reach: Reach,
    /// Whether there was a query or a change of rows at all.
    pub(crate) is_statement: bool,
}

/// The walk over one statement.
#[derive(Debug)]
pub(crate) struct Walk<'w, 'a> {
    pub(super) text: &'w SqlText<'a>,
    pub(super) functions: &'w Functions,
    pub(super) tables: &'w mut NamedTables,
    pub(super) frames: Vec<Frame>,
    pub(super) top: Frame,
    pub(super) start: usize,
    /// The walk ends here at the latest.
    pub(super) limit: usize,
    /// Names of `WITH` clauses in force, in order, and how often each is.
    pub(super) scope: Vec<String>,
    pub(super) visible: HashMap<String, usize>,
    /// Where tables were named that a `WITH` clause may yet define; `None` without such a clause.
    pub(super) sources: Option<HashMap<String, Vec<usize>>>,
    /// The position of the last word that was taken for an alias.
    pub(super) alias: Option<usize>,
    /// The position after the last table.
    pub(super) table_end: Option<usize>,
    /// The position of the last `)` that closed a call.
    pub(super) closed_call: Option<usize>,
    /// The same of MySQL's `NTH_VALUE`.
    pub(super) closed_nth_value: Option<usize>,
    /// The position of the last `AS` that is a keyword.
    pub(super) last_as: Option<usize>,
    /// How many tables had been found before the change of rows.
    pub(super) tables_before_change: usize,
    /// The names that a multi-table `DELETE` empties.
    pub(super) targets: Vec<String>,
    /// What aliases stand for: the places of tables.
    pub(super) aliases: HashMap<String, usize>,
    pub(super) culprit: Option<Culprit>,
    reach: Reach,
    /// Whether it asks for the number of its own connection, and a relation that each server fills for itself.
    pub(super) asks_connection: bool,
    asks_relation: bool,
    unplannable: Option<Culprit>,
    pub(super) changes: bool,
    pub(super) selects: bool,
}

impl<'w, 'a> Walk<'w, 'a> {
    pub(crate) fn new(
        text: &'w SqlText<'a>,
        functions: &'w Functions,
        tables: &'w mut NamedTables,
        limit: usize,
    ) -> Self {
        let tables_before_change = tables.len();
        Self {
            text,
            functions,
            tables,
            tables_before_change,
            frames: Vec::new(),
            top: Frame::open(Clause::Start, 0),
            start: 0,
            limit: limit.min(text.len()),
            unplannable: None,
            scope: Vec::new(),
            visible: HashMap::new(),
            sources: None,
            alias: None,
            table_end: None,
            closed_call: None,
            closed_nth_value: None,
            last_as: None,
            targets: Vec::new(),
            aliases: HashMap::new(),
            culprit: None,
            reach: Reach::Answer,
            asks_connection: false,
            asks_relation: false,
            changes: false,
            selects: false,
        }
    }

    /// Walks from a position to the end of the statement.
    pub(crate) fn run(mut self, start: usize) -> Findings {
        self.start = start;
        let mut at = start;
        while at < self.limit && !self.ends_at(at) {
            let next = self.step(at);
            at = self.within_statement(at, next);
        }
        if !self.frames.is_empty() {
            self.blame(Reason::Unparsed);
        }
        self.settle_targets();
        if self.changes && self.culprit.is_none() {
            self.blame(Reason::Runs(self.text.raw(start).to_ascii_uppercase()));
        }
        if self.reach == Reach::Server && self.asks_connection && self.asks_relation {
            // It looks for its own transaction or locks.
            self.reach = Reach::Transaction;
        }
        Findings {
            end: at,
            culprit: self.culprit,
            unplannable: self.unplannable,
            reach: self.reach,
            is_statement: self.changes || self.selects,
        }
    }

    /// What is taken as a whole reaches over no semicolon: what stands behind one is another statement.
    fn within_statement(&mut self, at: usize, next: usize) -> usize {
        let semicolon = (at + 1..next).find(|at| self.text.is_symbol(*at, b';'));
        if semicolon.is_some() {
            self.blame(Reason::Unparsed);
        }
        semicolon.unwrap_or(next)
    }

    fn ends_at(&self, at: usize) -> bool {
        self.frames.is_empty() && self.text.is_symbol(at, b';')
    }

    /// The first culprit with an effect is the reason, else the first of all.
    pub(super) fn blame(&mut self, reason: Reason) {
        let reach = Reach::of(&reason);
        self.blame_for(reason, reach);
    }

    /// The same for what reaches another way than its reason tells.
    pub(super) fn blame_for(&mut self, reason: Reason, reach: Reach) {
        self.accuse(reason.into(), reach);
    }

    pub(super) fn accuse(&mut self, found: Culprit, reach: Reach) {
        self.reach = self.reach.max(reach);
        let is_plannable = matches!(
            found.reason,
            Reason::Writes(_) | Reason::WritesInWith(_) | Reason::LocksRows | Reason::Into(_)
        );
        if !is_plannable {
            accuse(&mut self.unplannable, found.clone());
        }
        accuse(&mut self.culprit, found);
    }

    fn step(&mut self, at: usize) -> usize {
        match self.top.clause {
            Clause::Names => self.check_name(at),
            Clause::Length if !self.belongs_to_length(at) => self.blame(Reason::Unparsed),
            _ => {}
        }
        match self.text.kind(at) {
            // MySQL's `.t` is `t` of the current database.
            Some(TokenKind::Symbol(b'.'))
                if self.top.clause == Clause::Source && self.text.is_mysql() =>
            {
                return self.source(at);
            }
            Some(TokenKind::Symbol(symbol)) => self.symbol(at, symbol),
            Some(TokenKind::Word(keyword)) => return self.word(at, keyword),
            Some(TokenKind::Quoted | TokenKind::Escaped) => return self.name(at),
            Some(TokenKind::String) => return self.string(at),
            Some(TokenKind::Variable) => self.blame(Reason::Session(self.text.raw(at).to_owned())),
            Some(TokenKind::Setting) => self.setting(at),
            _ => self.operand(),
        }
        at + 1
    }

    /// The list after an alias holds names and types. Anything else would be arguments, and a parenthesis those of a call.
    fn check_name(&mut self, at: usize) {
        let belongs = match self.text.kind(at) {
            Some(TokenKind::Symbol(b'(')) => self.is_length_of_type(at),
            Some(
                TokenKind::Word(_) | TokenKind::Quoted | TokenKind::Escaped | TokenKind::Number,
            ) => true,
            Some(TokenKind::Symbol(symbol)) => b"),.[]".contains(&symbol),
            Some(TokenKind::String) => self.text.backend == DbBackend::Sqlite,
            _ => false,
        };
        if !belongs {
            self.blame(Reason::Unparsed);
        }
        // `AS x (a t, b u)`
        let is_type = self.text.backend == DbBackend::Postgres
            && self.text.is_name(at)
            && self.text.is_name(at.wrapping_sub(1));
        if is_type && let Some(name) = Name::at(self.text, at).filter(|name| !is_own_type(name)) {
            self.tables.add_perhaps(&name);
        }
    }

    /// `numeric(10, -2)`, `geometry(Point, 4326)`
    fn belongs_to_length(&self, at: usize) -> bool {
        match self.text.kind(at) {
            Some(TokenKind::Symbol(symbol)) => b"),-".contains(&symbol),
            Some(TokenKind::Number | TokenKind::String) => true,
            _ => self.text.is_name(at),
        }
    }

    /// Anything that is no name ends the wait for the first token.
    fn operand(&mut self) {
        if self.top.clause == Clause::Start {
            self.top.clause = Clause::Expression;
        }
    }

    fn symbol(&mut self, at: usize, symbol: u8) {
        match symbol {
            b'(' => self.open(at),
            b')' => self.close(at),
            b',' => self.comma(),
            b';' => self.blame(Reason::Unparsed),
            b'=' if self.assigns(at) => self.blame(Reason::Session(":=".to_owned())),
            _ => self.operand(),
        }
    }

    /// On PostgreSQL `:=` names an argument.
    fn assigns(&self, at: usize) -> bool {
        self.text.is_mysql() && self.text.follows_symbol(at, b':')
    }

    fn comma(&mut self) {
        match self.top.clause {
            Clause::Joined | Clause::Condition => self.top.clause = Clause::Source,
            Clause::WithDone => self.top.clause = Clause::WithName,
            Clause::Start => self.top.clause = Clause::Expression,
            _ => {}
        }
    }

    fn open(&mut self, at: usize) {
        if self.frames.len() >= MAX_DEPTH {
            return self.blame(Reason::TooLong);
        }
        let frame = self.frame_for(at);
        self.frames.push(self.top);
        self.top = frame;
    }

    /// What a parenthesis opens depends on what its surroundings expect, then on the name before it.
    fn frame_for(&mut self, at: usize) -> Frame {
        let mut frame = Frame::open(Clause::Start, self.scope.len());
        let has_name =
            at > self.start && (self.text.is_name(at - 1) || self.text.is_string(at - 1));
        match self.top.clause {
            Clause::Source => frame.expects_table(self.top.usage),
            Clause::WithNamed => frame.clause = Clause::Names,
            Clause::Names | Clause::Length => frame.clause = Clause::Length,
            Clause::WithBody => frame.is_with_body = true,
            Clause::Body if self.alias == Some(at - 1) => {}
            // PostgreSQL's `f() AS (a int)`
            Clause::Joined | Clause::Expression
                if self.text.backend == DbBackend::Postgres
                    && at > self.start
                    && self.last_as == Some(at - 1) =>
            {
                frame.clause = Clause::Names;
            }
            _ if has_name && self.alias == Some(at - 1) => frame.clause = Clause::Names,
            _ if has_name => self.before_parenthesis(at, &mut frame),
            _ => {}
        }
        frame
    }

    fn close(&mut self, at: usize) {
        let Some(parent) = self.frames.pop() else {
            return self.blame(Reason::Unparsed);
        };
        let closed = std::mem::replace(&mut self.top, parent);
        self.leave_scope(closed.scope);
        if closed.is_call {
            self.closed_call = Some(at);
        }
        if closed.is_nth_value {
            self.closed_nth_value = Some(at);
        }
        match self.top.clause {
            Clause::Source => self.top.clause = Clause::Joined,
            Clause::WithBody => self.define(),
            Clause::WithDone | Clause::SetOperator => self.top.clause = Clause::Tail,
            Clause::Start => self.top.clause = Clause::Expression,
            _ => {}
        }
    }

    /// A name in quotes: the same as a word without a meaning of its own.
    pub(super) fn name(&mut self, at: usize) -> usize {
        if self.text.follows_symbol(at, b'.') {
            self.sequence_column(at);
            return at + 1;
        }
        // Behind an `AS` that is a keyword stands a label, in any spelling.
        if self.is_label(at) {
            self.name_alias(at);
            return at + 1;
        }
        match self.top.clause {
            Clause::Source => return self.source(at),
            Clause::Joined => self.bare_alias(at),
            Clause::WithName => {
                self.top.defining = at;
                self.top.clause = Clause::WithNamed;
            }
            _ => self.operand(),
        }
        at + 1
    }

    /// SQLite and MySQL in its ANSI mode take strings for names.
    fn string(&mut self, at: usize) -> usize {
        match self.top.clause {
            Clause::Source | Clause::WithName => self.name(at),
            _ if self.is_label(at) || self.text.follows_symbol(at, b'.') => self.name(at),
            _ => {
                self.typed_literal(at);
                self.operand();
                at + 1
            }
        }
    }

    /// PostgreSQL's `report '(1,2)'`: the type begins an operand, so no other may stand before it.
    fn typed_literal(&mut self, at: usize) {
        if self.text.backend != DbBackend::Postgres {
            return;
        }
        let Some(name) = Name::before(self.text, at).filter(|name| name.start >= self.start) else {
            return;
        };
        if !is_own_type(&name) && self.begins_operand(name.start) {
            self.tables.add_perhaps(&name);
        }
    }

    /// Each server has its own settings, and a few are results of the session's last statement.
    fn setting(&mut self, at: usize) {
        const RESULTS: [&str; 6] = [
            "identity",
            "last_insert_id",
            "insert_id",
            "warning_count",
            "error_count",
            "rand_seed1",
        ];
        /// Those by which one server is told from another.
        const SERVERS: [&str; 8] = [
            "hostname",
            "innodb_read_only",
            "port",
            "read_only",
            "report_host",
            "server_id",
            "server_uuid",
            "super_read_only",
        ];
        let raw = self.text.raw(at).to_ascii_lowercase();
        let mut name = raw.rsplit(['.', '@']).next().unwrap_or_default().to_owned();
        if name.is_empty() && self.text.is_name(at + 1) {
            name = self.text.name(at + 1).to_ascii_lowercase();
        }
        let name = name.as_str();
        if RESULTS.contains(&name) || name.is_empty() {
            self.blame_for(Reason::Session(raw), Reach::Transaction);
        } else {
            let is_servers = SERVERS.contains(&name) || name.starts_with("gtid");
            let reach = match is_servers || raw.contains("global") {
                true => Reach::Server,
                false => Reach::Answer,
            };
            self.blame_for(Reason::AsksServer(raw), reach);
        }
        self.operand();
    }

    /// Only a multi-table `DELETE` needs to know what an alias stands for.
    pub(super) fn remember_alias(&mut self, alias: String) {
        if let Some(place) = self.tables.len().checked_sub(1)
            && (self.changes && self.text.is_mysql())
        {
            self.aliases.insert(alias, place);
        }
    }

    pub(super) fn record(&mut self, name: &Name<'_>, usage: Usage) {
        if name.schema.is_none() && self.may_be_query(usage) {
            if self.is_visible(&name.name) {
                return;
            }
            self.remember_source(&name.name);
        }
        if is_own_answer(self.text.backend, name.schema.as_deref(), &name.name) {
            self.asks_relation = true;
            self.blame(Reason::AsksServer(name.display()));
        }
        if self.text.backend == DbBackend::Sqlite && is_of_all_tables(&name.name) {
            self.tables.note_told();
        }
        self.tables.add(name, usage);
    }

    /// Whether a name may be that of a `WITH` clause: also among the tables of MySQL's `UPDATE`.
    fn may_be_query(&self, usage: Usage) -> bool {
        usage == Usage::Read || self.text.is_mysql() && self.top.change == Some(RowChange::Update)
    }
}

fn accuse(culprit: &mut Option<Culprit>, found: Culprit) {
    let asks = |culprit: &Culprit| matches!(culprit.reason, Reason::AsksServer(_));
    match culprit {
        Some(known) if !asks(known) || asks(&found) => {}
        _ => *culprit = Some(found),
    }
}
