use test_cluster::{MariaDb, MySql, Node, Postgres, Server};

/// How an administrator, and a server by itself, ends sessions.
pub(super) trait Dialect: Server {
    /// The sessions of the application.
    const SESSIONS: &'static str;

    /// Ends the session of a number.
    fn end(session: i64) -> String;

    /// Has idle sessions ended after a second, or no longer.
    fn end_idle(on: bool) -> Vec<&'static str>;

    /// Has sessions ended whose transaction is idle for a second, or no longer; none where the server has no such limit.
    fn end_idle_transactions(on: bool) -> Vec<&'static str>;
}

impl Dialect for Postgres {
    const SESSIONS: &'static str = "SELECT pid::bigint FROM pg_stat_activity WHERE usename = 'app'";

    fn end(session: i64) -> String {
        format!("SELECT pg_terminate_backend({session})")
    }

    fn end_idle(on: bool) -> Vec<&'static str> {
        match on {
            true => vec!["ALTER ROLE app SET idle_session_timeout = '1s'"],
            false => vec!["ALTER ROLE app RESET idle_session_timeout"],
        }
    }

    fn end_idle_transactions(on: bool) -> Vec<&'static str> {
        match on {
            true => vec!["ALTER ROLE app SET idle_in_transaction_session_timeout = '1s'"],
            false => vec!["ALTER ROLE app RESET idle_in_transaction_session_timeout"],
        }
    }
}

/// Of clients that say that they are interactive, too.
fn end_idle_of_mysql(on: bool) -> Vec<&'static str> {
    match on {
        true => vec![
            "SET GLOBAL wait_timeout = 1",
            "SET GLOBAL interactive_timeout = 1",
        ],
        false => vec![
            "SET GLOBAL wait_timeout = 28800",
            "SET GLOBAL interactive_timeout = 28800",
        ],
    }
}

impl Dialect for MariaDb {
    const SESSIONS: &'static str =
        "SELECT id FROM information_schema.processlist WHERE user = 'app'";

    fn end(session: i64) -> String {
        format!("KILL {session}")
    }

    fn end_idle(on: bool) -> Vec<&'static str> {
        end_idle_of_mysql(on)
    }

    fn end_idle_transactions(on: bool) -> Vec<&'static str> {
        match on {
            true => vec!["SET GLOBAL idle_transaction_timeout = 1"],
            false => vec!["SET GLOBAL idle_transaction_timeout = 0"],
        }
    }
}

impl Dialect for MySql {
    const SESSIONS: &'static str =
        "SELECT CAST(id AS SIGNED) FROM performance_schema.processlist WHERE user = 'app'";

    fn end(session: i64) -> String {
        format!("KILL {session}")
    }

    fn end_idle(on: bool) -> Vec<&'static str> {
        end_idle_of_mysql(on)
    }

    fn end_idle_transactions(_: bool) -> Vec<&'static str> {
        Vec::new()
    }
}

/// Ends all sessions of the application.
pub(super) async fn end_sessions<S: Dialect>(node: &Node<S>) {
    let admin = node.admin().await.unwrap();
    let sessions = admin.rows(S::SESSIONS).await.unwrap();
    for session in sessions {
        let session = session.try_get_by_index::<i64>(0).unwrap();
        // It may have ended by itself.
        let _ = admin.execute(&S::end(session)).await;
    }
    admin.close().await.unwrap();
}

/// Runs statements of the server's administrator.
pub(super) async fn administer<S: Server>(node: &Node<S>, statements: &[&str]) {
    let admin = node.admin().await.unwrap();
    for sql in statements {
        admin.execute(sql).await.unwrap();
    }
    admin.close().await.unwrap();
}
