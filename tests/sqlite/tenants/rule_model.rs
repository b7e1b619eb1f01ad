//! Where statements go by a rule, keys, scopes and handles, against a model that is too simple to be wrong.

use std::pin::Pin;

use proptest::{prelude::*, sample::select};
use sea_orm::{DbBackend, MockDatabase, TransactionTrait};
use sea_orm_routing::{
    BindBuilder, RoutingDatabase,
    rule::{Ruling, Subject},
};

use crate::bakery::sql;

const BINDS: [&str; 4] = ["default", "reports", "tenant-1", "tenant-2"];

/// Names of binds, and of nodes.
const KEYS: [&str; 7] = [
    "default",
    "reports",
    "tenant-1",
    "tenant-2",
    "tenant-1.slave-1",
    "reports.slave-1",
    "tenant-2.master",
];

/// Each table with the bind that claims it.
const TABLES: [(&str, Option<&str>); 5] = [
    ("bakery", None),
    ("cake", None),
    ("report", Some("reports")),
    ("report_line", Some("reports")),
    ("listed", Some("tenant-1")),
];

#[derive(Clone, Debug)]
enum Says {
    Nothing,
    To(&'static str),
    UnlessKeyed(&'static str),
    Refuse,
}

#[derive(Clone, Debug)]
struct Case {
    tables: Vec<(&'static str, Option<&'static str>)>,
    writes: bool,
    says: Says,
    handle: Option<&'static str>,
    /// The handle's `master()` or `slave()`.
    nodes: Option<&'static str>,
    /// Whether it is the first statement of a transaction.
    begins: bool,
    scopes: Vec<&'static str>,
}

fn cases() -> impl Strategy<Value = Case> {
    let bind = || select(KEYS.to_vec());
    let says = prop_oneof![
        Just(Says::Nothing),
        bind().prop_map(Says::To),
        bind().prop_map(Says::UnlessKeyed),
        Just(Says::Refuse),
    ];
    let tables = prop::collection::vec(select(TABLES.to_vec()), 0..3);
    let scopes = prop::collection::vec(bind(), 0..3);
    (
        tables,
        any::<bool>(),
        says,
        prop::option::of(bind()),
        prop::option::of(select(vec!["master", "slave-1"])),
        any::<bool>(),
        scopes,
    )
        .prop_map(
            |(tables, writes, says, handle, nodes, begins, scopes)| Case {
                tables,
                writes,
                says,
                handle,
                nodes,
                begins,
                scopes,
            },
        )
}

/// A bind, and the node that a key names.
fn meaning(key: &'static str) -> (&'static str, Option<&'static str>) {
    key.split_once('.')
        .map_or((key, None), |(bind, node)| (bind, Some(node)))
}

/// The bind, and the node that whatever has decided it names; `None` for an error.
fn place(case: &Case) -> Option<(&'static str, Option<&'static str>)> {
    if let Some(handle) = case.handle {
        return Some(meaning(handle));
    }
    let (rest, node) = meaning(match case.says {
        Says::To(key) => return Some(meaning(key)),
        Says::Refuse => return None,
        Says::UnlessKeyed(key) => key,
        Says::Nothing => case.scopes.last().copied().unwrap_or("default"),
    });
    let is_of_rest = case.tables.is_empty() || case.tables.iter().any(|(_, bind)| bind.is_none());
    let mut binds: Vec<_> = case
        .tables
        .iter()
        .map(|(_, bind)| bind.unwrap_or(rest))
        .collect();
    binds.dedup();
    let bind = match binds[..] {
        [] => rest,
        [bind] => bind,
        _ => return None,
    };
    Some((bind, node.filter(|_| is_of_rest)))
}

/// The node, or `None` for an error.
fn model(case: &Case) -> Option<String> {
    let (bind, placed) = place(case)?;
    let writes = case.writes && !case.tables.is_empty();
    // A handle's node is also that of its transactions.
    let fixed = case.nodes.or(placed.filter(|_| case.handle.is_some()));
    let node = match (fixed, placed, case.begins) {
        (Some(node), ..) | (None, Some(node), false) => node,
        (None, Some("slave-1"), true) if writes => return None,
        (None, _, true) => "master",
        (None, None, false) if writes => "master",
        (None, None, false) => "slave-1",
    };
    (node == "master" || !writes).then(|| format!("{bind}.{node}"))
}

fn text(case: &Case) -> String {
    let names: Vec<_> = case.tables.iter().map(|(name, _)| *name).collect();
    match (&names[..], case.writes) {
        ([], _) => "SELECT 1".to_owned(),
        ([first, others @ ..], true) => {
            let others: Vec<_> = others
                .iter()
                .map(|name| format!("FROM {name} AS other"))
                .collect();
            format!("UPDATE {first} SET id = id {}", others.join(" "))
        }
        (names, false) => {
            let aliased: Vec<_> = names
                .iter()
                .enumerate()
                .map(|(n, name)| format!("{name} AS t{n}"))
                .collect();
            format!("SELECT 1 FROM {}", aliased.join(", "))
        }
    }
}

fn rule(subject: &Subject<'_>) -> Ruling {
    match (
        subject.value("to"),
        subject.value("unless keyed"),
        subject.value("refuse"),
    ) {
        (Some(bind), ..) => Ruling::to(bind.to_owned()),
        (_, Some(bind), _) => Ruling::unless_keyed(bind.to_owned()),
        (.., Some(_)) => Ruling::refuse("so it is"),
        _ => Ruling::pass(),
    }
}

fn database() -> RoutingDatabase {
    let mock = || MockDatabase::new(DbBackend::Sqlite).into_connection();
    let mut builder = RoutingDatabase::builder().seed(1).rule(rule);
    for name in BINDS {
        let bind = BindBuilder::new(name, mock()).slave("slave-1", mock());
        builder = builder.bind(match name {
            "tenant-1" => bind.tables(["listed"]),
            _ => bind,
        });
    }
    builder.build().unwrap()
}

/// The route inside of all scopes.
async fn routed(db: &RoutingDatabase, case: &Case) -> Option<String> {
    let mut route: Pin<Box<dyn Future<Output = Option<String>>>> = Box::pin(async {
        let handle = case
            .handle
            .map_or_else(|| db.clone(), |bind| db.bind(bind).unwrap());
        let handle = match case.nodes {
            None => handle,
            Some("master") => handle.master(),
            Some(_) => handle.slave().unwrap(),
        };
        let statement = sql(&text(case));
        let route = match case.begins {
            true => handle.begin().await.ok()?.route(&statement).ok()?,
            false => handle.route(&statement).ok()?,
        };
        Some(format!("{}.{}", route.bind, route.node))
    });
    for bind in case.scopes.iter().rev() {
        let scope = db.bind(bind).unwrap();
        route = Box::pin(async move { scope.scope(route).await });
    }
    let says = match case.says {
        Says::Nothing => db.clone(),
        Says::To(bind) => db.with_value("to", bind),
        Says::UnlessKeyed(bind) => db.with_value("unless keyed", bind),
        Says::Refuse => db.with_value("refuse", ""),
    };
    says.scope(route).await
}

#[test]
fn routes_are_those_of_the_model() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let db = runtime.block_on(async { database() });
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 1_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let run = runner.run(&cases(), |case| {
        let route = runtime.block_on(routed(&db, &case));
        prop_assert_eq!(route, model(&case), "{}", text(&case));
        Ok(())
    });
    run.unwrap();
}
