use std::borrow::Cow;

use sea_orm::DbErr;

use super::RoutingError;
use crate::observe::{code, fault};

/// What an error is, in a word of a bounded list that holds nothing of the statement: the server's code, else the kind of fault
/// or error.
pub(crate) fn error_type(error: &DbErr) -> Cow<'static, str> {
    if let Some(code) = code(error) {
        return code.into();
    }
    if let Some(error) = RoutingError::of(error) {
        return variant(error).into();
    }
    match fault(error) {
        Some(fault) => variant(&fault).into(),
        None => variant(error).into(),
    }
}

/// The name of an enum's variant, which its `Debug` begins with.
fn variant(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    let end = text.find(|symbol: char| !symbol.is_ascii_alphanumeric());
    text.get(..end.unwrap_or(text.len()))
        .unwrap_or("_OTHER")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_a_word_without_what_it_is_about() {
        let named: DbErr = RoutingError::NestedOpen.into();
        assert_eq!(error_type(&named), "NestedOpen");
        let secret = DbErr::Custom("password `hush`".to_owned());
        assert_eq!(error_type(&secret), "Custom");
        assert_eq!(error_type(&DbErr::RecordNotInserted), "RecordNotInserted");
    }
}
