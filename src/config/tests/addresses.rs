use crate::config::{BindConfig, BindsConfig, DatabaseUrl};

#[test]
fn urls_are_shown_without_their_secrets() {
    let cases = [
        (
            "postgres://app:s3cret@db:5433/app",
            "postgres://app:***@db:5433/app",
        ),
        ("postgres://app:@db/app", "postgres://app@db/app"),
        (
            "postgres://app@db/app?sslmode=require",
            "postgres://app@db/app?sslmode=require",
        ),
        ("postgres://:s3cret@db/app", "postgres://:***@db/app"),
        ("postgres://app%3As3cret@db/app", "postgres://***@db/app"),
        (
            "postgres://app:p@s3cret@db/app",
            "postgres://app:***@db/app",
        ),
        (
            "postgres://db/app?user=app&password=s3cret",
            "postgres://db/app?user=***&password=***",
        ),
        (
            "postgres://db/app?options=-c%20x=s3cret",
            "postgres://db/app?options=***",
        ),
        ("postgres://db/app?s3cret", "postgres://db/app?***"),
        ("postgres://app:1/s3cret@db/app", "postgres:***"),
        ("postgres://app:1#s3cret@db/app", "postgres:***"),
        ("postgres://app:1?s3cret&x=y@db/app", "postgres:***"),
        ("mysql://app:s3cret@[::1]/app", "mysql://app:***@[::1]/app"),
        (
            "sqlite://data/app.db?mode=ro&key=s3cret",
            "sqlite://data/app.db?mode=ro&***",
        ),
        ("sqlite:///srv/app.db", "sqlite:///srv/app.db"),
        ("sqlite:data/app.db", "sqlite:data/app.db"),
        ("sqlite::memory:", "sqlite::memory:"),
        ("oracle://app:s3cret@db", "(not a database URL)"),
        ("app:s3cret@db", "(not a database URL)"),
        ("postgres://app:s3cret", "(not a database URL)"),
        ("s3cret", "(not a database URL)"),
        ("", "(not a database URL)"),
    ];
    for (url, expected) in cases {
        let url = DatabaseUrl::from(url);
        assert_eq!(url.to_string(), expected);
        assert_eq!(format!("{url:?}"), format!("DatabaseUrl({expected})"));
    }
}

#[test]
fn faults_of_urls_are_told_apart_without_the_url() {
    let cases = [
        ("", "an empty URL"),
        ("  ", "an empty URL"),
        ("s3cret", "a URL without a known scheme"),
        ("s3cret:word", "a URL without a known scheme"),
        ("s3cret:word@db/app", "a URL without a known scheme"),
        ("://db", "a URL without a known scheme"),
        ("jdbc:postgresql://db/app", "a URL without a known scheme"),
        ("oracle://db", "scheme `oracle`"),
        ("POSTGRES://db", "scheme `POSTGRES`"),
        ("postgres:s3cret@db/app", "a URL that can't be parsed"),
        ("postgres://app:s3cret", "a URL that can't be parsed"),
        ("mysql://app:s3/cret@db", "a URL that can't be parsed"),
        ("sqlite:", "a SQLite URL without a path"),
        ("sqlite://?mode=rwc", "a SQLite URL without a path"),
        (
            "sqlite://a.db\n",
            "a URL with white space around it or control characters in it",
        ),
        (
            " sqlite://a.db",
            "a URL with white space around it or control characters in it",
        ),
        (
            "postgres://d\tb/app",
            "a URL with white space around it or control characters in it",
        ),
    ];
    for (url, expected) in cases {
        let fault = DatabaseUrl::from(url).scheme().unwrap_err();
        assert_eq!(fault.to_string(), expected, "{url}");
        assert_eq!(DatabaseUrl::from(url).backend(), None);
    }
}

#[test]
fn databases_in_memory_are_recognised() {
    let cases = [
        ("sqlite::memory:", true),
        ("sqlite://:memory:", true),
        ("sqlite://:memory:?cache=shared", true),
        ("sqlite::memory:?cache=shared", true),
        ("sqlite://shared?mode=memory&cache=shared", true),
        ("sqlite:x.db?cache=private&mode=memory", true),
        ("sqlite://x.db?mode=rwc", false),
        ("sqlite://memory", false),
        ("postgres://db/app?mode=memory", false),
    ];
    for (url, expected) in cases {
        assert_eq!(DatabaseUrl::from(url).is_in_memory(), expected, "{url}");
    }
}

#[test]
fn a_password_that_became_the_path_is_refused() {
    for url in [
        "postgres://app:12/s3cret@db/app",
        "mysql://app:12/s3cret@db/app",
        "postgres://app:12#s3cret@db/app",
        "postgres://app:p@ss/s3cret@db/app",
        "postgres://app:12?s3cret@db/app",
        "postgres://app:12?host=s3cret@db/app",
        "mariadb://app:12@34/s3cret@db/app",
    ] {
        let config = BindsConfig::new().bind(BindConfig::new("default", url));
        let error = config.validate().unwrap_err();
        let expected = "binds.default.master.url: found a URL with `@` behind its host, expected a URL with user name and password percent-encoded, such as `postgres://user@host/database`";
        assert_eq!(error.problems()[0].to_string(), expected, "{url}");
    }
    for (url, found) in [
        ("postgres://app:12#s3cret", "a URL with `#` behind its host"),
        (
            "mysql://app:%ff@db/app",
            "a URL whose user name or password is no text when decoded",
        ),
        (
            "sqlite://app:s3cret@db/app",
            "a SQLite URL with a user name, password or port",
        ),
        (
            "sqlite://app:12/s3cret@db/app",
            "a SQLite URL with a user name, password or port",
        ),
        (
            "sqlite:app:s3cret@db/app",
            "a SQLite URL with a user name, password or port",
        ),
    ] {
        let config = BindsConfig::new().bind(BindConfig::new("default", url));
        let error = config.validate().unwrap_err();
        assert_eq!(error.problems()[0].found, found, "{url}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
    for url in [
        "sqlite://data@home/app.db",
        "sqlite:///srv/a:b/c@d.db",
        "postgres://app:p@ss@db/app",
        "postgres://app:[p w`\\^|<>{}\"!$&'()*+,;=:%zz]@db/app",
        "postgres://app:12%2Fs3cret@db/app%40home",
    ] {
        let config = BindsConfig::new().bind(BindConfig::new("default", url));
        assert_eq!(config.validate(), Ok(()), "{url}");
    }
}
