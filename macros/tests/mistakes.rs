//! A mistake with `#[derive(BindKey)]` is one compile error, on the offending token.

use std::{fs, path::Path};

const CASES: &str = "tests/ui";

/// `error: …` or `error[E…]: …`.
fn is_error(line: &&str) -> bool {
    line.starts_with("error")
}

#[test]
fn each_mistake_is_a_single_error_on_the_offending_token() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail(format!("{CASES}/*.rs"));
    // Runs them, and panics where the compiler's words are not those of the file: from here on they are the same.
    drop(cases);
    let sources = fs::read_dir(CASES)
        .unwrap()
        .map(|file| file.unwrap().path());
    let mut checked = 0;
    for source in sources.filter(|path| has_extension(path, "rs")) {
        let said = source.with_extension("stderr");
        let said =
            fs::read_to_string(&said).unwrap_or_else(|error| panic!("{}: {error}", said.display()));
        let errors = said.lines().filter(is_error);
        assert_eq!(errors.count(), 1, "{}:\n{said}", source.display());
        checked += 1;
    }
    assert!(checked > 20, "{checked} mistakes");
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}
