use sea_orm::ConnectionTrait;

use crate::sample::Sample;

const BAKERY: &str = "m20261122_000001_create_bakery_and_cake";
const REPORT: &str = "m20261122_000001_create_report";
const APP_TABLES: [&str; 3] = ["bakery", "cake", "seaql_migrations"];
const REPORTS_TABLES: [&str; 3] = ["report", "report_line", "seaql_migrations"];

fn status(bind: &str, migration: &str, state: &str) -> [String; 3] {
    [
        format!("Bind '{bind}': status"),
        "Checking migration status".to_owned(),
        format!("Migration '{migration}'... {state}"),
    ]
}

/// What `status --all` says.
async fn states(sample: &Sample) -> [String; 2] {
    let ended = sample.run(&["--all", "status"]).await;
    let lines: Vec<&str> = ended.output.lines().collect();
    assert_eq!((lines.len(), ended.code), (6, Some(0)), "{ended:?}");
    let state = |from: usize, bind, migration: &str| {
        let state = lines[from + 2].rsplit(' ').next().unwrap();
        assert_eq!(lines[from..from + 3], status(bind, migration, state));
        state.to_owned()
    };
    [state(0, "default", BAKERY), state(3, "reports", REPORT)]
}

#[tokio::test]
async fn up_and_down_of_all_binds_speak_as_seaorm_does() {
    let sample = Sample::sqlite();
    assert_eq!(states(&sample).await, ["Pending", "Pending"]);
    assert_eq!(sample.tables("app").await, [""; 0], "status writes nothing");

    sample.run(&["--all", "up"]).await.said(&[
        "Bind 'default': up",
        "Applying all pending migrations",
        &format!("Applying migration '{BAKERY}'"),
        &format!("Migration '{BAKERY}' has been applied"),
        "Bind 'reports': up",
        "Applying all pending migrations",
        &format!("Applying migration '{REPORT}'"),
        &format!("Migration '{REPORT}' has been applied"),
    ]);
    assert_eq!(sample.tables("app").await, APP_TABLES);
    assert_eq!(sample.tables("reports").await, REPORTS_TABLES);
    assert_eq!(states(&sample).await, ["Applied", "Applied"]);

    sample.run(&["down", "--all"]).await.said(&[
        "Bind 'default': down",
        "Rolling back 1 applied migrations",
        &format!("Rolling back migration '{BAKERY}'"),
        &format!("Migration '{BAKERY}' has been rolled back"),
        "Bind 'reports': down",
        "Rolling back 1 applied migrations",
        &format!("Rolling back migration '{REPORT}'"),
        &format!("Migration '{REPORT}' has been rolled back"),
    ]);
    assert_eq!(sample.tables("app").await, ["seaql_migrations"]);
    assert_eq!(states(&sample).await, ["Pending", "Pending"]);
}

#[tokio::test]
async fn one_bind_is_migrated_alone() {
    let sample = Sample::sqlite();
    sample.run(&["--bind", "reports", "up"]).await.said(&[
        "Bind 'reports': up",
        "Applying all pending migrations",
        &format!("Applying migration '{REPORT}'"),
        &format!("Migration '{REPORT}' has been applied"),
    ]);
    assert_eq!(states(&sample).await, ["Pending", "Applied"]);
    assert_eq!(sample.tables("app").await, [""; 0]);
    sample.run(&["up", "--bind=reports"]).await.said(&[
        "Bind 'reports': up",
        "Applying all pending migrations",
        "No pending migrations",
    ]);
}

#[tokio::test]
async fn neither_bind_nor_all_means_default_and_names_the_others() {
    let sample = Sample::sqlite();
    // No command means `up`, as in SeaORM's runner.
    sample.run(&[]).await.said(&[
        "Bind 'default': up",
        "Applying all pending migrations",
        &format!("Applying migration '{BAKERY}'"),
        &format!("Migration '{BAKERY}' has been applied"),
        "Other binds with migrations: 'reports' (--bind KEY or --all)",
    ]);
    assert_eq!(states(&sample).await, ["Applied", "Pending"]);
}

#[tokio::test]
async fn number_limits_up_and_down() {
    let sample = Sample::sqlite();
    sample
        .run(&["--bind", "default", "up", "-n", "0"])
        .await
        .said(&["Bind 'default': up", "Applying 0 pending migrations"]);
    assert_eq!(sample.tables("app").await, ["seaql_migrations"]);
    sample
        .run(&["--bind", "default", "up", "--num", "1"])
        .await
        .said(&[
            "Bind 'default': up",
            "Applying 1 pending migrations",
            &format!("Applying migration '{BAKERY}'"),
            &format!("Migration '{BAKERY}' has been applied"),
        ]);
    sample
        .run(&["--bind", "default", "down", "-n", "0"])
        .await
        .said(&["Bind 'default': down", "Rolling back 0 applied migrations"]);
    assert_eq!(sample.tables("app").await, APP_TABLES);
    sample
        .run(&["--bind", "default", "down", "--num=7"])
        .await
        .said(&[
            "Bind 'default': down",
            "Rolling back 7 applied migrations",
            &format!("Rolling back migration '{BAKERY}'"),
            &format!("Migration '{BAKERY}' has been rolled back"),
        ]);
    assert_eq!(sample.tables("app").await, ["seaql_migrations"]);
}

