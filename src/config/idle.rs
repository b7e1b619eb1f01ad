use std::time::Duration;

use super::options::options;

options! {
    /// What becomes of binds that nobody uses. What is `None` comes from the next wider level: bind, whole file.
    pub struct IdleConfig, in force Idle, at File | Bind;

    /// How long a bind is idle before its connections are closed and nobody watches its slaves any more; its next statement
    /// opens them again.
    close_idle: Duration, check patience, unset "never; each pool closes connections by its `idle_timeout`";
}
