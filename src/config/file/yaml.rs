use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_yaml::{DuplicateKeyPolicy, Error, NonFiniteFloatPolicy, Spanned, budget::BudgetBreach};

use super::tree::{Content, Tree};
use crate::config::ConfigProblem;

/// Twice as deep as any value of ours. The parser recurses, and without optimisation 60 levels fill a thread's stack.
const DEEPEST: usize = 16;

/// The one document of a YAML text, or the problem that it is none: without a word of the text, which may
/// hold passwords.
pub(super) fn parse(text: &str) -> Result<Tree, ConfigProblem> {
    let options = serde_yaml::options! {
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        reject_unsupported_tags: true,
        ignore_binary_tag_for_string: true,
        strict_booleans: true,
        with_snippet: false,
        budget: serde_yaml::budget! { max_depth: DEEPEST },
    };
    serde_yaml::from_str_with_options::<Spanned<Parsed>>(text, options)
        .map(|parsed| tree(parsed, text))
        .map_err(|error| fault(&error, text))
}

/// A value as serde hands it over.
enum Parsed {
    Nothing,
    /// A number or truth value, whose span leads to the text that was taken for one.
    Inferred,
    Text(String),
    List(Vec<Spanned<Parsed>>),
    Mapping(Vec<(Spanned<Parsed>, Spanned<Parsed>)>),
}

fn tree(parsed: Spanned<Parsed>, source: &str) -> Tree {
    let content = match parsed.value {
        Parsed::Nothing => Content::Nothing,
        Parsed::Inferred => Content::Text(written(&parsed, source)),
        Parsed::Text(text) => Content::Text(text),
        Parsed::List(items) => {
            Content::List(items.into_iter().map(|item| tree(item, source)).collect())
        }
        Parsed::Mapping(pairs) => Content::Mapping(
            pairs
                .into_iter()
                .map(|(key, value)| (tree(key, source), tree(value, source)))
                .collect(),
        ),
    };
    Tree {
        line: parsed.defined.line(),
        content,
    }
}

/// The scalar as it is written.
fn written(parsed: &Spanned<Parsed>, source: &str) -> String {
    let span = parsed.defined.span();
    let start = span.byte_offset().unwrap_or(0) as usize;
    let end = start + span.byte_len().unwrap_or(0) as usize;
    source.get(start..end).unwrap_or_default().trim().to_owned()
}

impl<'de> Deserialize<'de> for Parsed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ParsedVisitor)
    }
}

struct ParsedVisitor;

impl<'de> Visitor<'de> for ParsedVisitor {
    type Value = Parsed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Parsed, E> {
        Ok(Parsed::Nothing)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Parsed, E> {
        Ok(Parsed::Inferred)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Parsed, E> {
        Ok(Parsed::Inferred)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Parsed, E> {
        Ok(Parsed::Inferred)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Parsed, E> {
        Ok(Parsed::Inferred)
    }

    fn visit_str<E>(self, text: &str) -> Result<Parsed, E> {
        Ok(Parsed::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Parsed, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Parsed::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut mapping: A) -> Result<Parsed, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = mapping.next_entry()? {
            pairs.push(pair);
        }
        Ok(Parsed::Mapping(pairs))
    }
}

/// The parser's message without its position, or our own where the parser's repeats the text.
fn fault(error: &Error, text: &str) -> ConfigProblem {
    let line = error.location().map(|location| location.line());
    ConfigProblem {
        line,
        key: String::new(),
        found: message(error),
        expected: expected(line, text).to_owned(),
    }
}

fn message(error: &Error) -> String {
    match error.without_snippet() {
        Error::AliasError { error, .. } => message(error),
        Error::ExternalMessage { msg, .. } => format!("invalid YAML ({msg})"),
        Error::MultipleDocuments { .. } => "a second document".to_owned(),
        Error::UnsupportedTag { .. } => "a tag (`!…`)".to_owned(),
        Error::UnknownAnchor { .. } => "an alias (`*…`) of an unknown anchor".to_owned(),
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            "an alias (`*…`) within its own anchor".to_owned()
        }
        Error::MergeValueNotMapOrSeqOfMaps { .. } => "`<<` without a mapping".to_owned(),
        Error::Budget {
            breach: BudgetBreach::Depth { .. },
            ..
        } => {
            format!("values nested more than {DEEPEST} deep")
        }
        Error::Budget { .. } => "more values, aliases or text than are read".to_owned(),
        Error::InvalidScalar { ty, .. } => format!("a tag and a value that is no {ty}"),
        _ => "invalid YAML".to_owned(),
    }
}

/// `{ url: ${NAME} }` is no YAML, and the parser's message does not lead there.
fn expected(line: Option<u64>, text: &str) -> &'static str {
    let index = line.unwrap_or_default().saturating_sub(1);
    let line = text.lines().nth(index as usize).unwrap_or_default();
    if line.contains("${") && line.contains(['{', '[']) {
        "one YAML document; within `{}` and `[]`, `${NAME}` needs quotes"
    } else {
        "one YAML document"
    }
}
