use std::{collections::HashMap, sync::Arc, time::Duration};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use tokio::time::timeout;
use tracing::warn;

use super::{
    places::{Places, unasked},
    refresh::unseen,
};
use crate::{
    classify::{Object, ObjectKind},
    error::RoutingError,
    events::NODE,
    names::BindName,
    node::{Bind, Topology},
    shard::group_of,
};

/// A bind that takes longer has not answered.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Asks the masters of binds for the objects, and notes who has them. Of a group, these `shards` are asked, and one for all
/// of them: there may be thousands, and they are alike.
///
/// # Errors
/// No bind has an object, and one did not answer; or one of these shards did not.
pub(crate) async fn locate(
    topology: &Topology,
    objects: &[Object],
    places: &Places,
    shards: &[BindName],
) -> Result<(), RoutingError> {
    let asked = binds_to_ask(topology, shards);
    for object in objects {
        let (mut having, mut silent) = (Vec::new(), Vec::new());
        for bind in &asked {
            let is_named = shards.contains(&bind.name);
            match answer(bind, object).await {
                Some(true) => having.push(bind.name.clone()),
                None if is_named => return Err(unasked(object, &[])),
                None if group_of(bind.name.as_str()).is_none() => silent.push(bind.name.clone()),
                Some(false) | None => {}
            }
        }
        if having.is_empty() && !silent.is_empty() {
            return Err(unasked(object, &silent));
        }
        places.note(object, &having, shards);
    }
    Ok(())
}

/// The binds of no group, the shards that are named, and one of each group.
fn binds_to_ask<'t>(topology: &'t Topology, shards: &[BindName]) -> Vec<&'t Arc<Bind>> {
    let mut groups: HashMap<&str, &Arc<Bind>> = HashMap::new();
    let mut asked = Vec::new();
    for bind in topology.all_binds() {
        match group_of(bind.name.as_str()) {
            None => asked.push(bind),
            Some(_) if shards.contains(&bind.name) => asked.push(bind),
            Some((group, _)) => {
                let one = groups.entry(group).or_insert(bind);
                if one.master.health.is_down() {
                    *one = bind;
                }
            }
        }
    }
    asked.extend(groups.into_values());
    asked
}

/// `None` if the bind's master does not answer. A mock has nothing: it answers what its test has queued.
async fn answer(bind: &Bind, object: &Object) -> Option<bool> {
    let master = &bind.master;
    let Some(connection) = unseen(&master.connection) else {
        return Some(false);
    };
    if master.health.is_down() {
        return None;
    }
    let channel = master.channel_over(&connection);
    let asked = timeout(TIMEOUT, async {
        let asked = has(&channel, object);
        match master.seat().await? {
            Some(seat) => seat.of(asked).await,
            None => asked.await,
        }
    });
    match asked.await {
        Ok(Ok(has)) => Some(has),
        Ok(Err(error)) => {
            warn!(target: NODE, bind = %bind.name, %object, %error, "the database can't be asked for an object");
            None
        }
        Err(_) => None,
    }
}

async fn has(master: &impl ConnectionTrait, object: &Object) -> Result<bool, DbErr> {
    let backend = master.get_database_backend();
    let query = match backend {
        DbBackend::Postgres => postgres(object.kind),
        DbBackend::MySql => mysql(object.kind),
        _ => sqlite(object.kind),
    };
    let Some(query) = query else {
        return Ok(false);
    };
    let schema = object.schema.clone();
    let values = [
        object.name.clone().into(),
        schema.clone().into(),
        schema.into(),
    ];
    let values = values.into_iter().take(query.matches(['?', '$']).count());
    let statement = Statement::from_sql_and_values(backend, query, values);
    Ok(master.query_one_raw(statement).await?.is_some())
}

