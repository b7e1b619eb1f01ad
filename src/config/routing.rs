use super::{Balance, FailoverConfig, IdleConfig, ReadsConfig, options::options};

options! {
    /// How statements are routed, for all binds.
    ///
    /// ```
    /// use sea_orm_routing::config::{Balance, RoutingConfig};
    ///
    /// let routing = RoutingConfig::new().balance(Balance::Latency).echo(true);
    /// assert_eq!(routing.reads.balance, Some(Balance::Latency));
    /// ```
    pub struct RoutingConfig, in force Routing, at File,
        with reads: ReadsConfig "What reads from slaves promise.",
        with failover: FailoverConfig "Who is the master of a bind.",
        with idle: IdleConfig "What becomes of binds that nobody uses.";

    /// Makes the random choices repeatable.
    seed: u64, unset "another sequence in each process";
    /// Logs each statement with its node at info level.
    echo: bool, default "false";
    /// Most connections that all pools of all binds have open together.
    connection_budget: u32, check connections, unset "no limit but that of each pool";
}

impl RoutingConfig {
    /// How reads are split over a bind's slaves. Default: [`Balance::Random`].
    #[must_use]
    pub fn balance(mut self, balance: Balance) -> Self {
        self.reads.balance = Some(balance);
        self
    }
}
