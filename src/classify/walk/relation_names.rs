use sea_orm::DbBackend;

use super::super::Functions;
use super::super::functions::{CallName, RelationArguments};
use super::super::lexer::{Keyword, Reading, SqlText, TokenKind};
use super::{Name, NamedTables};

/// Notes the relations that are named in strings, in any text: `'report'::regclass`, `pg_table_size('report')`, and what a user's
/// function takes whose argument is a `regclass`.
pub(crate) fn note_relation_names(
    text: &SqlText<'_>,
    functions: &Functions,
    tables: &mut NamedTables,
) {
    if text.backend != DbBackend::Postgres {
        return;
    }
    let mut calls: Vec<Call> = Vec::new();
    for at in 0..text.len() {
        match text.kind(at) {
            Some(TokenKind::Symbol(b'(')) => calls.push(Call::at(text, at, functions)),
            Some(TokenKind::Symbol(b')')) => {
                if let Some(call) = calls.pop() {
                    call.note(tables);
                }
            }
            Some(TokenKind::Symbol(b',')) => {
                if let Some(call) = calls.last_mut() {
                    call.begin_next();
                }
            }
            _ => {}
        }
        // `U&'…'` begins before its string.
        let may_begin = text.is_string(at) || text.is_symbol(at + 1, b'&');
        let is_rest = text.goes_on(at) || text.is_string(at) && text.follows_symbol(at, b'&');
        if !may_begin || is_rest {
            continue;
        }
        let Some((string, end)) = text.string(at) else {
            continue;
        };
        let operand = Operand::around(text, at, end);
        if operand.is_relation {
            note(&string, tables);
        } else if let Some(inside) = calls.len().checked_sub(1 + operand.parentheses)
            && let Some(call) = calls.get_mut(inside)
        {
            call.take(text, &operand, string);
        }
    }
}

/// What stands in open parentheses.
struct Call {
    relations: Option<RelationArguments>,
    argument: usize,
    /// The arguments that are strings.
    strings: Vec<Argument>,
}

struct Argument {
    number: usize,
    /// `relname => 'report'`
    name: Option<String>,
    string: String,
}

impl Call {
    fn at(text: &SqlText<'_>, open: usize, functions: &Functions) -> Self {
        let name = open
            .checked_sub(1)
            .filter(|last| text.is_name(*last))
            .and_then(|_| Name::before(text, open));
        let relations = name.and_then(|name| {
            functions.relation_arguments(&CallName {
                quoted: text.kind(name.end - 1) != Some(TokenKind::Word(Keyword::Other)),
                schema: name.schema,
                name: name.name,
            })
        });
        Self {
            relations,
            argument: 0,
            strings: Vec::new(),
        }
    }

    fn begin_next(&mut self) {
        self.argument += 1;
    }

    /// Takes a string that is all of an argument.
    fn take(&mut self, text: &SqlText<'_>, operand: &Operand, string: String) {
        // By its name, too: `f(a => 'b')`, `f(a := 'b')`.
        let begins_argument = [b'(', b',', b'>', b'=']
            .into_iter()
            .any(|symbol| text.follows_symbol(operand.start, symbol));
        let ends = text.is_symbol(operand.end, b')') || text.is_symbol(operand.end, b',');
        if self.relations.is_some() && ends && begins_argument {
            self.strings.push(Argument {
                number: self.argument,
                name: name_of_argument(text, operand.start),
                string,
            });
        }
    }

    fn note(self, tables: &mut NamedTables) {
        let Some(relations) = self.relations else {
            return;
        };
        for argument in &self.strings {
            if relations.holds(argument.number, self.argument + 1) {
                note(&argument.string, tables);
            }
        }
        if let Some(name) = self.said(relations, "relname", 1) {
            let schema = self.said(relations, "schemaname", 0);
            tables.add_told_name(schema.cloned(), name.clone());
        }
    }

