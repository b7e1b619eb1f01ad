use std::borrow::Cow;

use super::super::lexer::{Keyword, SqlText};

/// A name of one or more parts with dots between them, and where it stands.
#[derive(Debug)]
pub(crate) struct Name<'a> {
    pub(crate) schema: Option<Cow<'a, str>>,
    pub(crate) name: Cow<'a, str>,
    /// The position of the first part.
    pub(crate) start: usize,
    /// The position after the last part.
    pub(crate) end: usize,
}

impl<'a> Name<'a> {
    /// The name that starts at a position. Only its last two parts count.
    pub(crate) fn at(text: &SqlText<'a>, start: usize) -> Option<Self> {
        let is_part = |at| text.is_name(at) || text.is_string(at);
        if text.is_mysql() && text.is_symbol(start, b'.') && is_part(start + 1) {
            return Self::at(text, start + 1);
        }
        if !is_part(start) {
            return None;
        }
        let mut last = start;
        while text.is_symbol(last + 1, b'.') && is_part(last + 2) {
            last += 2;
        }
        Some(Self {
            schema: (last > start).then(|| text.name(last - 2)),
            name: text.name(last),
            start,
            end: last + 1,
        })
    }

    /// The name that ends before a position.
    pub(crate) fn before(text: &SqlText<'a>, end: usize) -> Option<Self> {
        let mut start = end.checked_sub(1)?;
        if !text.is_name(start) && !text.is_string(start) {
            return None;
        }
        let is_part = |at| text.is_name(at) || text.is_string(at);
        while start >= 2 && text.is_symbol(start - 1, b'.') && is_part(start - 2) {
            start -= 2;
        }
        Self::at(text, start)
    }

    /// The name in front of its last part: that of a column's table.
    pub(crate) fn without_last(&self, text: &SqlText<'a>) -> Option<Self> {
        let table = self.end.checked_sub(3).filter(|last| *last >= self.start)?;
        Some(Self {
            schema: (table > self.start).then(|| text.name(table - 2)),
            name: text.name(table),
            start: self.start,
            end: table + 1,
        })
    }

    /// The same name in the schema that stands at a position.
    pub(crate) fn moved(&self, text: &SqlText<'a>, schema: usize) -> Self {
        Self {
            schema: Some(text.name(schema)),
            name: self.name.clone(),
            start: self.start,
            end: self.end,
        }
    }

    /// Whether it is a single word that is not in quotes.
    pub(crate) fn keyword(&self, text: &SqlText<'_>) -> Option<Keyword> {
        match self.schema {
            None => text.keyword(self.start),
            Some(_) => None,
        }
    }

    pub(crate) fn display(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{schema}.{}", self.name),
            None => self.name.to_string(),
        }
    }
}
