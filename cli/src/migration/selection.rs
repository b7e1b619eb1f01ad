use sea_orm_routing::DEFAULT_BIND;

use super::{arguments::Arguments, error::RunError, migrate::Migrate};

/// Binds with their migrators.
pub(crate) type Migrators = [(&'static str, &'static dyn Migrate)];

/// The binds of one run, in their order.
pub(crate) struct Selection {
    pub(crate) chosen: Vec<(&'static str, &'static dyn Migrate)>,
    /// The binds with migrations that were neither asked for nor left out on purpose.
    pub(crate) unmentioned: Vec<&'static str>,
}

impl Selection {
    pub(crate) fn new(arguments: &Arguments, migrators: &Migrators) -> Result<Self, RunError> {
        let wanted = arguments.named().unwrap_or(DEFAULT_BIND);
        let (chosen, others): (Vec<_>, Vec<_>) = migrators
            .iter()
            .partition(|(bind, _)| arguments.all || *bind == wanted);
        let names = |binds: Vec<(&'static str, _)>| binds.iter().map(|(bind, _)| *bind).collect();
        if chosen.is_empty() {
            let (bind, known) = (wanted.to_owned(), names(others));
            return Err(RunError::UnknownBind { bind, known });
        }
        let unmentioned = match arguments.named() {
            Some(_) => Vec::new(),
            None => names(others),
        };
        Ok(Self {
            chosen,
            unmentioned,
        })
    }
}
