use std::sync::Arc;

use sea_orm::EntityTrait;

use super::RoutingDatabase;
use crate::{
    bind::Target,
    dispatch::{Shard, unsurrounded},
    error::{ConnectError, RoutingError},
    names::BindName,
    shard::{EachShard, Job, ShardName, ShardProgress, each, group_of, shown_key},
};

/// Groups of binds: see [`shard`](crate::shard).
impl RoutingDatabase {
    /// A handle by which the entities of a group are on the shard of `key`. All other entities stay where they are. In the handle's
    /// [`scope`](Self::scope) the plain handle is such a handle, too.
    ///
    /// The group's resolver says now, once, which shard that is; it may have to ask somebody. A shard that is made of the
    /// group's template is opened when it is first asked for.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// mod cake {
    ///     use sea_orm::entity::prelude::*;
    /// #   use sea_orm_routing::BindKey;
    ///
    ///     #[sea_orm::model]
    ///     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)] // and `BindKey`, with `#[bind_key = "tenants"]`
    ///     #[sea_orm(table_name = "cake")]
    ///     pub struct Model {
    ///         #[sea_orm(primary_key)]
    ///         pub id: i32,
    ///     }
    ///
    ///     impl ActiveModelBehavior for ActiveModel {}
    /// #   impl BindKey for Entity { const BIND_KEY: &'static str = "tenants"; }
    /// }
    /// use sea_orm::{EntityTrait, PaginatorTrait};
    /// use sea_orm_routing::{BindsConfig, RoutingDatabase, RoutingError, config::BindConfig};
    ///
    /// let bind = |name: &str| BindConfig::new(name, "sqlite::memory:");
    /// let binds = ["default", "tenants:eu", "tenants:us"].map(bind);
    /// # let binds = binds.into_iter().chain([bind("reports")]);
    /// let config = binds.into_iter().fold(BindsConfig::new(), BindsConfig::bind);
    /// let db = RoutingDatabase::builder().entity::<cake::Entity>().from_config(config).await?;
    /// db.get_schema_builder().register(cake::Entity).apply(&db).await?; // on each shard
    ///
    /// let eu = db.shard("tenants", "eu").await?;
    /// assert_eq!(cake::Entity::find().count(&eu).await?, 0);
    /// assert_eq!(eu.scope(cake::Entity::find().count(&db)).await?, 0);
    ///
    /// let error = cake::Entity::find().count(&db).await.unwrap_err();
    /// assert!(matches!(RoutingError::of(&error), Some(RoutingError::NoShard { .. })));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`RoutingError::UnresolvedShard`] of the group's resolver, [`RoutingError::UnknownShard`] for a shard that there is not and
    /// that can't be made, [`RoutingError::UnopenedShard`] when making it fails.
    pub async fn shard(&self, group: &str, key: &str) -> Result<Self, RoutingError> {
        let shard = self.resolved(group, key).await?;
        let named = ShardName::new(group, &shard);
        let unknown = || RoutingError::UnknownShard {
            group: shown_key(group),
            key: shown_key(key),
            shard: shown_key(&shard),
        };
        let bind = named.ok_or_else(unknown)?.bind();
        if self.dispatcher.topology().bind(&bind).is_none()
            && !self.open(group, &shard, &bind).await?
        {
            return Err(unknown());
        }
        Ok(self.on(Shard {
            group: group.into(),
            key: key.to_owned(),
            bind,
        }))
    }

    /// The names of the shards that a group has, as configured. Shards that the group's template would make are not listed.
    pub fn shards(&self, group: &str) -> Vec<String> {
        let topology = self.dispatcher.topology();
        topology
            .shards(group)
            .map_or_else(Vec::new, |shards| shards.to_vec())
    }

    /// The name of the shard of a group that the handle, or the scope around, names.
    pub fn shard_of(&self, group: &str) -> Option<String> {
        let around = self.scope.around.now(&self.dispatcher.governance)?;
        let (_, shard) = group_of(around.shard(group)?.bind.as_str())?;
        Some(shard.to_owned())
    }

