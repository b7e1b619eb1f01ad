use std::fmt;

/// What a read from a slave may miss.
///
/// Each handle, each bind and the file can choose a level. [The guide](crate::guide::consistency) says what each level costs.
///
/// ```
/// # async fn example(db: sea_orm_routing::RoutingDatabase) {
/// use sea_orm_routing::Consistency;
///
/// let dashboard = db.with(Consistency::Eventual); // its reads may be of any age
/// # }
/// ```
#[doc(alias = "staleness", alias = "causal", alias = "read_your_writes")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Consistency {
    /// A read misses nothing: the master serves every read (`strong` in YAML).
    Strong,
    /// A read misses no write of its own session, nor what that session has read since. Of others, it may miss what is younger than
    /// `max_lag` (`session` in YAML).
    #[default]
    Session,
    /// A read misses no write of this process to the tables that it reads. Of others, it may miss what is younger than `max_lag` (`process`
    /// in YAML).
    Process,
    /// A read may miss what is younger than `max_lag`, its own writes too (`bounded` in YAML).
    Bounded,
    /// A read may miss anything: a slave serves it however far the slave is behind (`eventual` in YAML).
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
