use std::{collections::HashMap, env, fs, path::PathBuf, process::Command};

/// The arguments of this program for a run, but for the number of its statements.
pub(crate) type Run = Vec<String>;

/// Statements of the run that is subtracted: start, end and what comes once are in both.
const FEW: u64 = 200;

/// What one more statement costs.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cost {
    /// Without those inside `memcpy` and `memmove`, of which there is one for each byte if they use `rep movsb`.
    pub(crate) instructions: f64,
    /// Moved by `memcpy` and `memmove`; what the compiler moves without them is in the instructions.
    pub(crate) bytes: f64,
    pub(crate) allocations: f64,
}

impl Cost {
    pub(crate) fn over(self, bare: Self) -> Self {
        Self {
            instructions: self.instructions - bare.instructions,
            bytes: self.bytes - bare.bytes,
            allocations: self.allocations - bare.allocations,
        }
    }
}

/// Instructions of a function.
#[derive(Clone, Copy, Default)]
pub(crate) struct Calls {
    pub(crate) own: f64,
    /// With those of all that it calls.
    pub(crate) inclusive: f64,
}

/// What one more statement of `run` costs.
pub(crate) fn cost(run: &Run, statements: u64) -> Cost {
    let instructions = functions(run, statements)
        .iter()
        .filter(|(name, _)| !is_move(name))
        .map(|(_, calls)| calls.own)
        .sum();
    Cost {
        instructions,
        bytes: per_statement(statements, |count| dhat("copy", run, count).0),
        allocations: per_statement(statements, |count| dhat("heap", run, count).1),
    }
}

/// Instructions of one more statement, by function.
pub(crate) fn functions(run: &Run, statements: u64) -> HashMap<String, Calls> {
    let few = callgrind(run, FEW);
    let mut many = callgrind(run, FEW + statements);
    for (name, calls) in &mut many {
        let before = few.get(name).copied().unwrap_or_default();
        calls.own = (calls.own - before.own) / statements as f64;
        calls.inclusive = (calls.inclusive - before.inclusive) / statements as f64;
    }
    many
}

pub(crate) fn is_move(function: &str) -> bool {
    function.contains("memcpy") || function.contains("memmove")
}

fn per_statement(statements: u64, count: impl Fn(u64) -> f64) -> f64 {
    (count(FEW + statements) - count(FEW)) / statements as f64
}

fn callgrind(run: &Run, statements: u64) -> HashMap<String, Calls> {
    let options = [
        "--tool=callgrind",
        "--dump-line=no",
        "--compress-strings=no",
    ];
    let file = under_valgrind(&options, "--callgrind-out-file", run, statements).1;
    let text = fs::read_to_string(&file).expect("callgrind has written its file");
    fs::remove_file(file).expect("its file is ours");
    by_function(&text)
}

/// Reads callgrind's format: lines of a function's own costs, and each call's inclusive cost behind a line `calls=`.
fn by_function(text: &str) -> HashMap<String, Calls> {
    let mut functions: HashMap<String, Calls> = HashMap::new();
    let (mut name, mut is_call) = (String::new(), false);
    for line in text.lines() {
        if let Some(function) = line.strip_prefix("fn=") {
            name = function.to_owned();
        } else if line.starts_with("calls=") {
            is_call = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit()) {
            let cost = line
                .split(' ')
                .nth(1)
                .and_then(|cost| cost.parse::<f64>().ok());
            let calls = functions.entry(name.clone()).or_default();
            calls.inclusive += cost.unwrap_or_default();
            if !std::mem::take(&mut is_call) {
                calls.own += cost.unwrap_or_default();
            }
        }
    }
    functions
}

/// Bytes and blocks: of the heap, or copied.
fn dhat(mode: &str, run: &Run, statements: u64) -> (f64, f64) {
    let options = ["--tool=dhat", &format!("--mode={mode}")];
    let (log, file) = under_valgrind(&options, "--dhat-out-file", run, statements);
    fs::remove_file(file).expect("its file is ours");
    let total = log.lines().find_map(|line| line.split_once("Total:"));
    let (_, total) = total.unwrap_or_else(|| panic!("dhat names no total:\n{log}"));
    let number = |word: Option<&str>| {
        let digits = word.map(|word| word.replace(',', ""));
        digits
            .and_then(|digits| digits.parse().ok())
            .expect("dhat writes numbers")
    };
    let mut words = total.split_whitespace();
    (number(words.next()), number(words.nth(2)))
}

/// Runs this program under Valgrind; what it logs, and the file of its figures.
fn under_valgrind(options: &[&str], out: &str, run: &Run, statements: u64) -> (String, PathBuf) {
    let file = env::temp_dir().join(format!("cost.{}.out", std::process::id()));
    let done = Command::new("valgrind")
        .args(options)
        .arg(format!("{out}={}", file.display()))
        .arg(env::current_exe().expect("this program has a path"))
        .args(run)
        .arg(statements.to_string())
        .output()
        .expect("Valgrind is installed: apt-get install valgrind");
    let log = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{options:?} {run:?} failed:\n{log}");
    (log, file)
}
