//! Values that are bound to a text, where they may name what the statement is about: `nextval($1)`.

use std::{borrow::Cow, collections::HashMap};

use sea_orm::sea_query::OptionEnum;
use sea_orm::{DbBackend, Value, Values};

use super::lexer::{Reading, SqlText, TokenKind};

/// A string that no rule takes for anything but a name.
const ANY_NAME: &str = "any_name";

/// The text with any string in the place of each value, if it has such places.
pub(crate) fn with_any_names(backend: DbBackend, sql: &str) -> Option<String> {
    with_strings(backend, sql, |_| Some(Cow::Borrowed(ANY_NAME)))
}

/// The text with its values in their places, as far as they are strings, if any is.
pub(crate) fn with_values(backend: DbBackend, sql: &str, values: &Values) -> Option<String> {
    with_strings(backend, sql, |at| string(values.0.get(at)?))
}

fn string(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(Some(value)) => Some(Cow::Borrowed(value)),
        Value::Char(Some(value)) => Some(Cow::Owned(value.to_string())),
        Value::Bytes(Some(value)) => std::str::from_utf8(value).ok().map(Cow::Borrowed),
        Value::Enum(OptionEnum::Some(value)) => Some(Cow::Borrowed(value.value.as_ref())),
        _ => None,
    }
}

fn with_strings<'v>(
    backend: DbBackend,
    sql: &str,
    string_at: impl Fn(usize) -> Option<Cow<'v, str>>,
) -> Option<String> {
    let text = SqlText::read(backend, sql, Reading::default());
    let mut parameters = Parameters::of(&text);
    let mut written = String::new();
    let mut done = 0;
    for at in 0..text.len() {
        if text.kind(at) != Some(TokenKind::Parameter) {
            continue;
        }
        let quoted = parameters
            .index(text.raw(at))
            .and_then(&string_at)
            .and_then(|string| quoted(backend, &string));
        if let Some(quoted) = quoted {
            let place = text.range(at);
            written.push_str(sql.get(done..place.start)?);
            written.push_str(&quoted);
            done = place.end;
        }
    }
    if done == 0 {
        return None;
    }
    written.push_str(sql.get(done..)?);
    Some(written)
}

/// A string as every setting of the server reads it, with room around it; `None` if no such string holds that value.
fn quoted(backend: DbBackend, value: &str) -> Option<String> {
    let is_plain = !value.contains(['\\', '\0']) || backend == DbBackend::Sqlite;
    (is_plain && !value.contains('\0')).then(|| format!(" '{}' ", value.replace('\'', "''")))
}

/// Which value each parameter of a text stands for, as the drivers number them.
struct Parameters {
    backend: DbBackend,
    /// Of SQLite: the place of each parameter that has a name, in order.
    named: Vec<usize>,
    /// Of SQLite: where a name was met first.
    places: HashMap<String, usize>,
    highest: usize,
}

impl Parameters {
    /// SQLite gives each parameter a place, and sqlx gives those places that have no number in their name the values in their order.
    fn of(text: &SqlText<'_>) -> Self {
        let mut parameters = Self {
            backend: text.backend,
            named: Vec::new(),
            places: HashMap::new(),
            highest: 0,
        };
        if text.backend == DbBackend::Sqlite {
            let mut named = Vec::new();
            for at in (0..text.len()).filter(|at| text.kind(*at) == Some(TokenKind::Parameter)) {
                named.extend(
                    parameters
                        .place(text.raw(at))
                        .filter(|_| text.raw(at) != "?"),
                );
            }
            named.sort_unstable();
            named.dedup();
            parameters.named = named;
            parameters.highest = 0;
            parameters.places.clear();
        }
        parameters
    }

    /// SQLite's place of the next parameter, from 1.
    fn place(&mut self, raw: &str) -> Option<usize> {
        let place = match (raw, raw.strip_prefix('?')) {
            ("?", _) => self.highest.checked_add(1)?,
            (_, Some(number)) => number.parse().ok()?,
            _ => {
                let next = self.highest.checked_add(1)?;
                *self.places.entry(raw.to_owned()).or_insert(next)
            }
        };
        self.highest = self.highest.max(place);
        Some(place)
    }

    /// The value's index from 0, for the next parameter of the text. On PostgreSQL `?` is an operator, and none.
    fn index(&mut self, raw: &str) -> Option<usize> {
        let number = raw.get(1..).filter(|number| !number.is_empty());
        match (self.backend, number) {
            (DbBackend::Postgres, _) if raw.starts_with('?') => None,
            (DbBackend::MySql, Some(_)) => None,
            (DbBackend::Postgres, number) => number?.parse::<usize>().ok()?.checked_sub(1),
            (DbBackend::MySql, None) => {
                self.highest += 1;
                Some(self.highest - 1)
            }
            (_, number) => {
                let place = self.place(raw)?;
                match number {
                    Some(number) => number.parse::<usize>().ok()?.checked_sub(1),
                    None => {
                        let named = self.named.partition_point(|named| *named < place);
                        place.checked_sub(named + 1)
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(backend: DbBackend, sql: &str, values: Vec<Value>) -> Option<String> {
        with_values(backend, sql, &Values(values))
    }

    #[test]
    fn values_are_written_in_their_places() {
        let two = || vec![Value::from("o'clock"), Value::from("report")];
        for (backend, sql, expected) in [
            (
                DbBackend::Postgres,
                "f($2, '$1', $1)",
                "f( 'report' , '$1',  'o''clock' )",
            ),
            (DbBackend::Postgres, "a ? $1", "a ?  'o''clock' "),
            (DbBackend::MySql, "f(?, ?)", "f( 'o''clock' ,  'report' )"),
            (
                DbBackend::Sqlite,
                "f(?2, ?, $1)",
                "f( 'report' ,  'report' ,  'o''clock' )",
            ),
            (
                DbBackend::Sqlite,
                "f($1, $1, ?3, ?)",
                "f( 'o''clock' ,  'o''clock' , ?3,  'report' )",
            ),
        ] {
            assert_eq!(written(backend, sql, two()).as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_is_no_string_or_has_no_value_stays() {
        let sql = "f($1, $2, $3, $0, $18446744073709551616)";
        let values = || vec![Value::from(1), Value::from("a\\'b")];
        assert_eq!(written(DbBackend::Postgres, sql, values()), None);
        assert_eq!(written(DbBackend::Postgres, "f(1)", values()), None);
        assert_eq!(written(DbBackend::MySql, "f(?, ?)", values()), None);
    }
}
