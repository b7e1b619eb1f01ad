//! Any text, in any dialect: the classifier ends without a panic, and says the same of the same text with a
//! trace comment around it. Seeds: `fuzz/seed` makes them of the case tables. Run: `fuzz/run [SECONDS]`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sea_orm::DbBackend;
use sea_orm_routing::{
    __private::key,
    classify::{Functions, classify},
};

fuzz_target!(|input: (u8, &str)| {
    let (dialect, sql) = input;
    let backend = match dialect % 3 {
        0 => DbBackend::Postgres,
        1 => DbBackend::MySql,
        _ => DbBackend::Sqlite,
    };
    let functions = Functions::builtin();
    let class = classify(backend, sql, &functions);
    assert_eq!(class, classify(backend, sql, &functions));

    // What the memo takes for one text must have one class: that of its key.
    for traced in [sql.to_owned(), format!("/* a */ {sql}"), format!("{sql} /* a */"), format!("{sql} -- */")] {
        let cut = key(backend, &traced);
        assert_eq!(classify(backend, &traced, &functions), classify(backend, cut, &functions), "{traced:?}");
    }
    // A write after a statement's end can't be hidden, but in SQLite's comment without an end.
    let open_comment = backend == DbBackend::Sqlite && sql.contains("/*");
    if class.is_read() && !open_comment {
        let followed = format!("{sql}\n; DELETE FROM cake");
        assert!(!classify(backend, &followed, &functions).is_read(), "{followed:?}");
    }
});
