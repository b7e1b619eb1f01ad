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
/// Clones are cheap and share everything. The methods [`bind`](Self::bind), [`entity`](Self::entity), [`master`](Self::master) and
/// [`slave`](Self::slave) return handles of the same type, with a part of the route fixed. Handles can be combined:
/// `db.bind("reports")?.master()`.
///
/// A method that hands out a connection or pool of the master, such as a migration's, hands out the present master's. After a failover,
/// take the connection again.
///
/// The order of authority, for the bind of a statement: what the handle fixes, an open transaction, the application's
/// [`rule`](crate::rule), the entity's bind key, the tables listed in binds.yaml, the bind of the [`scope`](Self::scope) around, and at last
/// the default bind. Then the class of the statement, read or write, says which node serves it.
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
///
/// let cakes = cake::Entity::find().all(&db).await?;                // on a slave, which holds what this task has written
/// let count = cake::Entity::find().count(&db.master()).await?;     // on the master
/// let report = cake::Entity::find().all(&db.bind("reports")?).await?; // on a slave of the bind `reports`
/// # Ok(())
/// # }
/// ```
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

    /// A handle of the bind or node that `key` names, whatever the statements' tables are.
    ///
    /// A key that names a bind (`reports`) splits reads over the bind's nodes. A key that names a node (`master` and `slave-1` of the default
    /// bind, `reports.slave-1` of another) sends every statement there. A slave refuses writes before they are sent.
    ///
    /// # Errors
    /// [`RoutingError::UnknownKey`] when no bind or node has that name.
    ///
    /// ```
    /// # async fn example(db: sea_orm_routing::RoutingDatabase) -> Result<(), sea_orm::DbErr> {
    /// use sea_orm::ConnectionTrait;
    ///
    /// let reports = db.bind("reports")?;
    /// reports.execute_unprepared("DELETE FROM report").await?; // on the master of `reports`
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "shard", alias = "using", alias = "on_connection")]
    pub fn bind(&self, key: &str) -> Result<Self, RoutingError> {
        let topology = self.dispatcher.topology();
        let (bind, node) = topology.key(key)?;
        Ok(self.scoped(&topology, bind, node))
    }

    /// A handle of an entity's bind. That is the bind of the entity's bind key, or the bind that lists the entity's table in binds.yaml, or
    /// the bind of the scope around, or the default bind.
    ///
    /// The application's [`rule`](crate::rule) is asked about statements, and not about entities. Where there is a rule, the handle of an
    /// entity that nobody claims names the bind that holds without the rule, and the rule is asked about the handle's statements.
    ///
    /// # Errors
    /// [`RoutingError::AmbiguousTable`] when two binds list the entity's table.
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
    /// use sea_orm::ConnectionTrait;
    ///
    /// // The text names no table that says the bind, and the entity does.
    /// db.entity::<cake::Entity>()?.execute_unprepared("CALL clean_up()").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn entity<E: EntityTrait>(&self) -> Result<Self, RoutingError> {
        let target = self.dispatcher.entity::<E>(self.home.backend)?;
        let topology = self.dispatcher.topology();
        let Target { bind, pin, reason } = self.on_its_shard::<E>(target)?;
        if reason == BindReason::Default {
            return self.of_unclaimed(bind);
        }
        Ok(self.scoped(&topology, bind, pin))
    }

    /// A handle whose statements all run on a master (*primary*), reads too: the master of the handle's bind, or else of the statement's
    /// own bind.
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
    ///
    /// // A number that must count everything that is committed.
    /// let cakes = cake::Entity::find().count(&db.master()).await?;
    /// # Ok(())
    /// # }
    /// ```
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

    /// A handle whose statements all run on slaves (*replicas*): the slaves of the handle's bind, or else of the statement's own bind. A
    /// statement that is not a proven read is an error before it is sent.
    ///
    /// The handle prefers slaves within `max_lag`, and takes any slave if there is none. It promises no read of your own writes.
    ///
    /// # Errors
    /// [`RoutingError::NoSlave`] when the handle's bind (the default bind for the bare handle) has no slave in
    /// rotation.
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
    /// // A long report: it may be old, and must not burden the master.
    /// let cakes = cake::Entity::find().all(&db.slave()?).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "read_replica")]
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

    /// A handle that only reads: for the handlers of `GET`, for a maintenance, for code that is not to be trusted.
    ///
    /// Reads go where they would go, and see what their session has written. A statement that is not a proven read is an error before the
    /// statement is sent: changes, locks (`FOR UPDATE` too), settings of a connection, functions of yours that are not known to only
    /// read. What a transaction sets for itself is let through (`SET LOCAL`, `set_config(…, true)`). A read that its slave
    /// refuses as a write is an error, too. Inside the handle's [`scope`](Self::scope) no handle writes at all. A transaction that
    /// is begun by the handle, or inside the scope, is read-only, as if it had been begun with `AccessMode::ReadOnly`: a slave may serve
    /// it. A task that is spawned inside the scope is not in it: give it the handle.
    ///
    /// The handle looks at statements, and not at connections that are handed out. It does not see what is sent by
    /// [`master_connection`](Self::master_connection), a driver's pool or a migrator's executor.
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

    /// A handle whose reads keep this promise, whatever their binds say.
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

    /// A handle whose reads go to a second node as well when the first node takes long. The time is the `hedge` of the reads' bind. Where
    /// `hedge` is `off`, it is the time that 95 of 100 reads of the same text don't exceed. The first answer counts, and the other answer is
    /// thrown away.
    ///
    /// Hedged are reads of one answer by a slave that the route chose. Not hedged are transactions, streams, and texts that call a function
    /// that waits or costs, or a function of the application's. At most one read of 20 is sent twice.
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

    /// Where `statement` would go, and why, without running the statement and without taking a slave's turn.
    ///
    /// Where a slave is chosen at random, another slave may be chosen when the statement runs.
    ///
    /// # Errors
    /// The [`RoutingError`] that running the statement would give. [`RoutingError::UnaskedObject`] where a run would first ask the binds
    /// which of them has an object, such as a sequence. A statement that SeaORM builds itself may still be rendered again for a bind of
    /// another backend.
    ///
    /// ```
    /// # fn example(db: sea_orm_routing::RoutingDatabase) -> Result<(), sea_orm_routing::RoutingError> {
    /// use sea_orm::{DbBackend, Statement};
    ///
    /// let select = Statement::from_string(DbBackend::Postgres, "SELECT name FROM cake");
    /// let route = db.route(&select)?;
    /// println!("{route}"); // default.slave-1 (slave): read, plain query; no bind key; random choice of 2 slaves
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "explain")]
    pub fn route(&self, statement: &Statement) -> Result<Route, RoutingError> {
        let decision = self.router().peek(statement.into())?;
        Ok(decision.route())
    }

    /// The way of the handle's statements.
    pub(crate) fn router(&self) -> Router<'_> {
        Router::new(&self.dispatcher, &self.scope, &self.home)
    }

    /// The nodes of the handle's binds, with their states and statement counts. The status prints as a table.
    ///
    /// ```
    /// # fn example(db: sea_orm_routing::RoutingDatabase) {
    /// use sea_orm_routing::status::NodeState;
    ///
    /// let status = db.status();
    /// println!("{status}");
    /// if let Some(slave) = status.node("default", "slave-1") {
    ///     assert_ne!(slave.state, NodeState::Down);
    /// }
    /// # }
    /// ```
    #[doc(alias = "health")]
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
        let topology = self.dispatcher.topology();
        // Those of a bind on the servers of another one are that one's, but for who asks for them.
        let own = match &self.scope.bind {
            Some(bind) => topology
                .bind(bind)
                .map(|bind| bind.nodes().filter(reaches).cloned().collect()),
            None => None,
        };
        own.unwrap_or_else(|| topology.nodes().filter(reaches).cloned().collect())
    }

    /// Tells the recorder of metrics at once what was counted since the recorder was last told. That happens each second by itself. The call
    /// is for a scrape or test that must not miss the last second, and for a database that was made outside of a runtime. See
    /// [`telemetry`](crate::telemetry).
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
