use super::super::lexer::Keyword;
use super::super::{Culprit, Reason, Usage};
use super::{Statement, Verdict};

impl Statement<'_, '_> {
    /// PostgreSQL's `COPY`: out of a table or query to the client is a read.
    pub(super) fn copy(&mut self) -> Verdict {
        let (culprit, next) = match self.text.is_symbol(self.start + 1, b'(') {
            true => self.copied_query(),
            false => self.copied_table(),
        };
        // PostgreSQL takes either word.
        let to_client =
            self.text.is(next, Keyword::To) && self.text.is_any_raw(next + 1, &["STDOUT", "STDIN"]);
        let to_file = self.text.is(next, Keyword::To) && !to_client;
        let culprit = culprit.or_else(|| to_file.then_some(Reason::WritesFile.into()));
        match (culprit, to_client) {
            (None, true) => Verdict::read(self.end(), Reason::PlainQuery),
            (Some(culprit), _) => Verdict::write(self.end(), culprit),
            (None, false) => self.runs(),
        }
    }

    fn copied_query(&mut self) -> (Option<Culprit>, usize) {
        let open = self.start + 1;
        let Some(close) = self.text.closing(open) else {
            return (Some(Reason::Unparsed.into()), self.end());
        };
        let found = self.walk(open, close + 1);
        let nothing = || (!found.is_statement).then_some(Reason::Unparsed.into());
        (found.culprit.or_else(nothing), close + 1)
    }

    fn copied_table(&mut self) -> (Option<Culprit>, usize) {
        let at = match self.text.is(self.start + 1, Keyword::Binary)
            && self.text.is_name(self.start + 2)
        {
            true => self.start + 2,
            false => self.start + 1,
        };
        let direction = (at + 1..self.end())
            .find(|at| matches!(self.text.keyword(*at), Some(Keyword::From | Keyword::To)))
            .unwrap_or(self.end());
        let writes = !self.text.is(direction, Keyword::To);
        let usage = if writes { Usage::Write } else { Usage::Read };
        let name = self.target(at, usage).map(|(name, _)| name);
        let writes = name.filter(|_| writes).map(Reason::Writes);
        (writes.map(Culprit::from), direction)
    }
}
