use plotters::style::RGBColor;
use sea_orm_routing::Consistency;

/// A way from the application to its servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contender {
    /// A `DatabaseConnection` by an address, as SeaORM's docs open one.
    Default,
    /// The same with the options that our pools have.
    Tuned,
    /// A handle of this level over so many slaves.
    Routed(Consistency, usize),
    /// A tuned connection through Pgpool-II, which splits over so many slaves.
    PgPool(usize),
    /// A tuned connection through PgBouncer to the master.
    PgBouncer,
    /// A tuned connection through HAProxy to the master.
    HaProxy,
}

/// How many slaves there can be.
const SLAVES: [usize; 2] = [1, 2];

const LEVELS: [(Consistency, &str, RGBColor); 3] = [
    (Consistency::Session, "session", RGBColor(0x1f, 0x4e, 0x9c)),
    (Consistency::Bounded, "bounded", RGBColor(0x2a, 0x8c, 0xc4)),
    (
        Consistency::Eventual,
        "eventual",
        RGBColor(0x2a, 0xa1, 0x98),
    ),
];

impl Contender {
    pub(crate) fn all() -> Vec<Self> {
        let levels = LEVELS.iter().map(|&(level, ..)| level);
        let routed = levels.flat_map(|level| SLAVES.map(|slaves| Self::Routed(level, slaves)));
        [Self::Default, Self::Tuned]
            .into_iter()
            .chain(routed)
            .chain(SLAVES.map(Self::PgPool))
            .chain([Self::PgBouncer, Self::HaProxy])
            .collect()
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        let all = Self::all().into_iter();
        all.into_iter().find(|contender| contender.name() == name)
    }

    pub(crate) fn name(self) -> String {
        match self {
            Self::Default => "default".to_owned(),
            Self::Tuned => "tuned".to_owned(),
            Self::Routed(level, slaves) => format!("{}-{slaves}", named_level(level).1),
            Self::PgPool(slaves) => format!("pgpool-{slaves}"),
            Self::PgBouncer => "pgbouncer".to_owned(),
            Self::HaProxy => "haproxy".to_owned(),
        }
    }

    pub(crate) fn is_only_for_postgres(self) -> bool {
        matches!(self, Self::PgPool(_) | Self::PgBouncer)
    }

    /// Ours are blue, plain ones grey, proxies warm; two slaves are paler than one.
    pub(crate) fn colour(self) -> RGBColor {
        match self {
            Self::Default => RGBColor(0xb0, 0xb0, 0xb0),
            Self::Tuned => RGBColor(0x55, 0x55, 0x55),
            Self::Routed(level, slaves) => paler(named_level(level).2, slaves),
            Self::PgPool(slaves) => paler(RGBColor(0xc0, 0x39, 0x2b), slaves),
            Self::PgBouncer => RGBColor(0xe0, 0x8e, 0x0b),
            Self::HaProxy => RGBColor(0x8e, 0x44, 0x8b),
        }
    }
}

fn named_level(level: Consistency) -> (Consistency, &'static str, RGBColor) {
    let found = LEVELS.iter().find(|(known, ..)| *known == level);
    *found.expect("contenders are of these levels")
}

fn paler(colour: RGBColor, slaves: usize) -> RGBColor {
    let RGBColor(red, green, blue) = colour;
    let [red, green, blue] = [red, green, blue].map(|part| match slaves {
        1 => part,
        _ => part + (u8::MAX - part) / 2,
    });
    RGBColor(red, green, blue)
}
