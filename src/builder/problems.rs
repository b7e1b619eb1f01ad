use sea_orm::DatabaseConnection;

use super::BindBuilder;
use crate::{
    config::{
        BindConfig, BindsConfig, ConfigProblem, DeclaredKey, MASTER_NODE, NodeConfig, RoutingConfig,
    },
    node::backend,
};

/// What is wrong with binds whose connections exist: their names and limits as in a file, and their connections.
pub(super) fn problems(
    binds: &[BindBuilder],
    routing: &RoutingConfig,
    declared: &[DeclaredKey],
) -> Vec<ConfigProblem> {
    let mut problems = outline(binds)
        .routing(routing.clone())
        .check_outline(declared);
    problems.extend(binds.iter().flat_map(connections));
    problems
}

/// The binds as if they had been configured, without addresses.
pub(super) fn outline(binds: &[BindBuilder]) -> BindsConfig {
    binds.iter().fold(BindsConfig::new(), |config, bind| {
        let outline = BindConfig::new(&bind.name, "")
            .tables(&bind.tables)
            .reads(bind.reads.clone())
            .failover(bind.failover.clone());
        let slaves = bind
            .slaves
            .iter()
            .map(|slave| NodeConfig::new(&slave.name, ""));
        config.bind(slaves.fold(outline, BindConfig::slave))
    })
}

/// Every node is connected and speaks its master's dialect.
fn connections(bind: &BindBuilder) -> Vec<ConfigProblem> {
    let slaves = bind
        .slaves
        .iter()
        .map(|slave| (slave.name.as_str(), &slave.connection));
    let nodes = std::iter::once((MASTER_NODE, &bind.master)).chain(slaves);
    let expected = dialect(&bind.master);
    let problem = |(node, connection): (&str, &DatabaseConnection)| {
        let (found, expected) = match (dialect(connection), expected) {
            (None, _) => (
                "a connection that is not connected".to_owned(),
                "a connection".to_owned(),
            ),
            (Some(found), Some(master)) if found != master => (
                found.to_owned(),
                format!("{master}, as the master of `{}`", bind.name),
            ),
            _ => return None,
        };
        Some(ConfigProblem {
            line: None,
            key: format!("{}.{node}", bind.name),
            found,
            expected,
        })
    };
    nodes.filter_map(problem).collect()
}

fn dialect(connection: &DatabaseConnection) -> Option<&'static str> {
    backend(connection).map(|backend| backend.as_str())
}
