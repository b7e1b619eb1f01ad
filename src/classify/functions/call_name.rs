use std::borrow::Cow;

/// The name of a function as a statement calls it, folded as the server folds it.
#[derive(Debug)]
pub(crate) struct CallName<'a> {
    pub(crate) schema: Option<Cow<'a, str>>,
    pub(crate) name: Cow<'a, str>,
    pub(crate) quoted: bool,
}
