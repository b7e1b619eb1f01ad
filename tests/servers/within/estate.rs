use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult, Statement};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    config::{BindConfig, NodeConfig, PoolConfig, Within},
    status::NodeState,
};
use test_cluster::{Cluster, FreshDatabase, MariaDb, MySql, Postgres};

use crate::replicated::{Notebook, Turns, patient, until_state};

/// Servers on which binds can be within others.
pub(super) trait Lodges: Turns {
    /// A place of that name, and what its tables are called by from elsewhere.
    async fn place(cluster: &Cluster<Self>, master: &DatabaseConnection, name: &str) -> Place;

    /// A column that numbers its rows.
    const NUMBER: &'static str;
}

pub(super) struct Place {
    pub(super) name: String,
    pub(super) within: Within,
    _database: Option<FreshDatabase>,
}

impl Lodges for Postgres {
    const NUMBER: &'static str = "serial";

    async fn place(_: &Cluster<Self>, master: &DatabaseConnection, name: &str) -> Place {
        let create = format!("CREATE SCHEMA {name}");
        master.execute_unprepared(&create).await.unwrap();
        Place {
            within: Within::schema("default", name),
            name: name.to_owned(),
            _database: None,
        }
    }
}

macro_rules! with_databases {
    ($($server:ident),+) => {$(
        impl Lodges for $server {
            const NUMBER: &'static str = "int AUTO_INCREMENT";

            async fn place(cluster: &Cluster<Self>, _: &DatabaseConnection, name: &str) -> Place {
                let database = cluster.database(name).await.unwrap();
                Place {
                    within: Within::database("default", database.name()),
                    name: database.name().to_owned(),
                    _database: Some(database),
                }
            }
        }
    )+};
}

with_databases!(MariaDb, MySql);

/// A notebook with tenants `a` and `b` within its database's servers; the table `sign` of each, and of `default`, says whose it is.
pub(super) struct Estate<S: Lodges> {
    pub(super) notebook: Notebook<S>,
    pub(super) places: Vec<Place>,
}

/// Whose a statement may be.
pub(super) const ALL: [&str; 3] = ["a", "b", "default"];

impl<S: Lodges> Estate<S> {
    pub(super) async fn new(name: &str) -> Self {
        let notebook = Notebook::<S>::new(name).await;
        let master = &notebook.master;
        let mut places = Vec::new();
        for tenant in ["a", "b"] {
            places.push(S::place(notebook.cluster, master, tenant).await);
        }
        let estate = Self { notebook, places };
        for tenant in ALL {
            let number = S::NUMBER;
            let of = estate.prefix(tenant);
            estate
                .write(&format!("CREATE TABLE {of}sign (tag varchar(20))"))
                .await;
            estate
                .write(&format!("INSERT INTO {of}sign VALUES ('{tenant}')"))
                .await;
            let table = format!("CREATE TABLE {of}work (id {number} PRIMARY KEY, tag varchar(20))");
            estate.write(&table).await;
        }
        estate.notebook.catch_up().await;
        estate
    }

    /// What stands before the name of a tenant's table.
    pub(super) fn prefix(&self, tenant: &str) -> String {
        match tenant {
            "a" => format!("{}.", self.places[0].name),
            "b" => format!("{}.", self.places[1].name),
            _ => String::new(),
        }
    }

    /// By the application's own connection, beside every handle.
    pub(super) async fn write(&self, sql: &str) {
        self.notebook.master.execute_unprepared(sql).await.unwrap();
    }

    pub(super) async fn rows(&self, sql: &str) -> Vec<QueryResult> {
        let master = &self.notebook.master;
        let statement = Statement::from_string(master.get_database_backend(), sql);
        master.query_all_raw(statement).await.unwrap()
    }

    pub(super) fn config(&self, connections: u32) -> BindsConfig {
        let (cluster, database) = (self.notebook.cluster, &self.notebook.database);
        let host = BindConfig::new("default", database.url(cluster.master()))
            .slave(NodeConfig::new("slave-1", database.url(cluster.slave(1))))
            .slave(NodeConfig::new("slave-2", database.url(cluster.slave(2))))
            .pool(PoolConfig::new().max_connections(connections))
            .reads(patient());
        let tenants = ["a", "b"].into_iter().zip(&self.places);
        tenants.fold(BindsConfig::new().bind(host), |config, (tenant, place)| {
            config.bind(BindConfig::within(tenant, place.within.clone()))
        })
    }

    /// So few connections that all share them.
    pub(super) async fn open(&self, connections: u32) -> RoutingDatabase {
        let config = self.config(connections);
        let db = RoutingDatabase::from_config(config).await.unwrap();
        for slave in ["slave-1", "slave-2"] {
            until_state(&db, slave, NodeState::Serving).await;
        }
        db
    }
}

/// Whose table `sign` a handle reads.
pub(super) async fn sign(db: &impl ConnectionTrait) -> String {
    let select = Statement::from_string(db.get_database_backend(), "SELECT tag FROM sign");
    let row = db.query_one_raw(select).await.unwrap();
    row.unwrap().try_get("", "tag").unwrap()
}