    /// Runs `work` for each shard of a group, for `limit` of them at once, with a handle of the shard's bind and in its scope. If one shard
    /// fails, the others are still worked on.
    ///
    /// The shards are those that there are when the call begins. `work` is called for each shard when its turn comes. The work is part of
    /// this task: it ends when its future is dropped, and its panic is the caller's.
    ///
    /// # Errors
    /// [`RoutingError::UnknownGroup`], and no work was begun.
    ///
    /// ```
    /// # use sea_orm::{ConnectionTrait, DbErr};
    /// # async fn example(db: sea_orm_routing::RoutingDatabase) -> Result<(), DbErr> {
    /// let all = db
    ///     .each_shard("tenants", 8, async |shard| {
    ///         shard.execute_unprepared("DELETE FROM cake WHERE is_eaten").await
    ///     })
    ///     .await?;
    /// for (shard, error) in all.failed() {
    ///     eprintln!("{shard}: {error}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn each_shard<'w, T, E, W, F>(
        &self,
        group: &str,
        limit: usize,
        work: W,
    ) -> Result<EachShard<T, E>, RoutingError>
    where
        W: Fn(Self) -> F,
        F: Future<Output = Result<T, E>> + Send + 'w,
    {
        self.each_shard_telling(group, limit, work, |_| {}).await
    }

    /// As [`each_shard`](Self::each_shard), and tells `progress` of each shard that has ended.
    ///
    /// # Errors
    /// [`RoutingError::UnknownGroup`].
    pub async fn each_shard_telling<'w, T, E, W, F>(
        &self,
        group: &str,
        limit: usize,
        work: W,
        progress: impl FnMut(ShardProgress<'_>),
    ) -> Result<EachShard<T, E>, RoutingError>
    where
        W: Fn(Self) -> F,
        F: Future<Output = Result<T, E>> + Send + 'w,
    {
        if !self.dispatcher.is_group(&group.into()) {
            return Err(RoutingError::UnknownGroup {
                group: shown_key(group),
                known: self.groups(),
            });
        }
        let jobs = self.shards(group).into_iter().map(|shard| {
            let bind = BindName::from(ShardName::of(group, &shard));
            let on_shard = self.on(Shard {
                group: group.into(),
                key: shard.clone(),
                bind: bind.clone(),
            });
            let handle = on_shard.scoped(&self.dispatcher.topology(), bind, None);
            let work = work(handle.clone());
            let job: Job<'w, T, E> = Box::pin(async move { handle.scope(work).await });
            (shard, job)
        });
        Ok(each(jobs, limit, progress).await)
    }

    /// The names of the groups that there are.
    ///
    /// A group that has only a template is listed, too.
    pub fn groups(&self) -> Vec<String> {
        self.dispatcher.groups()
    }

    /// Opens a shard that is made of its group's template; `false` if there is none.
    async fn open(&self, group: &str, shard: &str, bind: &BindName) -> Result<bool, RoutingError> {
        let opened = self
            .settings
            .open_shard(&self.dispatcher, group, shard, bind)
            .await;
        opened.map_err(|error| match error {
            ConnectError::Routing(error) => error,
            error => RoutingError::UnopenedShard {
                group: shown_key(group),
                shard: shard.to_owned(),
                reason: error.to_string(),
            },
        })
    }

    async fn resolved(&self, group: &str, key: &str) -> Result<String, RoutingError> {
        let Some(resolver) = self.dispatcher.resolvers.get(group) else {
            return Ok(key.to_owned());
        };
        let shards = self.dispatcher.topology().shards(group).cloned();
        // Where the tenants are listed is no tenant's to say.
        let found = unsurrounded(async {
            resolver
                .shard(key, shards.as_deref().unwrap_or_default())
                .await
        })
        .await;
        found.map_err(|reason| RoutingError::UnresolvedShard {
            group: shown_key(group),
            key: shown_key(key),
            reason: shown_key(&reason),
        })
    }

    fn on(&self, shard: Shard) -> Self {
        let shard = Arc::new(shard);
        let around = &self.scope.around;
        let around = around.saying(&self.dispatcher.governance, |own| own.on(shard));
        // Of a handle that fixes a bind, the last choice counts.
        let open = match self.scope.bind {
            Some(_) => self.unscoped(),
            None => self.clone(),
        };
        open.around(around)
    }

    /// Where the handle makes a schema on `bind`: on a shard, with that, unless another one was named.
    pub(crate) fn for_schema_of(&self, bind: &BindName) -> Self {
        match group_of(bind.as_str()) {
            Some((group, shard)) if self.shard_of(group).is_none() => self.on(Shard {
                group: group.into(),
                key: shard.to_owned(),
                bind: bind.clone(),
            }),
            _ => self.clone(),
        }
    }

    /// An entity's target, on a shard if it is that of a group.
    pub(super) fn on_its_shard<E: EntityTrait>(
        &self,
        target: Target,
    ) -> Result<Target, RoutingError> {
        if !self.dispatcher.is_group(&target.bind) {
            return Ok(target);
        }
        let around = self.scope.around.now(&self.dispatcher.governance);
        match around
            .as_ref()
            .and_then(|around| around.shard(target.bind.as_str()))
        {
            Some(shard) => Ok(Target {
                bind: shard.bind.clone(),
                ..target
            }),
            None => Err(RoutingError::NoShard {
                table: E::default().table_name().to_owned(),
                group: target.bind,
            }),
        }
    }
}
