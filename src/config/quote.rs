/// Longest text that a message repeats.
const LONGEST_SHOWN: usize = 64;

/// Whether a text looks nothing like an address or a part of one, so that a message may repeat it.
pub(super) fn is_harmless(text: &str) -> bool {
    !text.is_empty()
        && text.chars().count() <= LONGEST_SHOWN
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || " _-.*?+".contains(c))
}

/// The text in backticks, if it may be shown.
pub(super) fn quoted(text: &str) -> String {
    match text {
        "" => "an empty text".to_owned(),
        text if is_harmless(text) => format!("`{text}`"),
        _ => "a text that is not shown, as it may hold a password".to_owned(),
    }
}

/// The choices, as the end of "expected …".
pub(super) fn one_of<'a>(choices: impl IntoIterator<Item = &'a str>) -> String {
    let choices: Vec<_> = choices
        .into_iter()
        .map(|choice| format!("`{choice}`"))
        .collect();
    match choices.as_slice() {
        [choice] => choice.clone(),
        choices => format!("one of {}", choices.join(", ")),
    }
}

/// The choice that was probably meant, as a question behind [`one_of`]; empty if none is near.
pub(super) fn hint(text: &str, choices: &[&str]) -> String {
    let near = choices
        .iter()
        .map(|choice| (distance(text, choice), choice))
        .filter(|(distance, choice)| distance * 3 <= choice.chars().count())
        .min();
    match near {
        Some((_, choice)) if choices.len() > 1 => format!("; did you mean `{choice}`?"),
        _ => String::new(),
    }
}

/// How many characters to insert, remove or replace to turn one text into the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, c) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, d) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(c != *d);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}