#[tokio::test]
async fn refresh_fresh_and_reset_of_all_binds() {
    let sample = Sample::sqlite();
    sample.run(&["--all", "up"]).await;
    sample.run(&["--all", "refresh"]).await.said(&[
        "Bind 'default': refresh",
        "Rolling back all applied migrations",
        &format!("Rolling back migration '{BAKERY}'"),
        &format!("Migration '{BAKERY}' has been rolled back"),
        "Applying all pending migrations",
        &format!("Applying migration '{BAKERY}'"),
        &format!("Migration '{BAKERY}' has been applied"),
        "Bind 'reports': refresh",
        "Rolling back all applied migrations",
        &format!("Rolling back migration '{REPORT}'"),
        &format!("Migration '{REPORT}' has been rolled back"),
        "Applying all pending migrations",
        &format!("Applying migration '{REPORT}'"),
        &format!("Migration '{REPORT}' has been applied"),
    ]);

    let app = sample.open("app").await;
    app.execute_unprepared("CREATE TABLE crumb (id int)")
        .await
        .unwrap();
    app.close().await.unwrap();
    let fresh = sample.run(&["--all", "fresh"]).await;
    assert_eq!((fresh.errors.as_str(), fresh.code), ("", Some(0)));
    for line in [
        "Dropping table 'crumb'",
        "Table 'report_line' has been dropped",
        "Bind 'reports': fresh",
    ] {
        assert!(
            fresh.output.lines().any(|other| other == line),
            "{line}: {}",
            fresh.output
        );
    }
    assert_eq!(sample.tables("app").await, APP_TABLES);
    assert_eq!(sample.tables("reports").await, REPORTS_TABLES);
    assert_eq!(states(&sample).await, ["Applied", "Applied"]);

    sample.run(&["--all", "reset"]).await.said(&[
        "Bind 'default': reset",
        "Rolling back all applied migrations",
        &format!("Rolling back migration '{BAKERY}'"),
        &format!("Migration '{BAKERY}' has been rolled back"),
        "Bind 'reports': reset",
        "Rolling back all applied migrations",
        &format!("Rolling back migration '{REPORT}'"),
        &format!("Migration '{REPORT}' has been rolled back"),
    ]);
    assert_eq!(sample.tables("app").await, [""; 0]);
    assert_eq!(sample.tables("reports").await, [""; 0]);
}

#[tokio::test]
async fn first_failure_stops_and_tells_what_is_done() {
    let sample = Sample::sqlite();
    let reports = sample.open("reports").await;
    reports
        .execute_unprepared("CREATE TABLE report (id int)")
        .await
        .unwrap();
    let ended = sample.run(&["--all", "up"]).await;
    ended.failed(
        1,
        &[
            "bind `reports`: `up` failed on the master: Execution Error: error returned from database: \
             (code: 1) table \"report\" already exists",
            "done: `default`; not started: none",
        ],
    );
    assert_eq!(
        ended.output.lines().last(),
        Some(&*format!("Applying migration '{REPORT}'"))
    );
    assert_eq!(states(&sample).await, ["Applied", "Pending"]);

    // Mended, the same command does the rest.
    reports
        .execute_unprepared("DROP TABLE report")
        .await
        .unwrap();
    reports.close().await.unwrap();
    let ended = sample.run(&["--all", "up"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(states(&sample).await, ["Applied", "Applied"]);
}

#[tokio::test]
async fn failure_of_the_first_bind_leaves_the_second_alone() {
    let sample = Sample::sqlite();
    let app = sample.open("app").await;
    app.execute_unprepared("CREATE TABLE bakery (id int)")
        .await
        .unwrap();
    app.close().await.unwrap();
    let ended = sample.run(&["--all", "up"]).await;
    ended.failed(
        1,
        &[
            "bind `default`: `up` failed on the master: Execution Error: error returned from database: \
             (code: 1) table \"bakery\" already exists",
            "done: none; not started: `reports`",
        ],
    );
    assert!(!ended.output.contains("reports"), "{}", ended.output);
    assert_eq!(sample.tables("reports").await, [""; 0]);
}

#[tokio::test]
async fn waiting_for_slaves_on_the_same_file_ends_at_once() {
    let sample = Sample::sqlite();
    for command in ["up", "status", "refresh", "fresh", "down", "reset"] {
        let ended = sample.run(&["--all", "--wait-for-slaves", command]).await;
        assert_eq!(
            (ended.errors.as_str(), ended.code),
            ("", Some(0)),
            "{command}"
        );
        let waits = |line: &&str| line.contains("slaves");
        assert_eq!(
            ended.output.lines().filter(waits).collect::<Vec<_>>(),
            [
                "Waiting for the slaves of bind 'default'",
                "The slaves of bind 'default' have the change",
                "Waiting for the slaves of bind 'reports'",
                "The slaves of bind 'reports' have the change",
            ],
            "{command}"
        );
    }
}

#[tokio::test]
async fn bind_without_slaves_is_not_waited_for() {
    let single = |name: &str| vec![format!("sqlite://{name}.db?mode=rwc")];
    let sample = Sample::new(&single("app"), &single("reports"));
    let ended = sample
        .run(&["--bind=default", "--wait-for-slaves=1", "up"])
        .await;
    ended.said(&[
        "Bind 'default': up",
        "Applying all pending migrations",
        &format!("Applying migration '{BAKERY}'"),
        &format!("Migration '{BAKERY}' has been applied"),
    ]);
}
