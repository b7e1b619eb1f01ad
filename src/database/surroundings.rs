#[cfg(feature = "carrier")]
use std::sync::Arc;

use super::RoutingDatabase;
use crate::{
    dispatch::{Around, NodeScope, Place, Scope, Surroundings},
    error::RoutingError,
    names::BindName,
};

/// What is said of statements whose bind no handle has fixed.
impl RoutingDatabase {
    /// A handle that carries a value for the application's [`rule`](crate::rule). The rule finds the value by its name
    /// ([`Subject::value`](crate::rule::Subject::value)). Inside the handle's [`scope`](Self::scope) all handles carry the value.
    ///
    /// ```
    /// use sea_orm::{DbBackend, MockDatabase, Statement};
    /// use sea_orm_routing::{
    ///     BindBuilder, RoutingDatabase,
    ///     rule::{Ruling, Subject, named},
    /// };
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mock = || MockDatabase::new(DbBackend::Postgres).into_connection();
    /// let db = RoutingDatabase::builder()
    ///     .bind(BindBuilder::new("default", mock()))
    ///     .bind(BindBuilder::new("eu", mock()))
    /// #   .bind(BindBuilder::new("reports", mock()))
    ///     .rule(named("region", |subject: &Subject<'_>| match subject.value("region") {
    ///         Some("eu") => Ruling::unless_keyed("eu"),
    ///         Some(other) => Ruling::refuse(format!("there is no region `{other}`")),
    ///         None => Ruling::pass(),
    ///     }))
    ///     .build()?;
    /// let select = Statement::from_string(DbBackend::Postgres, "SELECT * FROM cake");
    /// let route = db.with_value("region", "eu").scope(async { db.route(&select) }).await?;
    /// assert_eq!(route.bind, "eu");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_value(&self, name: &str, value: &str) -> Self {
        let around = &self.scope.around;
        self.around(around.saying(&self.dispatcher.governance, |own| own.with(name, value)))
    }

    /// The value that the handle, or the scope around, carries under that name. See [`with_value`](Self::with_value).
    pub fn value(&self, name: &str) -> Option<String> {
        let around = self.scope.around.now(&self.dispatcher.governance)?;
        around.value(name).map(str::to_owned)
    }

    /// What the handle says inside of its scope, within that around; `None` if it says nothing of its own.
    pub(super) fn own_surroundings(&self) -> Option<Surroundings> {
        let governance = &self.dispatcher.governance;
        if self.scope.bind.is_none() && self.scope.around == Around::default() {
            return None;
        }
        let around = match self.scope.around.entered(governance) {
            Some(around) => around.copy(),
            None => Surroundings::new(governance),
        };
        Some(match &self.scope.bind {
            None => around,
            Some(bind) => around.at(Ok(Place {
                bind: bind.clone(),
                node: self.scope.node.clone(),
            })),
        })
    }

    /// The same handle, for what goes on wherever it is used, as it has begun here.
    pub(crate) fn kept(&self) -> Self {
        let kept = match self.dispatcher.governance.is_needed() {
            true => self.scope.around.now(&self.dispatcher.governance),
            false => None,
        };
        let told = self.router().told_by_scope().and_then(Result::ok);
        let handle = self.around(Around::Kept(kept));
        match told {
            Some(home) => Self { home, ..handle },
            None => handle,
        }
    }

    /// The same handle, taking along what surrounds it here.
    pub(super) fn in_these_surroundings(&self) -> Self {
        let around = &self.scope.around;
        self.around(around.taking_along(&self.dispatcher.governance))
    }

    /// The same with the bind that it has fixed for all tables that nobody claims, and not for the others.
    #[cfg(feature = "carrier")]
    pub(crate) fn as_surroundings(&self) -> Self {
        let Some(own) = self.own_surroundings() else {
            return self.clone();
        };
        let open = match self.scope.bind {
            Some(_) => self.unscoped(),
            // Of no bind, its nodes are those of every statement's own.
            None => self.clone(),
        };
        open.around(Around::under(own))
    }

    /// The same where another handle says; nowhere, with an error in its place.
    #[cfg(feature = "carrier")]
    pub(crate) fn of_request(&self, made: Result<Self, RoutingError>) -> Self {
        let is_ours = |made: &Self| Arc::ptr_eq(&made.dispatcher, &self.dispatcher);
        let made = made.and_then(|made| match is_ours(&made) {
            true => Ok(made),
            false => Err(RoutingError::OtherDatabase),
        });
        match made {
            Ok(made) => Self {
                // What the request's own promises or refuses, it does whatever was made of it.
                scope: Scope {
                    prevents_writes: made.scope.prevents_writes || self.scope.prevents_writes,
                    consistency: made.scope.consistency.or(self.scope.consistency),
                    is_hedged: made.scope.is_hedged || self.scope.is_hedged,
                    session: self.scope.session,
                    recorder: (self.scope.recorder.clone()).or(made.scope.recorder.clone()),
                    ..made.scope
                },
                ..made
            }
            .as_surroundings(),
            Err(error) => {
                let own = Surroundings::new(&self.dispatcher.governance).at(Err(error));
                self.unscoped().around(Around::under(own))
            }
        }
    }

    /// Handle of the tables that nobody claims: of the bind that the scope around, or the handle, says for them, or of the
    /// default one.
    pub(super) fn of_unclaimed(&self, default: BindName) -> Result<Self, RoutingError> {
        let place = self.place().transpose()?;
        let Place { bind, node } = place.unwrap_or(Place {
            bind: default,
            node: NodeScope::Split,
        });
        if !self.dispatcher.has_rule() {
            let handle = self.scoped(&self.dispatcher.topology(), bind, None);
            let scope = Scope {
                node,
                ..handle.scope.clone()
            };
            return Ok(Self { scope, ..handle });
        }
        // Nobody has named a bind: the rule is asked, as about all tables that nobody claims.
        let governance = &self.dispatcher.governance;
        let place = Ok(Place { bind, node });
        let around = (self.scope.around).saying(governance, |own| own.at(place));
        Ok(self.unscoped().around(around))
    }

    /// The bind of tables that nobody claims, if the scope around, or the handle, says it.
    fn place(&self) -> Option<Result<Place, RoutingError>> {
        let governance = &self.dispatcher.governance;
        if !governance.is_needed() {
            return None;
        }
        self.scope.around.now(governance)?.place().cloned()
    }

    pub(super) fn around(&self, around: Around) -> Self {
        Self {
            scope: Scope {
                around,
                ..self.scope.clone()
            },
            ..self.clone()
        }
    }
}
