//! Texts that nobody wrote: what each server did with them, against what the classifier promised. `fuzz/differential`
//! runs them for as long as one likes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sea_orm_routing::classify::{Functions, classify};
use tokio::time::Instant;

use super::{
    generator::Generator,
    mysql_family::{MariaDbWitness, MySqlWitness},
    postgres::PostgresWitness,
    sqlite::SqliteWitness,
    statements::records,
    witness::Witness,
};

/// So many faults are one mistake, of the classifier's or of the witness'.
const ENOUGH: usize = 200;

/// A number of the environment.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Said at once: the end may be far.
fn note(wrong: &mut Vec<String>, faults: impl IntoIterator<Item = String>) {
    for fault in faults {
        println!("{fault}");
        wrong.push(fault);
    }
}

async fn differ<W: Witness>() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = number("FUZZ_SEED").unwrap_or(now.as_secs());
    let end = Instant::now() + Duration::from_secs(number("FUZZ_SECONDS").unwrap_or(60));
    let mut generator = Generator::new(W::BACKEND, &W::FILES, seed);
    let given = std::env::var("FUZZ_TEXTS").ok();
    let mut given = given.map(|path| records(&std::fs::read_to_string(path).unwrap()).into_iter());
    let mut witness = W::open().await;
    let (mut made, mut ran, mut reads) = (0, 0, 0);
    let mut wrong = Vec::new();
    while Instant::now() < end && wrong.len() < ENOUGH {
        let sql = match &mut given {
            None => generator.next(),
            Some(given) => match given.next() {
                Some(sql) => sql,
                None => break,
            },
        };
        made += 1;
        if given.is_none() && !W::may_be_made(&sql) {
            continue;
        }
        if std::env::var_os("FUZZ_SHOW").is_some() {
            println!("{sql:?}");
        }
        let faults = witness.wrong(&sql).await;
        if given.is_some() {
            let class = classify(W::BACKEND, &sql, &Functions::builtin());
            let named = W::named(&class);
            let access = if class.is_read() { "read" } else { "write" };
            println!("{access} {named:?} {:?}: {sql:?}", faults.as_ref().err());
        }
        if let Ok(faults) = faults {
            ran += 1;
            // MySQL does not open what a `WITH` clause names that nobody uses.
            let is_unused = |fault: &String| {
                fault.starts_with("does not") && sql.to_ascii_lowercase().contains("with")
            };
            let faults = faults.into_iter().filter(|fault| !is_unused(fault));
            note(&mut wrong, faults.map(|fault| format!("{fault}: {sql:?}")));
            let class = classify(W::BACKEND, &sql, &Functions::builtin());
            if (class.is_read() || class.asks_server())
                && let Ok(remains) = witness.remains(&sql).await
            {
                reads += 1;
                let remains = remains.map(|what| format!("leaves {what}: {sql:?}"));
                note(&mut wrong, remains);
            }
        }
    }
    let server = W::SERVER;
    println!("{server}: seed {seed}, {made} texts, of which it ran {ran}; {reads} were reads");
    assert!(
        wrong.is_empty(),
        "{server}, seed {seed}:\n{}",
        wrong.join("\n")
    );
}

#[tokio::test]
#[ignore = "runs for as long as FUZZ_SECONDS says: fuzz/differential"]
async fn differential_postgres() {
    differ::<PostgresWitness>().await;
}

#[tokio::test]
#[ignore = "runs for as long as FUZZ_SECONDS says: fuzz/differential"]
async fn differential_mariadb() {
    differ::<MariaDbWitness>().await;
}

#[tokio::test]
#[ignore = "runs for as long as FUZZ_SECONDS says: fuzz/differential"]
async fn differential_mysql() {
    differ::<MySqlWitness>().await;
}

#[tokio::test]
#[ignore = "runs for as long as FUZZ_SECONDS says: fuzz/differential"]
async fn differential_sqlite() {
    differ::<SqliteWitness>().await;
}
