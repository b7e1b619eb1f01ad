//! A text to tokens, by the rules of the server that will read it.

mod comment;
mod keyword;
mod quote;
mod reading;
mod scan;
mod sql_text;
mod sql_token;

pub(super) use comment::{block_comment, executable_comment, line_comment};
pub(crate) use keyword::Keyword;
pub(crate) use reading::{Doubts, LexFault, Reading};
pub(crate) use sql_text::{SqlText, as_long_as_postgres_takes};
pub(crate) use sql_token::{SqlToken, TokenKind};
