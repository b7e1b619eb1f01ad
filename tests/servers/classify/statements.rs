use std::fs;

/// The statements of a file of `tests/classify`: records between empty lines. A line that begins with `# ` is for the reader,
/// a case's header stands before its statement, and `{NUL}` and `{BOM}` stand for what an editor would not show.
pub(super) fn statements(file: &str) -> Vec<String> {
    let path = format!("{}/tests/classify/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap();
    match file.ends_with(".cases") {
        true => of_records(&text, true),
        false => records(&text),
    }
}

/// Those of a text in which none has a header.
pub(super) fn records(text: &str) -> Vec<String> {
    of_records(text, false)
}

fn of_records(text: &str, has_header: bool) -> Vec<String> {
    let records = text.split("\n\n").filter_map(|record| {
        let mut lines = record.trim_matches('\n').lines().peekable();
        while lines.next_if(|line| line.starts_with("# ")).is_some() {}
        if has_header {
            lines.next();
        }
        let sql = lines.collect::<Vec<_>>().join("\n");
        let sql = sql.replace("{NUL}", "\0").replace("{BOM}", "\u{feff}");
        (!sql.is_empty()).then_some(sql)
    });
    records.collect()
}

/// The statements of a set-up, one a line.
pub(super) fn set_up(file: &str) -> Vec<String> {
    let path = format!("{}/tests/classify/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap();
    text.lines().map(str::to_owned).collect()
}