    /// The argument of that name, or of that place.
    fn said(&self, relations: RelationArguments, name: &str, place: usize) -> Option<&String> {
        let is_it = |(at, argument): &(usize, &Argument)| match relations {
            RelationArguments::SchemaAndName => match &argument.name {
                Some(named) => named.eq_ignore_ascii_case(name),
                None => argument.number == place,
            },
            RelationArguments::Pairs => {
                let before = at
                    .checked_sub(1)
                    .and_then(|before| self.strings.get(before));
                before.is_some_and(|before| {
                    let is_pair = before.number + 1 == argument.number && before.number % 2 == 0;
                    is_pair && before.string.eq_ignore_ascii_case(name)
                })
            }
            RelationArguments::At(_) | RelationArguments::BeforeLast(_) => false,
        };
        let mut strings = self.strings.iter().enumerate();
        strings.find(is_it).map(|(_, argument)| &argument.string)
    }
}

/// `name => …`, `name := …`
fn name_of_argument(text: &SqlText<'_>, start: usize) -> Option<String> {
    let is_named = (text.follows_symbol(start, b'>')
        && text.is_symbol(start.wrapping_sub(2), b'='))
        || (text.follows_symbol(start, b'=') && text.is_symbol(start.wrapping_sub(2), b':'));
    let name = start.checked_sub(3).filter(|_| is_named)?;
    text.is_name(name).then(|| text.name(name).into_owned())
}

/// A string with the parentheses and casts around it: `('a'::text)`, `CAST('a' AS text)`.
pub(super) struct Operand {
    pub(super) start: usize,
    pub(super) end: usize,
    /// How many were opened before it, and closed behind it.
    pub(super) parentheses: usize,
    /// Whether one of its casts makes it a relation.
    pub(super) is_relation: bool,
}

impl Operand {
    pub(super) fn around(text: &SqlText<'_>, start: usize, end: usize) -> Self {
        let mut operand = Self {
            start,
            end,
            parentheses: 0,
            is_relation: false,
        };
        operand.take_type_before(text);
        while operand.widen(text) {}
        operand
    }

    /// `regclass 'a'`
    fn take_type_before(&mut self, text: &SqlText<'_>) {
        let last = self.start.wrapping_sub(1);
        if text.is_name(last)
            && text.kind(last) != Some(TokenKind::Word(Keyword::As))
            && let Some(name) = Name::before(text, self.start).filter(is_relation_type)
        {
            self.start = name.start;
            self.is_relation = true;
        }
    }

    fn widen(&mut self, text: &SqlText<'_>) -> bool {
        if text.is_symbol(self.end, b':') && text.is_symbol(self.end + 1, b':') {
            return self.take_type(text, self.end + 2);
        }
        if !text.follows_symbol(self.start, b'(') {
            return false;
        }
        let open = self.start - 1;
        let casts = text.is_raw(open.wrapping_sub(1), "CAST");
        if casts && text.is(self.end, Keyword::As) && !self.take_type(text, self.end + 1) {
            return false;
        }
        if !text.is_symbol(self.end, b')') {
            return false;
        }
        let name = (open.checked_sub(1))
            .filter(|last| text.keyword(*last) == Some(Keyword::Other) || text.is_name(*last))
            .and_then(|_| Name::before(text, open));
        match name {
            _ if casts => self.start = open - 1,
            // A type is a function, too.
            Some(name) if is_relation_type(&name) => {
                self.start = name.start;
                self.is_relation = true;
            }
            Some(name)
                if text
                    .keyword(name.end - 1)
                    .is_none_or(|word| word == Keyword::Other) =>
            {
                return false;
            }
            _ => self.start = open,
        }
        self.end += 1;
        self.parentheses += 1;
        true
    }

    fn take_type(&mut self, text: &SqlText<'_>, at: usize) -> bool {
        // Each string begins an operand of its own: none is a type's name.
        let Some(name) = Name::at(text, at).filter(|_| text.is_name(at)) else {
            return false;
        };
        self.is_relation |= is_relation_type(&name);
        self.end = name.end;
        true
    }
}

/// Tables are types as well: `'report'::regtype`.
fn is_relation_type(name: &Name<'_>) -> bool {
    matches!(name.name.as_ref(), "regclass" | "regtype")
        && name.schema.as_deref().is_none_or(|of| of == "pg_catalog")
}

/// A name in a string follows the rules of a name in SQL: `'app."Report"'`.
fn note(string: &str, tables: &mut NamedTables) {
    let inner = SqlText::read(DbBackend::Postgres, string, Reading::default());
    if let Some(name) = Name::at(&inner, 0).filter(|name| name.end == inner.len()) {
        tables.add_told_perhaps(&name);
    }
}
