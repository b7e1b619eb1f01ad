//! A mistake with `#[derive(BindKey)]` is one compile error, on the offending token.

use std::fs;

#[test]
fn each_mistake_is_an_error_on_the_offending_token() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}

#[test]
fn each_mistake_is_a_single_error() {
    for file in fs::read_dir("tests/ui").unwrap() {
        let path = file.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "stderr")
        {
            let output = fs::read_to_string(&path).unwrap();
            let errors = output.lines().filter(|line| line.starts_with("error"));
            assert_eq!(errors.count(), 1, "{}:\n{output}", path.display());
        }
    }
}
