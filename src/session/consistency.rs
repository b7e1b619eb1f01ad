use std::fmt;

/// What a read from a slave may miss.
///
/// Each handle, bind and file can say it; see `docs/consistency.md` for what each level costs.
#[doc(alias = "staleness", alias = "causal", alias = "read_your_writes")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Consistency {
    /// Nothing: the master serves every read (`strong` in YAML).
    Strong,
    /// No write of its own session, nor what that session has read since; of others, what is younger than
    /// `max_lag` (`session` in YAML).
    #[default]
    Session,
    /// No write of this process to the tables that it reads; of others, what is younger than `max_lag` (`process`
    /// in YAML).
    Process,
    /// What is younger than `max_lag`, its own writes too (`bounded` in YAML).
    Bounded,
    /// Anything: a slave serves it however far it is behind (`eventual` in YAML).
    Eventual,
}

impl Consistency {
    /// The level's name in YAML.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strong => "strong",
            Self::Session => "session",
            Self::Process => "process",
            Self::Bounded => "bounded",
            Self::Eventual => "eventual",
        }
    }
}

impl fmt::Display for Consistency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
