use proptest::prelude::*;

use super::report::read;
use crate::config::{BindConfig, BindsConfig, NodeConfig};

/// A password that no message may hold, in places where one may end up.
#[test]
fn no_error_holds_a_password() {
    let cases = [
        // In a URL with another problem.
        "binds: {default: 'oracle://app:s3cret@db/app'}",
        "binds: {default: 'postgres:app:s3cret@db/app'}",
        "binds: {default: 'postgres://app:s3cret'}",
        "binds: {default: 'app:s3cret@db/app'}",
        "binds: {default: s3cret}",
        "binds: {default: 's3cret://x'}",
        "binds: {default: {master: 'postgres://app:s3cret@db/app', slaves: ['mysql://app:s3cret@db/app']}}",
        "binds: {default: {master: 'sqlite://a.db', slaves: ['sqlite://b.db?mode=memory&key=s3cret']}}",
        "binds: {default: 'oracle://db/app?password=s3cret'}",
        "binds: {default: 'postgres://app:s3cret@db/app\t'}",
        // Where something else was expected.
        "binds: 'postgres://app:s3cret@db/app'",
        "binds: ['postgres://app:s3cret@db/app']",
        "binds: {default: ['postgres://app:s3cret@db/app']}",
        "binds: {default: {master: ['postgres://app:s3cret@db/app']}}",
        "binds: {default: {master: 'sqlite://a.db', slaves: 'postgres://app:s3cret@db/app'}}",
        "binds: {default: {master: 'sqlite://a.db', tables: 'postgres://app:s3cret@db/app'}}",
        "binds: {default: {master: 'sqlite://a.db', pool: 'postgres://app:s3cret@db/app'}}",
        "binds: {default: {master: 'sqlite://a.db', balance: 'postgres://app:s3cret@db/app'}}",
        "'postgres://app:s3cret@db/app'",
        "routing: {seed: 'app:s3cret', echo: 'pw=s3cret'}",
        "pool: {max_connections: '${X:-a@s3cret}'}",
        // As a key, or under one that is unknown.
        "binds: {default: {postgres://app:s3cret@db/app}}",
        "binds: {default: {master: {postgres://app:s3cret@db/app}}}",
        "binds: {default: 'sqlite://a.db', 'postgres://app:s3cret@db/app': x}",
        "binds: {default: 'sqlite://a.db', 'postgres://app:s3cret@db/app'}",
        "binds: {default: {master: 'sqlite://a.db', slaves: {'postgres://app:s3cret@db/app': x}}}",
        "binds: {default: {master: 'sqlite://a.db', password: s3cret}}",
        "password: s3cret",
        "{postgres://app:s3cret@db/app}",
        "? {s3cret: s3cret}\n: s3cret",
        // Twice.
        "binds: {default: {master: 'sqlite://a.db', tables: ['x:s3cret', 'x:s3cret']}}",
        "binds: {default: {master: 'sqlite://a.db', master: 'postgres://app:s3cret@db/app'}}",
        // In a variable, or in what stands around one.
        "binds: {default: '${SECRET}'}",
        "binds: {default: 'postgres://app:${SECRET}@db:x/app'}",
        "binds: {default: 'postgres://app:s3cret@${UNSET}/app'}",
        "binds: {default: 'postgres://app:s3cret${@db/app'}",
        "binds: {default: 'postgres://app:${s3cret@db/app}'}",
        "binds: {default: 'postgres://app:${UNSET:-s3cret}@db:x'}",
        "binds: {default: {master: 'sqlite://a.db', tables: ['${SECRET}', '${SECRET}', 's3cre${T:-t}']}}",
        "pool: {max_connections: '${SECRET}', idle_timeout: '${SECRET}', statement_log: '${SECRET}'}",
        "routing: {balance: '${SECRET}', seed: '${SECRET}', echo: '${SECRET}'}",
        // In what is no YAML.
        "binds: {default: postgres://app:s3cret@db/app",
        "binds: \"postgres://app:s3cret@db/app",
        "binds: postgres://app: s3cret@db/app",
        "binds: @s3cret",
        "binds: *s3cret",
        "binds: !s3cret x",
        "binds: !!int s3cret",
        "binds: &s3cret",
        "binds: \"\\s3cret\"",
        "binds: s3cret\ns3cret",
        "binds: {}\n--- s3cret",
        "%s3cret\nbinds: {}",
        "binds:\n\t- s3cret\n  - s3cret: [",
    ];
    for text in cases {
        let error = read(text, &[("SECRET", "s3cret")]).expect_err(text);
        let shown = format!("{error}\n{error:?}\n{error:#?}");
        assert!(!shown.contains("s3cret"), "{text}\n{shown}");
    }
}

