use super::super::Usage;
use super::super::lexer::Keyword;
use super::super::walk::Name;
use super::Statement;

/// Modules of SQLite whose arguments are the table's own columns, or nothing that names a table.
const OF_COLUMNS: [&str; 6] = ["fts3", "fts4", "fts5", "geopoly", "rtree", "rtree_i32"];

/// Those whose argument is a table, behind its schema or not.
const OF_TABLE: [&str; 2] = ["fts4aux", "fts5vocab"];

impl Statement<'_, '_> {
    /// The tables in the arguments of SQLite's `CREATE VIRTUAL TABLE v USING module (…)`: behind `content =`, or first. Of a
    /// module that is not known, each argument and each value may be one.
    pub(super) fn arguments_of_module(&mut self, from: usize) {
        let Some(module) = self.find(from, Keyword::Using).map(|using| using + 1) else {
            return;
        };
        let open = module + 1;
        let (true, Some(close)) = (self.text.is_symbol(open, b'('), self.text.closing(open)) else {
            return;
        };
        let module = self.text.name(module).to_ascii_lowercase();
        let commas = (open..close)
            .filter(|at| self.text.is_symbol(*at, b','))
            .count();
        let mut arguments = 0;
        for at in open..close {
            let begins = at == open || self.text.is_symbol(at, b',');
            arguments += usize::from(begins);
            let is_value = self.text.is_symbol(at, b'=');
            if !begins && !is_value {
                continue;
            }
            let Some(name) = Name::at(self.text, at + 1).filter(|name| !name.name.is_empty())
            else {
                continue;
            };
            let is_whole = name.end == close || self.text.is_symbol(name.end, b',');
            if OF_COLUMNS.contains(&module.as_str()) {
                if is_value && self.text.is_raw(at - 1, "content") {
                    self.tables.add(&name, Usage::Read);
                }
            } else if OF_TABLE.contains(&module.as_str()) {
                self.table_of_vocabulary(&module, arguments, commas + 1, &name);
            } else if is_whole {
                self.tables.add_perhaps(&name);
            }
        }
    }

    /// `fts5vocab(t, row)`, `fts5vocab(schema, t, row)`, `fts4aux(t)`, `fts4aux(schema, t)`
    fn table_of_vocabulary(&mut self, module: &str, number: usize, count: usize, name: &Name<'_>) {
        let behind = usize::from(module == "fts5vocab");
        if number <= 2 && number + behind == count {
            self.tables.add(name, Usage::Read);
        }
    }
}
