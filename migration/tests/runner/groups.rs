use std::fs;

use crate::sample::Sample;

const REPORTS_TABLES: [&str; 3] = ["report", "report_line", "seaql_migrations"];

/// `reports` is a group of these shards, each at an address.
fn sample(shards: &[(&str, &str)]) -> Sample {
    let sample = Sample::sqlite();
    let lines = shards
        .iter()
        .map(|(name, url)| format!("      {name}: {url}\n"));
    let yaml = format!(
        "binds:\n  default: sqlite://app.db?mode=rwc\n  reports:\n    shards:\n{}",
        lines.collect::<String>()
    );
    fs::write(sample.path("binds.yaml"), yaml).unwrap();
    sample
}

#[tokio::test]
async fn every_shard_is_migrated_and_those_that_fail_are_told() {
    let shards = ["a", "b", "d"].map(|name| (name, format!("sqlite://{name}.db?mode=rwc")));
    let mut shards: Vec<_> = shards
        .iter()
        .map(|(name, url)| (*name, url.as_str()))
        .collect();
    let whole = sample(&shards);
    for _ in 0..2 {
        let ended = whole
            .run(&["--group", "reports", "--limit", "2", "up"])
            .await;
        ended.passed(&["(1 of 3)", "(2 of 3)", "(3 of 3)"]);
        for name in ["a", "b", "d"] {
            assert_eq!(whole.tables(name).await, REPORTS_TABLES);
            ended.passed(&[&format!("Bind 'reports:{name}': up done")]);
        }
    }
    let ended = whole.run(&["--all", "up"]).await;
    ended.passed(&["Bind 'default': up"]);

    // Its server can be opened, and takes no writes.
    let read_only = "sqlite://b.db?mode=ro";
    shards[1].1 = read_only;
    let partly = sample(&shards);
    partly.open("b").await.close().await.unwrap();
    let ended = partly.run(&["--group", "reports", "up"]).await;
    assert_eq!(ended.code, Some(1));
    let errors: Vec<_> = ended.errors.lines().collect();
    assert_eq!(errors[0], "group `reports`: 1 of 3 shards failed");
    assert!(errors[1].starts_with("`reports:b`: "), "{errors:?}");
    for name in ["a", "d"] {
        assert_eq!(partly.tables(name).await, REPORTS_TABLES);
    }
    let ended = partly.run(&["--all", "up"]).await;
    assert_eq!(ended.code, Some(1));
    let told = "done: `default`; not started: none";
    assert!(ended.errors.contains(told), "{}", ended.errors);
}

/// A group may have no shard yet: the others are migrated.
#[tokio::test]
async fn group_of_a_template_alone_keeps_nobody_from_being_migrated() {
    let sample = Sample::sqlite();
    let yaml = "binds:\n  default: sqlite://app.db?mode=rwc\n  reports:\n    template: sqlite://r_{key}.db?mode=rwc\n";
    fs::write(sample.path("binds.yaml"), yaml).unwrap();
    let ended = sample.run(&["--all", "up"]).await;
    let told = "Group 'reports' has no shards in the file";
    ended.passed(&["Bind 'default': up", told]);
    let ended = sample.run(&["--group", "reports", "up"]).await;
    ended.failed(1, &["`reports` is no group with shards in the file"]);
}

#[tokio::test]
async fn what_is_no_group_is_told() {
    let sample = Sample::sqlite();
    let ended = sample.run(&["--group", "reports", "up"]).await;
    ended.failed(1, &["`reports` is no group with shards in the file"]);
    let ended = sample.run(&["--group", "cakes", "up"]).await;
    ended.failed(
        2,
        &["unknown bind `cakes`; binds with migrations are `default`, `reports`"],
    );
}
