use std::{fmt, sync::Arc};

use sea_orm::{EntityTrait, Statement};

use super::followed::Followed;
use crate::{
    bind::{BindReason, Target},
    config::MASTER_NODE,
    dispatch::{Dispatcher, NodeScope, Router, Scope},
    error::RoutingError,
    names::{BindName, NodeName},
    node::{Node, Role, Topology},
    reload::Settings,
    route::Route,
    session::Consistency,
    status::Status,
};

/// Stands where an application had its [`DatabaseConnection`](sea_orm::DatabaseConnection), and sends each statement to the right database.
///
/// Clones are cheap and share everything. What hands out a connection or pool of the master, such as a migration, gives
/// that of the present master, to be taken again after a failover. The handles that [`bind`](Self::bind), [`entity`](Self::entity),
/// [`master`](Self::master) and [`slave`](Self::slave) return are of the same type, with a part of the route
/// fixed; they can be combined: `db.bind("reports")?.master()`.
///
/// The order of authority: what the handle fixes, an open transaction, the application's [`rule`](crate::rule), the entity's
/// bind key, the tables listed in binds.yaml, the bind of the [`scope`](Self::scope) around, and at last read or write on the
/// default bind.
pub struct RoutingDatabase {
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) scope: Scope,
    /// Master of the handle's bind when it was made or cloned: answers what SeaORM asks before there is a statement.
    pub(crate) home: Arc<Node>,
    pub(super) followed: Followed,
    pub(crate) settings: Arc<Settings>,
    #[cfg(feature = "rbac")]
    pub(crate) engine: crate::engine::Engine,
}

impl RoutingDatabase {
    pub(crate) fn new(dispatcher: Dispatcher, settings: Settings) -> Option<Self> {
        let home = dispatcher.topology().home(None)?.clone();
        Some(Self {
            dispatcher: Arc::new(dispatcher),
            scope: Scope::default(),
            home,
            followed: Followed::default(),
            settings: Arc::new(settings),
            #[cfg(feature = "rbac")]
            engine: crate::engine::Engine::default(),
        })
    }

    /// Handle of the bind or node that `key` names, whatever the statements' tables are.
    ///
    /// A bind (`reports`) splits reads over its nodes; a node (`master` and `slave-1` of the default bind,
    /// `reports.slave-1` of another) serves everything, and a slave refuses writes before they are sent.
    ///
    /// # Errors
    /// [`RoutingError::UnknownKey`] when no bind or node has that name.
    #[doc(alias = "shard", alias = "using", alias = "on_connection")]
    pub fn bind(&self, key: &str) -> Result<Self, RoutingError> {
        let topology = self.dispatcher.topology();
        let (bind, node) = topology.key(key)?;
        Ok(self.scoped(&topology, bind, node))
    }

    /// Handle of an entity's bind: its bind key, or where binds.yaml lists its table, or the bind of the scope around, or the
    /// default bind. The application's [`rule`](crate::rule) is asked about statements, and not about entities: where there is
    /// one, the handle of an entity that nobody claims says what is there without a rule, and its statements are asked about.
    ///
    /// # Errors
    /// [`RoutingError::AmbiguousTable`] when two binds list the entity's table.
    pub fn entity<E: EntityTrait>(&self) -> Result<Self, RoutingError> {
        let target = self.dispatcher.entity::<E>(self.home.backend)?;
        let topology = self.dispatcher.topology();
        let Target { bind, pin, reason } = self.on_its_shard::<E>(target)?;
        if reason == BindReason::Default {
            return self.of_unclaimed(bind);
        }
        Ok(self.scoped(&topology, bind, pin))
    }

    /// Handle whose statements all run on a master, reads too: the handle's bind's, or else that of the
    /// statement's own bind.
    #[doc(alias = "primary", alias = "writer")]
    pub fn master(&self) -> Self {
        Self {
            scope: Scope {
                node: NodeScope::Master,
                ..self.scope.clone()
            },
            ..self.clone()
        }
    }

    /// Handle whose statements all run on slaves: the handle's bind's, or else those of the statement's own
    /// bind. A statement that is not a proven read is an error before it is sent.
    ///
    /// # Errors
    /// [`RoutingError::NoSlave`] when the handle's bind (the default bind for the bare handle) has no slave in
    /// rotation.
    #[doc(alias = "replica", alias = "reader")]
    pub fn slave(&self) -> Result<Self, RoutingError> {
        let scope = Scope {
            node: NodeScope::Slave,
            ..self.scope.clone()
        };
        self.router().has_slave()?;
        Ok(Self {
            scope,
            ..self.clone()
        })
    }

