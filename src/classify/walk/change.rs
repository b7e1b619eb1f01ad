use sea_orm::DbBackend;

use super::super::lexer::Keyword;
use super::super::{Reason, Usage};
use super::Walk;
use super::frame::RowChange;

impl Walk<'_, '_> {
    /// The first word of a change of rows. Returns the position of its table.
    pub(super) fn begin_change(&mut self, at: usize, keyword: Keyword) -> usize {
        let change = match keyword {
            Keyword::Insert | Keyword::Replace => RowChange::Insert,
            Keyword::Update => RowChange::Update,
            Keyword::Delete => RowChange::Delete,
            _ => RowChange::Merge,
        };
        self.changes = true;
        self.tables_before_change = self.tables.len();
        self.top.change = Some(change);
        self.top.expects_table(Usage::Write);
        let next = self.after_modifiers(at + 1, change);
        if change == RowChange::Delete && !self.text.follows(next, Keyword::From) {
            return self.delete_targets(next);
        }
        next
    }

    /// `LOW_PRIORITY`, `IGNORE`, `OR REPLACE`, `INTO`, …
    fn after_modifiers(&self, mut at: usize, change: RowChange) -> usize {
        loop {
            match self.text.keyword(at) {
                Some(Keyword::Or) => at += 2,
                Some(_) if self.text.is_before_dot(at) => return at,
                Some(Keyword::Into | Keyword::From) => return at + 1,
                Some(Keyword::Only) if self.text.backend == DbBackend::Postgres => return at + 1,
                Some(Keyword::Ignore | Keyword::Other) if self.is_modifier(at, change) => at += 1,
                _ => return at,
            }
        }
    }

    fn is_modifier(&self, at: usize, change: RowChange) -> bool {
        const MODIFIERS: [&str; 4] = ["LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "IGNORE"];
        // Elsewhere they are names.
        const OF_DELETE: [&str; 2] = ["QUICK", "HISTORY"];
        let raw = self.text.raw(at);
        let is_modifier = self.text.is_any_raw(at, &MODIFIERS)
            || change == RowChange::Delete && self.text.is_any_raw(at, &OF_DELETE);
        self.text.is_mysql()
            && is_modifier
            && (self.text.is_name(at + 1)
                || self.text.is_symbol(at + 1, b'(')
                // A reserved word is no schema of what follows the dot.
                || self.text.is_symbol(at + 1, b'.') && !["QUICK", "HISTORY"].iter().any(|name| raw.eq_ignore_ascii_case(name)))
    }

    /// MySQL's `DELETE a, b.* FROM …`: the names may be aliases of what follows.
    fn delete_targets(&mut self, mut at: usize) -> usize {
        let ends = |at| self.text.is(at, Keyword::From) || self.text.is_symbol(at, b';');
        while at < self.limit && !ends(at) {
            if let Some(name) = super::Name::at(self.text, at) {
                self.targets.push(name.name.into_owned());
                at = name.end;
            } else {
                at += 1;
            }
        }
        self.top.usage = Usage::Read;
        at + 1
    }

    /// `USING` after the tables that a change names first.
    pub(super) fn begin_using(&mut self) {
        if self.text.is_mysql() && self.top.change == Some(RowChange::Delete) {
            let targets = self.tables.take(self.tables_before_change);
            // The names so far may be aliases: the tables behind them are blamed in the end.
            self.culprit
                .take_if(|culprit| matches!(culprit.reason, Reason::Writes(_)));
            self.targets
                .extend(targets.into_iter().map(|table| table.name));
        }
        self.top.expects_table(Usage::Read);
    }

    /// Turns the targets of a multi-table `DELETE` into the tables that they stand for.
    pub(super) fn settle_targets(&mut self) {
        if self.targets.is_empty() {
            return;
        }
        let places = self.tables.places(self.tables_before_change);
        for target in std::mem::take(&mut self.targets) {
            let place = self
                .aliases
                .get(&target)
                .or_else(|| places.get(&target))
                .copied();
            let table = self.tables.write(&target, place);
            self.blame(Reason::Writes(table));
        }
    }
}
