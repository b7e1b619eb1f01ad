//! The chapters with the handle that routes: what SeaORM's own connection did, by the node that shall do it.

#[path = "chapter/mod.rs"]
mod chapter;

use std::{panic::Location, time::Duration};

use sea_orm::{ConnectionTrait, EntityTrait, QueryTrait};
use sea_orm_routing::{
    BindsConfig, Role, RoutingDatabase,
    config::{BindConfig, NodeConfig},
};

use crate::{
    entities::{tag, visit},
    seed,
    served::{Served, served},
    site::{Kind, Site},
};
use test_cluster::until;

pub(crate) type Db = RoutingDatabase;

const SOON: Duration = Duration::from_secs(30);

/// The bind `default` with the blog and the bind `metrics` with its visits, each a master and slaves.
pub(crate) struct Blog {
    pub(crate) db: Db,
    pub(crate) kind: Kind,
    sites: [Site; 2],
}

impl Blog {
    pub(crate) async fn open(kind: Kind) -> Self {
        let sites = [
            Site::new(kind, "blog").await,
            Site::new(kind, "metrics").await,
        ];
        seed::blog(&sites[0].connect().await).await;
        seed::metrics(&sites[1].connect().await).await;
        let config = BindsConfig::new()
            .bind(bind("default", &sites[0]))
            .bind(bind("metrics", &sites[1]));
        let blog = Self {
            db: RoutingDatabase::from_config(config).await.unwrap(),
            kind,
            sites,
        };
        blog.catch_up().await;
        blog
    }

    /// Runs some work, which `nodes` shall serve: `default.slave 1r, metrics.master 2w`, or without numbers the only node
    /// that may serve any of it. `|` stands between alternatives.
    #[track_caller]
    pub(crate) fn by<T>(
        &self,
        nodes: &str,
        work: impl Future<Output = T>,
    ) -> impl Future<Output = T> {
        let caller = Location::caller();
        async move {
            let (result, by) = served(&self.db, work).await;
            assert!(
                nodes.split('|').any(|nodes| is_by(nodes, &by)),
                "{caller}: by {by}, expected {nodes}"
            );
            result
        }
    }

    /// Runs a script on the bind `metrics` beside every handle.
    pub(crate) async fn metrics(&self, script: &str) {
        let master = self.sites[1].connect().await;
        master.execute_unprepared(script).await.unwrap();
    }

    /// Waits until slaves serve what this task reads.
    pub(crate) async fn catch_up(&self) {
        for site in &self.sites {
            site.catch_up().await;
        }
        let backend = self.kind.backend();
        let reads = [
            tag::Entity::find().build(backend),
            visit::Entity::find().build(backend),
        ];
        for read in &reads {
            let is_by_slave = || {
                let role = self.db.route(read).unwrap().role;
                async move { Ok((role == Role::Slave).then_some(())) }
            };
            until("a slave that serves", SOON, is_by_slave)
                .await
                .unwrap();
        }
    }
}

fn bind(name: &str, site: &Site) -> BindConfig {
    let slaves = site.slaves().into_iter().zip(1..);
    slaves.fold(
        BindConfig::new(name, site.master()),
        |bind, (url, number)| bind.slave(NodeConfig::new(format!("slave-{number}"), url)),
    )
}

fn is_by(nodes: &str, by: &Served) -> bool {
    let by = by.to_string();
    let is_only = || {
        let mut parts = by.split(", ");
        !nodes.contains(' ') && parts.all(|part| part.split(' ').next() == Some(nodes))
    };
    by == nodes || is_only()
}
