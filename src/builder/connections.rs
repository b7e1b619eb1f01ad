use sea_orm::DatabaseConnection;

use super::BindBuilder;
use crate::{config::ConfigProblem, node::backend};

/// Every node is connected and speaks its master's dialect.
pub(super) fn problems(bind: &BindBuilder) -> Vec<ConfigProblem> {
    let nodes = bind.config.nodes().map(|node| node.name.as_str());
    let connections = std::iter::once(&bind.master).chain(&bind.slaves);
    let expected = dialect(&bind.master);
    let problem = |(node, connection): (&str, &DatabaseConnection)| {
        let (found, expected) = match (dialect(connection), expected) {
            (None, _) => (
                "a connection that is not connected".to_owned(),
                "a connection".to_owned(),
            ),
            (Some(found), Some(master)) if found != master => (
                found.to_owned(),
                format!("{master}, as the master of `{}`", bind.config.name),
            ),
            _ => return None,
        };
        Some(ConfigProblem {
            line: None,
            key: format!("{}.{node}", bind.config.name),
            found,
            expected,
        })
    };
    nodes.zip(connections).filter_map(problem).collect()
}

fn dialect(connection: &DatabaseConnection) -> Option<&'static str> {
    backend(connection).map(|backend| backend.as_str())
}
