use sea_orm::DbBackend;

use super::statements::statements;

/// Makes texts of others' pieces: the same seed makes the same texts.
pub(super) struct Generator {
    backend: DbBackend,
    texts: Vec<Vec<String>>,
    state: u64,
}

/// Calls that have effects, or that only one reading of a text has.
const EFFECTS: [&str; 8] = [
    "pg_advisory_lock(7)",
    "nextval('cake_seq')",
    "set_config('work_mem', '1MB', false)",
    "get_lock('x', 0)",
    "last_insert_id(5)",
    "changes()",
    "current_setting('work_mem')",
    "bake()",
];

const GAPS: [&str; 10] = [
    " ",
    "\n",
    "/**/",
    "/* ' */",
    "/* \" */",
    "-- '\n",
    "\t",
    "/* -- */",
    "\r\n",
    " /* /* */ ",
];

const GAPS_OF_MYSQL: [&str; 6] = ["/*!", "/*!50000 ", "/*M! ", "/*!99999 ", "*/", "# '\n"];

const NAMES: [&str; 14] = [
    "report",
    "ledger",
    "cake",
    "\"report\"",
    "`report`",
    "'report'",
    "[report]",
    "main.report",
    "public.report",
    "app.report",
    "REPORT",
    "x",
    "shop.stock",
    "Report",
];

impl Generator {
    pub(super) fn new(backend: DbBackend, files: &[&str], seed: u64) -> Self {
        let texts = files.iter().flat_map(|file| statements(file));
        Self {
            backend,
            texts: texts.map(|text| pieces(&text)).collect(),
            // Odd, as zero stays zero, and another one for each seed.
            state: (seed << 1) | 1,
        }
    }

    /// A number below a limit (xorshift).
    fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 16).unwrap_or_default() % limit.max(1)
    }

    fn one_of<'t>(&mut self, choices: &[&'t str]) -> &'t str {
        choices[self.below(choices.len())]
    }

    fn text(&mut self) -> Vec<String> {
        let number = self.below(self.texts.len());
        self.texts[number].clone()
    }

    pub(super) fn next(&mut self) -> String {
        let mut text = self.text();
        for _ in 0..1 + self.below(3) {
            self.change(&mut text);
        }
        text.concat()
    }

    fn change(&mut self, text: &mut Vec<String>) {
        let at = self.below(text.len());
        match self.below(10) {
            0 | 1 => self.rename(text),
            2 => self.replace_query(text),
            3 => {
                let other = self.text();
                let from = self.below(other.len());
                text.truncate(at);
                text.extend(other.into_iter().skip(from));
            }
            4 => {
                let other = self.text();
                let piece = other[self.below(other.len())].clone();
                text.insert(at, format!(" {piece} "));
            }
            5 => drop((text.len() > 1).then(|| text.remove(at))),
            6 => {
                let gap = match self.backend == DbBackend::MySql && self.below(2) == 0 {
                    true => self.one_of(&GAPS_OF_MYSQL),
                    false => self.one_of(&GAPS),
                };
                text.insert(at, gap.to_owned());
            }
            7 => {
                let call = self.one_of(&EFFECTS);
                text[at] = format!(" {call} ");
            }
            8 => {
                let (alias, name) = (self.text(), self.one_of(&NAMES));
                let word = alias[self.below(alias.len())].clone();
                text.insert(at, format!(" {word}, {name} "));
            }
            _ => {
                let name = self.one_of(&NAMES);
                text.insert(at, format!(" JOIN {name} ON true "));
            }
        }
    }

    fn rename(&mut self, text: &mut [String]) {
        let places: Vec<usize> = (0..text.len())
            .filter(|at| ["report", "ledger", "cake", "fruit"].contains(&text[*at].as_str()))
            .collect();
        if !places.is_empty() {
            let place = places[self.below(places.len())];
            text[place] = self.one_of(&NAMES).to_owned();
        }
    }

    /// A whole text in the parentheses of another.
    fn replace_query(&mut self, text: &mut Vec<String>) {
        let inner = self.text().concat();
        let opens: Vec<usize> = (0..text.len()).filter(|at| text[*at] == "(").collect();
        if opens.is_empty() {
            text.push(format!(" WHERE EXISTS ({inner})"));
            return;
        }
        let open = opens[self.below(opens.len())];
        let mut depth = 0usize;
        let close = (open..text.len()).find(|at| {
            match text[*at].as_str() {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        if let Some(close) = close {
            text.splice(open..=close, [format!("({inner})")]);
        }
    }
}

/// Words, quoted texts, gaps and symbols.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut quote = None;
    let mut was_word = false;
    for character in text.chars() {
        let is_word = character.is_alphanumeric() || character == '_';
        let joins = quote.is_some() || is_word && was_word;
        match pieces.last_mut() {
            Some(last) if joins => last.push(character),
            _ => pieces.push(character.to_string()),
        }
        quote = match quote {
            Some(open) if open == character => None,
            None if "'\"`".contains(character) => Some(character),
            other => other,
        };
        was_word = is_word;
    }
    pieces
}