    /// Handle that only reads: for the handlers of `GET`, for a maintenance, for code that is not to be trusted.
    ///
    /// Reads go where they would go, and see what their session has written. Whatever is not a proven read is an error before
    /// it is sent: changes, locks (`FOR UPDATE` too), settings of a connection, functions of yours that are not known to only
    /// read. What a transaction sets for itself is let through (`SET LOCAL`, `set_config(…, true)`). A read that its slave
    /// refuses as a write is an error, too. Inside of the handle's [`scope`](Self::scope) no handle writes at all. A transaction that
    /// is begun by it, or there, is read-only, as if it had been begun with `AccessMode::ReadOnly`: a slave may serve it. A task that is
    /// spawned inside of the scope is not in it: give it the handle.
    ///
    /// It looks at statements, and not at connections that are handed out: what [`master_connection`](Self::master_connection),
    /// a driver's pool or a migrator's executor sends is not seen here.
    ///
    /// ```
    /// # use sea_orm::{ConnectionTrait, DbErr};
    /// # async fn example(db: sea_orm_routing::RoutingDatabase) -> Result<(), DbErr> {
    /// use sea_orm_routing::RoutingError;
    ///
    /// let reading = db.preventing_writes();
    /// let error = reading.execute_unprepared("DELETE FROM cake").await.unwrap_err();
    /// assert!(matches!(RoutingError::of(&error), Some(RoutingError::WritePrevented { .. })));
    ///
    /// // Whatever handle is used inside:
    /// reading.scope(async { assert!(db.execute_unprepared("DELETE FROM cake").await.is_err()) }).await;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "while_preventing_writes", alias = "read_only")]
    #[must_use]
    pub fn preventing_writes(&self) -> Self {
        Self {
            scope: Scope {
                prevents_writes: true,
                ..self.scope.clone()
            },
            ..self.clone()
        }
    }

    /// Handle whose reads promise this, whatever their binds say.
    ///
    /// ```
    /// # async fn example(db: sea_orm_routing::RoutingDatabase) -> Result<(), sea_orm::DbErr> {
    /// # mod cake {
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    /// #     #[sea_orm(table_name = "cake")]
    /// #     pub struct Model { #[sea_orm(primary_key)] pub id: i32 }
    /// #     impl ActiveModelBehavior for ActiveModel {}
    /// # }
    /// use sea_orm::{EntityTrait, PaginatorTrait};
    /// use sea_orm_routing::Consistency;
    ///
    /// // A number on a dashboard: any slave will do.
    /// let cakes = cake::Entity::find().count(&db.with(Consistency::Eventual)).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "stale_reads")]
    #[must_use]
    pub fn with(&self, consistency: Consistency) -> Self {
        Self {
            scope: Scope {
                consistency: Some(consistency),
                ..self.scope.clone()
            },
            ..self.clone()
        }
    }

