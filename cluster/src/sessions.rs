use std::{process::Command, time::Duration};

use crate::{ClusterError, MariaDb, MySql, Node, Postgres, Server, error::Doing, wait::until};

/// Until sessions that are to end have ended.
const END: Duration = Duration::from_secs(30);

/// How an administrator, and a server by itself, ends sessions.
pub trait Sessions: Server {
    /// The sessions of the application.
    const SESSIONS: &'static str;

    /// Ends the session of a number.
    fn end(session: i64) -> String;

    /// Has idle sessions ended after a second, or no longer.
    fn end_idle(on: bool) -> Vec<&'static str>;

    /// Has sessions ended whose transaction is idle for a second, or no longer; none where the server has no such limit.
    fn end_idle_transactions(on: bool) -> Vec<&'static str>;

    /// Has new sessions of the application refused because there are too many, or no longer. On MariaDB and MySQL that
    /// takes more than [`FULL`] open ones.
    fn fill(on: bool) -> Vec<&'static str>;

    /// Has the application's account locked, which ends no session, or no longer.
    fn lock(on: bool) -> Vec<&'static str>;
}

/// How many sessions a full server of MySQL's family has: no fewer can be set on MariaDB.
pub const FULL: usize = 10;

impl Sessions for Postgres {
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

    fn fill(on: bool) -> Vec<&'static str> {
        match on {
            true => vec!["ALTER ROLE app CONNECTION LIMIT 0"],
            false => vec!["ALTER ROLE app CONNECTION LIMIT -1"],
        }
    }

    fn lock(on: bool) -> Vec<&'static str> {
        match on {
            true => vec!["ALTER ROLE app NOLOGIN"],
            false => vec!["ALTER ROLE app LOGIN"],
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

fn fill_mysql(on: bool) -> Vec<&'static str> {
    match on {
        true => vec!["SET GLOBAL max_connections = 10"],
        false => vec!["SET GLOBAL max_connections = 100"],
    }
}

fn lock_mysql(on: bool) -> Vec<&'static str> {
    match on {
        true => vec!["ALTER USER app@'127.0.0.1' ACCOUNT LOCK"],
        false => vec!["ALTER USER app@'127.0.0.1' ACCOUNT UNLOCK"],
    }
}

impl Sessions for MariaDb {
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

    fn fill(on: bool) -> Vec<&'static str> {
        fill_mysql(on)
    }

    fn lock(on: bool) -> Vec<&'static str> {
        lock_mysql(on)
    }
}

impl Sessions for MySql {
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

    fn fill(on: bool) -> Vec<&'static str> {
        fill_mysql(on)
    }

    fn lock(on: bool) -> Vec<&'static str> {
        lock_mysql(on)
    }
}

impl<S: Sessions> Node<S> {
    /// Ends all sessions of the application, and returns when none of them is left.
    pub async fn end_sessions(&self) -> Result<(), ClusterError> {
        let admin = self.admin().await?;
        let sessions = async || -> Result<Vec<i64>, ClusterError> {
            let rows = admin.rows(S::SESSIONS).await?;
            let numbers = rows.iter().filter_map(|row| row.try_get_by_index(0).ok());
            Ok(numbers.collect())
        };
        let ended = sessions().await?;
        for session in &ended {
            // It may have ended by itself.
            let _ = admin.execute(&S::end(*session)).await;
        }
        until("the end of the sessions", END, || async {
            let open = sessions().await?;
            Ok((!open.iter().any(|number| ended.contains(number))).then_some(()))
        })
        .await?;
        admin.close().await
    }

    /// Runs statements of the administrator.
    pub async fn administer(&self, statements: &[&str]) -> Result<(), ClusterError> {
        let admin = self.admin().await?;
        for sql in statements {
            admin.execute(sql).await?;
        }
        admin.close().await
    }
}

impl Node<Postgres> {
    /// `kill -9` of one session's process: the server ends all others, too, and recovers. Returns when it has.
    pub async fn kill_one_session(&self) -> Result<(), ClusterError> {
        let admin = self.admin().await?;
        let process: Option<i32> = admin.value("SELECT pg_backend_pid()").await?;
        let process = process.unwrap_or_default().to_string();
        Command::new("kill")
            .args(["-9", &process])
            .status()
            .doing(|| format!("killing the session {process}"))?;
        until("a recovery", END, || async {
            let Ok(admin) = self.admin().await else {
                return Ok(None);
            };
            let answer = admin.value::<i32>("SELECT pg_backend_pid()").await;
            Ok(answer.ok().flatten())
        })
        .await?;
        Ok(())
    }
}
