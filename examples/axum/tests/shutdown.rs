//! The program itself: it starts on what its environment says, serves, and ends in order.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where its fixture can't be made"
)]

use std::{
    path::Path,
    process::{Output, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    time::timeout,
};

const SOON: Duration = Duration::from_secs(30);

fn program(directory: &Path) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_axum-example"));
    program
        .current_dir(directory)
        .env_remove("RUST_LOG")
        .env("LISTEN", "127.0.0.1:0")
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    program
}

#[tokio::test]
async fn program_serves_from_an_empty_directory_and_closes_at_ctrl_c_and_sigterm() {
    let directory = tempfile::tempdir().unwrap();
    for (expected, signal) in [("There are no posts yet.", "INT"), ("Bread", "TERM")] {
        let mut process = program(directory.path()).spawn().unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = timeout(SOON, async {
            loop {
                let line = log.next_line().await.unwrap().unwrap();
                if let Some((_, address)) = line.split_once("listening on ") {
                    return address.to_owned();
                }
            }
        });
        let address = address.await.unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let list = client.get(&address).send().await.unwrap();
        let list = list.text().await.unwrap();
        assert!(list.contains(expected), "{list}");
        let form = [("title", "Bread"), ("text", "Flour")];
        let request = client.post(format!("{address}/posts")).form(&form);
        let page = request.send().await.unwrap().text().await.unwrap();
        assert!(page.contains("default.master"), "{page}");

        let interrupt = Command::new("/bin/sh")
            .args(["-c", r#"kill -s "$1" "$2""#, "sh", signal])
            .arg(process.id().unwrap().to_string())
            .status();
        assert!(interrupt.await.unwrap().success());
        let ended = timeout(SOON, process.wait()).await.unwrap().unwrap();
        assert!(ended.success(), "{ended}");
        let mut last = String::new();
        while let Some(line) = log.next_line().await.unwrap() {
            last = line;
        }
        assert!(last.ends_with("closed"), "{last}");
    }
    assert!(directory.path().join("data/audit.db").is_file());
}

#[tokio::test]
async fn program_that_can_not_start_says_why_without_passwords() {
    let directory = tempfile::tempdir().unwrap();
    let url = "postgres://blog:s3cret@127.0.0.1:1/blog";
    let ended = program(directory.path())
        .env("DATABASE_URL", url)
        .env("SLAVE_1_URL", url)
        .env("SLAVE_2_URL", url)
        .output();
    let Output { status, stderr, .. } = timeout(SOON, ended).await.unwrap().unwrap();
    let log = String::from_utf8_lossy(&stderr);
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("the databases can't be opened: "), "{log}");
    assert!(
        log.contains("node `default.master` can't be connected"),
        "{log}"
    );
    assert!(!log.contains("s3cret"), "{log}");
}
