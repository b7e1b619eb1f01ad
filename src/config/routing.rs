use super::{FailoverConfig, ReadsConfig};

/// How statements are routed, for all binds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoutingConfig {
    /// How reads are split over a bind's slaves.
    pub balance: Option<Balance>,
    /// Makes the random choices repeatable.
    pub seed: Option<u64>,
    /// Logs each statement with its node at info level.
    pub echo: Option<bool>,
    /// What reads from slaves promise.
    pub reads: ReadsConfig,
    /// Who is the master of a bind.
    pub failover: FailoverConfig,
}

impl RoutingConfig {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How reads are split over a bind's slaves. Default: [`Balance::Random`].
    #[must_use]
    pub fn balance(mut self, balance: Balance) -> Self {
        self.balance = Some(balance);
        self
    }

    /// Makes the random choices repeatable. Default: another sequence in each process.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Logs each statement with its node at info level. Default: off.
    #[must_use]
    pub fn echo(mut self, echo: bool) -> Self {
        self.echo = Some(echo);
        self
    }

    /// What reads from slaves promise. Default: as [`ReadsConfig`]'s own.
    #[must_use]
    pub fn reads(mut self, reads: ReadsConfig) -> Self {
        self.reads = reads;
        self
    }

    /// Who is the master of a bind. Default: as [`FailoverConfig`]'s own.
    #[must_use]
    pub fn failover(mut self, failover: FailoverConfig) -> Self {
        self.failover = failover;
        self
    }

    /// These options, and `wider` where they say nothing.
    pub(crate) fn or(&self, wider: &Self) -> Self {
        Self {
            balance: self.balance.or(wider.balance),
            seed: self.seed.or(wider.seed),
            echo: self.echo.or(wider.echo),
            reads: self.reads.or(&wider.reads),
            failover: self.failover.or(&wider.failover),
        }
    }
}

/// How reads are split over a bind's slaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Balance {
    /// By chance, in proportion to the weights (`random` in YAML).
    #[default]
    Random,
    /// In turn, in proportion to the weights (`round_robin` in YAML).
    RoundRobin,
}