#[test]
fn no_debug_output_holds_a_password() {
    let config = BindsConfig::new().bind(
        BindConfig::new("default", "postgres://app:s3cret@db/app?password=s3cret")
            .slave(NodeConfig::new("slave-1", "oracle://app:s3cret@db/app"))
            .slave(NodeConfig::new("slave-2", "s3cret")),
    );
    let shown = format!("{config:?}\n{config:#?}\n{:?}", config.validate());
    assert!(
        shown.contains("postgres://app:***@db/app?password=***"),
        "{shown}"
    );
    assert!(!shown.contains("s3cret"), "{shown}");
}

/// A secret of letters, digits and all that has a meaning in an address; never a part of what messages say by themselves.
fn secret() -> impl Strategy<Value = String> {
    "[a-z0-9/?#@:&=%+ \\[\\]\\\\;,.!$'\"<>{}|^`~*()_-]{0,6}"
        .prop_map(|text| format!("Zq7{text}xK9"))
}

/// What is left of the secret when an address is cut at the characters that have a meaning.
fn parts(secret: &str) -> [&str; 2] {
    [&secret[..3], &secret[secret.len() - 3..]]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Wherever an unescaped secret stands in an address, no message, `Debug` or URL for a log has the beginning or the end
    /// of it.
    #[test]
    fn no_text_holds_a_part_of_a_password(
        secret in secret(),
        scheme in prop::sample::select(vec!["postgres", "postgresql", "mysql", "mariadb", "sqlite", "oracle"]),
        place in 0..9_usize,
        digits in "[0-9]{0,4}",
    ) {
        let url = match place {
            0 => format!("{scheme}://app:{secret}@db/app"),
            1 => format!("{scheme}://app:{digits}/{secret}@db/app"),
            2 => format!("{scheme}://app:{digits}#{secret}@db/app"),
            3 => format!("{scheme}://app:{digits}?{secret}@db/app"),
            4 => format!("{scheme}://db/app?password={digits}{secret}"),
            5 => format!("{scheme}://db/app?password={digits}&{secret}"),
            6 => format!("{scheme}://db/app?sslpassword={secret}&host=x"),
            7 => format!("{scheme}://app:{digits}@{secret}@db:5432/app"),
            _ => format!("{scheme}:app:{secret}@db/app"),
        };
        let config = BindsConfig::new().bind(BindConfig::new("default", url.as_str()));
        let checked = config.validate();
        let mut shown = format!("{config:?}\n{config:#?}\n{}", config.binds[0].master.url);
        match checked {
            Ok(()) => shown.push_str(&config.binds[0].master.url.without_secrets()),
            Err(error) => shown.push_str(&format!("{error}{error:?}")),
        }
        let yaml = format!("binds: {{default: {}}}", serde_json::to_string(&url).unwrap());
        if let Err(error) = read(&yaml, &[]) {
            shown.push_str(&error.to_string());
        }
        for part in parts(&secret) {
            prop_assert!(!shown.contains(part), "{}\n{}", url, shown);
        }
    }
}
