use std::borrow::Cow;

use sea_orm::DbBackend;

use super::super::functions::{Builtin, CallName};
use super::super::lexer::{Keyword, TokenKind};
use super::super::{Reach, Reason};
use super::frame::{Clause, Frame};
use super::{Name, Walk};

impl Walk<'_, '_> {
    /// A parenthesis after a name: a call, unless the name is a type or a word of the grammar.
    pub(super) fn before_parenthesis(&mut self, at: usize, frame: &mut Frame) {
        frame.holds_arguments = true;
        let Some(name) = Name::before(self.text, at) else {
            return;
        };
        if self.is_type(&name) {
            return;
        }
        if let Some(keyword) = name.keyword(self.text)
            && self.is_grammar(at - 1, keyword)
        {
            self.ask_added(&name);
            frame.is_call = self.takes_suffix(at - 1, keyword);
            if frame.clause == Clause::Start && self.opens_group(keyword) {
                frame.clause = Clause::Group;
            }
            return;
        }
        frame.is_call = true;
        frame.is_nth_value = name.name.eq_ignore_ascii_case("nth_value");
        self.sequence(&name, at);
        self.call(&name, at);
    }

    /// Whether a function of that name has effects is known even where the grammar lets no function stand: should
    /// a server see that in another way, nothing is lost.
    fn ask_added(&mut self, name: &Name<'_>) {
        let call = CallName {
            schema: None,
            name: Cow::Borrowed(&name.name),
            quoted: false,
        };
        if self.functions.added_writes(self.text.backend, &call) {
            self.blame_for(Reason::Calls(name.display()), Reach::Connection);
        }
    }

    fn call(&mut self, name: &Name<'_>, open: usize) {
        let last = self.text.kind(open - 1);
        let is_spaced_aggregate = self.text.is_mysql()
            && name.schema.is_none()
            && !self.text.touches_next(open - 1)
            && needs_touching(&name.name);
        if matches!(last, Some(TokenKind::Escaped | TokenKind::String)) || is_spaced_aggregate {
            return self.blame(Reason::UnknownFunction(name.display()));
        }
        // SQLite's pragmas are in every schema.
        let schema = name
            .schema
            .as_deref()
            .filter(|_| self.pragma(name).is_none());
        let call = CallName {
            schema: schema.map(Cow::Borrowed),
            name: Cow::Borrowed(&name.name),
            quoted: last == Some(TokenKind::Quoted),
        };
        match self.functions.effect(self.text.backend, &call) {
            Some(Builtin::Read) => {}
            // A user's function is perhaps no more than not declared to only read.
            Some(Builtin::Write) if self.functions.added_writes(self.text.backend, &call) => {
                let reach = Reach::Connection.max(self.session_reach(name, open));
                self.blame_for(Reason::Calls(name.display()), reach);
            }
            Some(Builtin::Write) => self.blame(Reason::Calls(name.display())),
            Some(Builtin::Server) => {
                self.asks_connection |= is_own_number(&name.name);
                let reach = match name.name == "current_setting" && self.is_own_setting(open + 1) {
                    true => Reach::Answer,
                    false => Reach::Server,
                };
                self.blame_for(Reason::AsksServer(name.display()), reach);
            }
            Some(Builtin::Session) => {
                let reach = self.session_reach(name, open);
                self.blame_for(Reason::Session(name.display()), reach);
            }
            None => self.blame(Reason::UnknownFunction(name.display())),
        }
    }

    /// What stays of a call of a function that changes, or depends on, what the connection remembers. Locks guard nothing
    /// but on the master.
    fn session_reach(&self, name: &Name<'_>, open: usize) -> Reach {
        let called = name.name.to_ascii_lowercase();
        let locks = ["advisory", "_lock"]
            .iter()
            .any(|word| called.contains(word));
        match called.as_str() {
            _ if locks => Reach::Master,
            "set_config" if self.is_local(open) => Reach::Setting,
            "last_insert_id" if !self.text.is_symbol(open + 1, b')') => Reach::Connection,
            "last_insert_id" | "found_rows" | "row_count" | "currval" | "lastval" | "changes"
            | "last_insert_rowid" | "total_changes" => Reach::Transaction,
            _ => Reach::Connection,
        }
    }

    /// Whether the name of a setting is the application's, such as `app.tenant`, or not known.
    fn is_own_setting(&self, at: usize) -> bool {
        !self.text.is_string(at) || self.text.raw(at).contains('.')
    }

    /// `set_config(name, value, true)`
    fn is_local(&self, open: usize) -> bool {
        let close = self.text.closing(open).unwrap_or_default();
        self.text.is_raw(close.saturating_sub(1), "TRUE")
            && self.text.is_symbol(close.saturating_sub(2), b',')
    }

    /// `x::name(…)` and `CAST(x AS name(…))`: a type with its length.
    fn is_type(&self, name: &Name<'_>) -> bool {
        let Some(before) = name.start.checked_sub(1) else {
            return false;
        };
        let casts = self.text.is_symbol(before, b':') && self.text.follows_symbol(before, b':');
        let labels = self.last_as == Some(before) && before >= self.start;
        casts && self.text.backend == DbBackend::Postgres || labels
    }

    fn takes_suffix(&self, at: usize, keyword: Keyword) -> bool {
        matches!(keyword, Keyword::Filter | Keyword::Group | Keyword::Columns)
            || self.text.follows(at, Keyword::Tablesample)
    }

    fn opens_group(&self, keyword: Keyword) -> bool {
        self.top.clause == Clause::Group && keyword == Keyword::Sets
    }
}

/// Whether a function gives the number of the connection that calls it.
fn is_own_number(name: &str) -> bool {
    const NAMES: [&str; 4] = [
        "connection_id",
        "pg_backend_pid",
        "ps_current_thread_id",
        "ps_thread_id",
    ];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Names that MySQL takes for its own function only when the parenthesis touches them; after a space
/// they call a stored function of that name.
fn needs_touching(name: &str) -> bool {
    const NAMES: [&str; 30] = [
        "adddate",
        "bit_and",
        "bit_or",
        "bit_xor",
        "cast",
        "count",
        "curdate",
        "curtime",
        "date_add",
        "date_sub",
        "extract",
        "group_concat",
        "max",
        "mid",
        "min",
        "now",
        "position",
        "session_user",
        "std",
        "stddev",
        "stddev_pop",
        "stddev_samp",
        "subdate",
        "substr",
        "substring",
        "sum",
        "sysdate",
        "system_user",
        "trim",
        "variance",
    ];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}
