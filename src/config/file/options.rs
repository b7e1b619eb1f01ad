use super::{
    reader::{Entry, Reader},
    section::Section,
};
use crate::config::{
    FunctionsConfig,
    options::{FUNCTION, OptionGroup},
};

const FUNCTION_LISTS: &[&str] = &["read", "write"];

/// A mapping of the options of a group, which messages call `expected`.
pub(super) fn options<G: OptionGroup + Default>(
    reader: &mut Reader<'_>,
    entry: Option<Entry<'_>>,
    expected: &str,
) -> G {
    let section = entry.and_then(|entry| Section::read(reader, entry, expected, &G::keys()));
    section.map_or_else(G::default, |section| section.options(reader))
}

/// The lists of `functions`.
pub(super) fn functions(reader: &mut Reader<'_>, entry: Option<Entry<'_>>) -> FunctionsConfig {
    let expected = "a mapping of `read` and `write` to lists of functions";
    let section = entry.and_then(|entry| Section::read(reader, entry, expected, FUNCTION_LISTS));
    let Some(section) = section else {
        return FunctionsConfig::default();
    };
    let expected = "a list of function names";
    FunctionsConfig {
        read: section.texts(reader, "read", expected, &FUNCTION),
        write: section.texts(reader, "write", expected, &FUNCTION),
    }
}
