use std::fs;

use crate::sample::{Sample, ended, file};

#[tokio::test]
async fn unknown_bind_names_the_known_ones() {
    let sample = Sample::sqlite();
    for arguments in [["--bind", "cakes", "up"], ["status", "--bind", "cakes"]] {
        let ended = sample.run(&arguments).await;
        ended.failed(
            2,
            &["unknown bind `cakes`; binds with migrations are `default`, `reports`"],
        );
    }
    // A node is not a bind: migrations run on masters.
    let ended = sample.run(&["--bind", "reports.slave-1", "up"]).await;
    ended.failed(
        2,
        &["unknown bind `reports.slave-1`; binds with migrations are `default`, `reports`"],
    );
    assert!(!sample.path("app.db").exists(), "nothing was connected");
}

#[tokio::test]
async fn arguments_that_contradict_or_make_no_sense_are_usage_errors() {
    let sample = Sample::sqlite();
    let cases: [(&[&str], &str); 5] = [
        (&["--all", "--bind", "default", "up"], "cannot be used with"),
        (&["sideways"], "unrecognized subcommand 'sideways'"),
        (
            &["up", "-n", "many"],
            "invalid value 'many' for '--num <NUM>'",
        ),
        (&["--wait-for-slaves=0", "up"], "invalid value '0'"),
        (&["--bind"], "a value is required"),
    ];
    for (arguments, complaint) in cases {
        let ended = sample.run(arguments).await;
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
        assert!(
            ended.errors.contains(complaint),
            "{arguments:?}: {}",
            ended.errors
        );
    }
    assert!(!sample.path("app.db").exists());
}

#[tokio::test]
async fn help_explains_what_is_the_default() {
    let ended = Sample::sqlite().run(&["--help"]).await;
    assert_eq!(ended.code, Some(0));
    for part in [
        "it is `default`",
        "--wait-for-slaves[=<SECONDS>]",
        "BINDS_YAML",
        "Exit codes: 0 done, 1 failed, 2 wrong usage",
    ] {
        assert!(ended.output.contains(part), "{part}: {}", ended.output);
    }
    for command in ["fresh", "refresh", "reset", "status", "up", "down"] {
        assert!(
            ended.output.contains(&format!("\n  {command} ")),
            "{}",
            ended.output
        );
    }
}

#[tokio::test]
async fn configuration_is_found_by_argument_variable_or_dot_env() {
    let sample = Sample::sqlite();
    fs::create_dir(sample.path("etc")).unwrap();
    fs::rename(sample.path("binds.yaml"), sample.path("etc/b.yaml")).unwrap();

    let lost = sample.run(&["--all", "status"]).await;
    assert_eq!(lost.code, Some(1));
    assert!(
        lost.errors.starts_with("binds.yaml: 1 problem\n"),
        "{}",
        lost.errors
    );
    assert!(lost.errors.contains("no such file"), "{}", lost.errors);

    let ended_by_argument = sample.run(&["--config", "etc/b.yaml", "--all", "up"]).await;
    assert_eq!(ended_by_argument.code, Some(0), "{ended_by_argument:?}");

    let mut by_variable = sample.command(&["--bind=reports", "status"]);
    by_variable.env("BINDS_YAML", "etc/b.yaml");
    let state = "Migration 'm20261122_000001_create_report'... Applied";
    assert!(ended(by_variable).await.output.contains(state));

    fs::write(sample.path(".env"), "BINDS_YAML=etc/b.yaml\n").unwrap();
    assert!(
        sample
            .run(&["--bind=reports", "status"])
            .await
            .output
            .contains(state)
    );
}

#[tokio::test]
async fn broken_dot_env_is_named_and_not_shown() {
    let sample = Sample::sqlite();
    fs::write(
        sample.path(".env"),
        "DATABASE_URL postgres://app:sesame@host/app\n",
    )
    .unwrap();
    let ended = sample.run(&["--all", "up"]).await;
    let line = format!(
        "`{}`: line 1 is not `NAME=value`",
        sample.path(".env").display()
    );
    ended.failed(1, &[&line]);
}

#[tokio::test]
async fn password_is_never_printed() {
    for url in ["postgres", "mysql"].map(|scheme| format!("{scheme}://app:sesame@127.0.0.1:1/app"))
    {
        let sample = Sample::new(&[url], &file("reports"));
        for arguments in [["--all", "up"].as_slice(), &["--all", "-v", "up"]] {
            let ended = sample.run(arguments).await;
            assert_eq!(ended.code, Some(1), "{ended:?}");
            assert!(
                ended
                    .errors
                    .starts_with("node `default.master` can't be connected: "),
                "{}",
                ended.errors
            );
            assert!(!format!("{ended:?}").contains("sesame"), "{ended:?}");
        }
    }
}
