use std::fmt;

/// Schemas in which PostgreSQL looks up names, as a list of names and never as SQL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SearchPath(Vec<String>);

/// PostgreSQL cuts off what is longer, and may so come to another schema (`NAMEDATALEN`).
const LONGEST_NAME: usize = 63;

impl SearchPath {
    /// The names of `tenant, "Tenant", "$user"`: what stands in quotes is taken as it is, with `""` for `"`; what does
    /// not, too, but for what only SQL could mean.
    ///
    /// # Errors
    /// What is wrong, and with which name.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let (mut names, mut rest) = (Vec::new(), text);
        loop {
            let number = names.len() + 1;
            let (name, behind) = first(rest.trim_start())
                .and_then(|(name, behind)| checked(name).map(|name| (name, behind)))
                .map_err(|fault| format!("{fault} as name {number} of the list"))?;
            names.push(name);
            match behind {
                Some(behind) => rest = behind,
                None => return Ok(Self(names)),
            }
        }
    }

    pub(crate) fn into_names(self) -> Vec<String> {
        self.0
    }
}

/// The first name of a list, and what stands behind its comma.
fn first(text: &str) -> Result<(String, Option<&str>), &'static str> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (name, behind) = match text.split_once(',') {
            Some((name, behind)) => (name, Some(behind)),
            None => (text, None),
        };
        let name = name.trim();
        return match name.contains(['"', '\'', ';', '\\', '(', ')']) {
            true => Err("a text with quotes, brackets or `;` outside of `\"…\"`"),
            false => Ok((name.to_owned(), behind)),
        };
    };
    let (mut name, mut rest) = (String::new(), quoted);
    loop {
        let (part, behind) = rest.split_once('"').ok_or("a `\"` without its partner")?;
        name.push_str(part);
        match behind.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => match behind.trim_start() {
                "" => return Ok((name, None)),
                behind => {
                    let behind = behind.strip_prefix(',').ok_or("a text behind `\"…\"`")?;
                    return Ok((name, Some(behind)));
                }
            },
        }
    }
}

fn checked(name: String) -> Result<String, &'static str> {
    match name.as_str() {
        "" => Err("an empty text"),
        name if name.contains(char::is_control) => Err("a control character"),
        name if name.len() > LONGEST_NAME => Err("more than 63 bytes, which PostgreSQL cuts off,"),
        _ => Ok(name),
    }
}

/// Whether it means the same without quotes.
fn is_plain(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// As SQL has it.
impl fmt::Display for SearchPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            // The server shows a path as it was set, and a plain name without quotes.
            match is_plain(name) {
                true => write!(f, "{comma}{name}")?,
                false => write!(f, "{comma}\"{}\"", name.replace('"', "\"\""))?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_today_is_read() {
        let cases = [
            ("tenant", "tenant"),
            ("tenant, public", "tenant, public"),
            ("tenant,public", "tenant, public"),
            (r#""Tenant", public"#, r#""Tenant", public"#),
            (r#""$user", public"#, r#""$user", public"#),
            ("$user, public", r#""$user", public"#),
            ("Tenant-7, größe", r#""Tenant-7", "größe""#),
            (r#""a,b" , "c""d""#, r#""a,b", "c""d""#),
            ("two words", r#""two words""#),
            (r#""plain_1", 1st"#, r#"plain_1, "1st""#),
        ];
        for (text, expected) in cases {
            let path = SearchPath::read(text).map(|path| path.to_string());
            assert_eq!(path.as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_only_sql_could_mean_is_refused_with_its_place() {
        let outside = "a text with quotes, brackets or `;` outside of `\"…\"`";
        let behind = "a text behind `\"…\"`";
        let cases = [
            (r#""public"; CREATE TABLE pwned (id int)"#, behind, 1),
            (r#"public; DROP TABLE cake"#, outside, 1),
            (r#"a, "b" c"#, behind, 2),
            (r#"a, "b"#, "a `\"` without its partner", 2),
            (r#"a, b"c""#, outside, 2),
            ("'tenant', public", outside, 1),
            ("", "an empty text", 1),
            ("a,", "an empty text", 2),
            (r#"a, "", b"#, "an empty text", 2),
            ("a, b\0c", "a control character", 2),
            ("set_config(x)", outside, 1),
        ];
        for (text, expected, number) in cases {
            let expected = format!("{expected} as name {number} of the list");
            assert_eq!(SearchPath::read(text), Err(expected), "{text}");
        }
        let too_long = "more than 63 bytes, which PostgreSQL cuts off, as name 1 of the list";
        let read = |length| SearchPath::read(&"x".repeat(length));
        assert_eq!(read(64), Err(too_long.to_owned()));
        assert!(read(63).is_ok());
    }

    proptest! {
        /// Whatever is accepted is nothing but names, plain or in quotes, which are read as the same names again.
        #[test]
        fn accepted_text_is_names_only(text in r#"[a-z",;' $()\\-]{0,12}"#) {
            if let Ok(path) = SearchPath::read(&text) {
                let sql = path.to_string();
                prop_assert_eq!(SearchPath::read(&sql), Ok(path.clone()));
                let quotes = sql.matches('"').count();
                prop_assert_eq!(quotes % 2, 0);
                let mut outside = sql.as_str();
                for name in path.into_names() {
                    let quoted = format!("\"{}\"", name.replace('"', "\"\""));
                    outside = outside.strip_prefix(", ").unwrap_or(outside);
                    let is_plain = name.bytes().all(|byte| byte.is_ascii_lowercase());
                    let rest = outside.strip_prefix(&quoted);
                    let rest = rest.or_else(|| outside.strip_prefix(&name).filter(|_| is_plain));
                    outside = rest.unwrap_or("not a name");
                }
                prop_assert_eq!(outside, "");
            }
        }
    }
}