/// Without a schema, SQL finds what is visible.
fn postgres(kind: ObjectKind) -> Option<String> {
    let (table, prefix, rest) = match kind {
        ObjectKind::Index => ("pg_class", "rel", "relkind IN ('i', 'I')"),
        ObjectKind::Sequence => ("pg_class", "rel", "relkind = 'S'"),
        ObjectKind::View => ("pg_class", "rel", "relkind IN ('v', 'm')"),
        ObjectKind::Type => ("pg_type", "typ", "true"),
        ObjectKind::Routine => ("pg_proc", "pro", "true"),
        ObjectKind::Collation => ("pg_collation", "coll", "true"),
        ObjectKind::Statistics => ("pg_statistic_ext", "stx", "true"),
        ObjectKind::Publication => return Some(by_name("pg_publication", "pubname")),
        ObjectKind::Subscription => return Some(by_name("pg_subscription", "subname")),
        ObjectKind::Extension => return Some(by_name("pg_extension", "extname")),
        ObjectKind::Schema => return Some(by_name("pg_namespace", "nspname")),
        ObjectKind::Server => return Some(by_name("pg_foreign_server", "srvname")),
        ObjectKind::Wrapper => return Some(by_name("pg_foreign_data_wrapper", "fdwname")),
        ObjectKind::EventTrigger => return Some(by_name("pg_event_trigger", "evtname")),
        ObjectKind::Conversion => ("pg_conversion", "con", "true"),
        // The server's own are everywhere.
        ObjectKind::Operator => ("pg_operator", "opr", "n.nspname <> 'pg_catalog'"),
        ObjectKind::OperatorClass => return Some(of_kinds(&OPERATOR_CLASSES)),
        ObjectKind::TextSearch => return Some(of_kinds(&TEXT_SEARCH)),
        ObjectKind::Trigger | ObjectKind::Event | ObjectKind::Library => return None,
    };
    let is_visible = match kind {
        ObjectKind::Type => "pg_type_is_visible",
        ObjectKind::Routine => "pg_function_is_visible",
        ObjectKind::Collation => "pg_collation_is_visible",
        ObjectKind::Statistics => "pg_statistics_obj_is_visible",
        ObjectKind::Conversion => "pg_conversion_is_visible",
        ObjectKind::Operator => "pg_operator_is_visible",
        _ => "pg_table_is_visible",
    };
    Some(format!(
        "SELECT 1 FROM pg_catalog.{table} o JOIN pg_catalog.pg_namespace n ON n.oid = o.{prefix}namespace \
         WHERE o.{prefix}name = $1 AND {rest} \
         AND CASE WHEN $2::text IS NULL THEN {is_visible}(o.oid) ELSE n.nspname = $3 END LIMIT 1"
    ))
}

/// Catalogues of one kind of object: the table, the prefix of its columns, and the function that says what is visible.
type Catalogues = [(&'static str, &'static str, &'static str)];

const OPERATOR_CLASSES: [(&str, &str, &str); 2] = [
    ("pg_opclass", "opc", "pg_opclass_is_visible"),
    ("pg_opfamily", "opf", "pg_opfamily_is_visible"),
];

const TEXT_SEARCH: [(&str, &str, &str); 4] = [
    ("pg_ts_config", "cfg", "pg_ts_config_is_visible"),
    ("pg_ts_dict", "dict", "pg_ts_dict_is_visible"),
    ("pg_ts_parser", "prs", "pg_ts_parser_is_visible"),
    ("pg_ts_template", "tmpl", "pg_ts_template_is_visible"),
];

fn of_kinds(catalogues: &Catalogues) -> String {
    let queries = catalogues.iter().map(|(table, prefix, is_visible)| {
        format!(
            "SELECT 1 FROM pg_catalog.{table} o JOIN pg_catalog.pg_namespace n ON n.oid = o.{prefix}namespace \
             WHERE o.{prefix}name = asked.name \
             AND CASE WHEN asked.schema IS NULL THEN {is_visible}(o.oid) ELSE n.nspname = asked.schema END"
        )
    });
    let queries = queries.collect::<Vec<_>>().join(" UNION ALL ");
    format!(
        "SELECT 1 FROM (SELECT $1::text AS name, $2::text AS schema) asked WHERE EXISTS ({queries}) LIMIT 1"
    )
}

fn by_name(table: &str, column: &str) -> String {
    format!("SELECT 1 FROM pg_catalog.{table} WHERE {column} = $1")
}

fn mysql(kind: ObjectKind) -> Option<String> {
    let (table, prefix, rest) = match kind {
        ObjectKind::Trigger => ("TRIGGERS", "TRIGGER", "TRUE"),
        ObjectKind::Sequence => ("TABLES", "TABLE", "TABLE_TYPE = 'SEQUENCE'"),
        ObjectKind::View => ("VIEWS", "TABLE", "TRUE"),
        ObjectKind::Routine => ("ROUTINES", "ROUTINE", "TRUE"),
        ObjectKind::Event => ("EVENTS", "EVENT", "TRUE"),
        // Since MySQL 9.2; who lacks it refuses the statement that names one, too.
        ObjectKind::Library => ("LIBRARIES", "LIBRARY", "TRUE"),
        _ => return None,
    };
    Some(format!(
        "SELECT 1 FROM information_schema.{table} WHERE {prefix}_NAME = ? \
         AND {prefix}_SCHEMA = COALESCE(?, DATABASE()) AND {rest} LIMIT 1"
    ))
}

/// Attached files belong to one connection: the schema is `main`.
fn sqlite(kind: ObjectKind) -> Option<String> {
    let kind = match kind {
        ObjectKind::Index => "index",
        ObjectKind::Trigger => "trigger",
        ObjectKind::View => "view",
        _ => return None,
    };
    Some(format!(
        "SELECT 1 FROM sqlite_master WHERE type = '{kind}' AND name = ? COLLATE NOCASE LIMIT 1"
    ))
}