    /// Handle whose reads go to a second node as well when the first one takes long: after the time that their bind's `hedge`
    /// says, or, where that is `off`, once they take longer than 95 of 100 reads of the same text have. The first answer
    /// counts, and the other one is thrown away.
    ///
    /// That is for reads of one answer by a slave that the route chose: not in transactions, not for streams, and not where the
    /// text calls a function that waits or costs, or one of the application's. At most one read of 20 is sent twice.
    ///
    /// ```
    /// # async fn example(db: sea_orm_routing::RoutingDatabase) -> Result<(), sea_orm::DbErr> {
    /// # mod cake {
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    /// #     #[sea_orm(table_name = "cake")]
    /// #     pub struct Model { #[sea_orm(primary_key)] pub id: i32 }
    /// #     impl ActiveModelBehavior for ActiveModel {}
    /// # }
    /// use sea_orm::EntityTrait;
    ///
    /// // Somebody waits for it.
    /// let cake = cake::Entity::find_by_id(1).one(&db.hedged()).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn hedged(&self) -> Self {
        Self {
            scope: Scope {
                is_hedged: true,
                ..self.scope.clone()
            },
            ..self.clone()
        }
    }

    /// Where `statement` would go, and why, without running it and without taking a slave's turn.
    ///
    /// Where a slave is chosen at random, another may be chosen when the statement runs.
    ///
    /// # Errors
    /// The [`RoutingError`] that running the statement would give; [`RoutingError::UnaskedObject`] where running it would
    /// first ask the binds which of them has an object, such as a sequence; one that SeaORM builds itself may still be
    /// rendered again for a bind of another backend.
    pub fn route(&self, statement: &Statement) -> Result<Route, RoutingError> {
        let decision = self.router().peek(statement.db_backend, &statement.sql)?;
        Ok(decision.route())
    }

    /// The way of the handle's statements.
    pub(crate) fn router(&self) -> Router<'_> {
        Router::new(&self.dispatcher, &self.scope, &self.home)
    }

    /// The nodes of the handle's binds with their statement counts; prints as a table.
    pub fn status(&self) -> Status {
        let status = Status::of(self.nodes().iter());
        match self.dispatcher.is_stopped() {
            true => status.closed(),
            false => status,
        }
    }

    /// The nodes that the handle may reach.
    pub(crate) fn nodes(&self) -> Vec<Arc<Node>> {
        let reaches = |node: &&Arc<Node>| {
            self.scope
                .bind
                .as_ref()
                .is_none_or(|bind| node.bind == *bind)
                && match &self.scope.node {
                    NodeScope::Split => true,
                    NodeScope::Named(name) if *name == MASTER_NODE => node.role == Role::Master,
                    NodeScope::Named(name) => node.name == *name,
                    NodeScope::Master => node.role == Role::Master,
                    NodeScope::Slave => node.role == Role::Slave,
                }
        };
        self.dispatcher
            .topology()
            .nodes()
            .filter(reaches)
            .cloned()
            .collect()
    }

    /// Tells the recorder of metrics what was counted since it was last told, as happens each second by itself: for a scrape
    /// or test that must not miss the last one, and for a database that was made outside of a runtime. See [`telemetry`](crate::telemetry).
    #[cfg(feature = "metrics")]
    pub fn publish_metrics(&self) {
        self.dispatcher.publish_metrics();
    }

    /// Runs what changes the topology in the background, until the last handle is gone.
    #[cfg(feature = "watch")]
    pub(crate) fn follow<F: Future<Output = ()> + Send + 'static>(
        &self,
        follow: impl FnOnce(Arc<Settings>, std::sync::Weak<Dispatcher>) -> F,
    ) {
        let task = follow(self.settings.clone(), Arc::downgrade(&self.dispatcher));
        self.dispatcher.run_in_background(task);
    }

    /// The present master of the handle's bind, or of the scope's, to lend its connections: the last one, if the bind is no
    /// more.
    ///
    /// # Errors
    /// The scope's bind is none.
    pub(crate) fn present_home(&self) -> Result<&Arc<Node>, RoutingError> {
        let topology = self.dispatcher.topology();
        let told = self.router().told_by_scope().transpose()?;
        let name = told.as_ref().map_or(&self.home.bind, |told| &told.bind);
        Ok(match topology.home(Some(name)) {
            Some(master) if !master.lends_as(&self.home) => self.followed.keep(master),
            _ => &self.home,
        })
    }

    /// Handle of all binds, of the same session.
    pub(crate) fn unscoped(&self) -> Self {
        let home = self.dispatcher.topology().home(None).cloned();
        Self {
            home: home.unwrap_or_else(|| self.home.clone()),
            scope: Scope {
                bind: None,
                node: NodeScope::Split,
                ..self.scope.clone()
            },
            ..self.clone()
        }
    }

    pub(super) fn scoped(
        &self,
        topology: &Topology,
        bind: BindName,
        node: Option<NodeName>,
    ) -> Self {
        Self {
            dispatcher: self.dispatcher.clone(),
            settings: self.settings.clone(),
            home: topology.home(Some(&bind)).unwrap_or(&self.home).clone(),
            followed: Followed::default(),
            #[cfg(feature = "rbac")]
            engine: self.engine.clone(),
            scope: Scope {
                bind: Some(bind),
                node: node.map_or(NodeScope::Split, NodeScope::Named),
                ..self.scope.clone()
            },
        }
    }
}

impl Clone for RoutingDatabase {
    fn clone(&self) -> Self {
        let topology = self.dispatcher.topology();
        let home = topology.home(Some(&self.home.bind)).unwrap_or(&self.home);
        Self {
            dispatcher: self.dispatcher.clone(),
            scope: self.scope.clone(),
            home: home.clone(),
            followed: Followed::default(),
            settings: self.settings.clone(),
            #[cfg(feature = "rbac")]
            engine: self.engine.clone(),
        }
    }
}

impl fmt::Debug for RoutingDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes: Vec<_> = self.nodes().iter().map(|node| node.key()).collect();
        f.debug_struct("RoutingDatabase")
            .field("nodes", &nodes)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}
