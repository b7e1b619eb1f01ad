//! Text to tokens, by the rules of the server that will read it.

mod comment;
mod keyword;
mod quote;
mod scan;
mod text;
mod token;

pub(crate) use keyword::Keyword;
pub(crate) use text::{Fault, Reading, Text};
pub(crate) use token::{Kind, Token};
