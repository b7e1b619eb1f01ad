use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr};
use sea_orm_routing::classify::Class;
use test_cluster::{Cluster, Postgres};
use tokio::time::timeout;

use super::{
    statements::set_up,
    witness::{LONGEST, Relation, Testimony, Witness, code, connect, plain, rows},
};

/// The relations that this transaction has locked, with their names as they are now.
const LOCKED: &str = "
    SELECT DISTINCT l.relation::bigint, coalesce(n.nspname, '')::text, coalesce(c.relname, '')::text, c.relkind::text
    FROM pg_catalog.pg_locks l
    LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE l.locktype = 'relation' AND l.pid = pg_catalog.pg_backend_pid()
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())";

/// What belongs to what: a view's tables, partitions and parents, foreign keys, sequences of columns.
const RELATED: &str = "
    SELECT r.ev_class::bigint, d.refobjid::bigint FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
    WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
    UNION SELECT inhrelid::bigint, inhparent::bigint FROM pg_catalog.pg_inherits
    UNION SELECT inhparent::bigint, inhrelid::bigint FROM pg_catalog.pg_inherits
    UNION SELECT conrelid::bigint, confrelid::bigint FROM pg_catalog.pg_constraint WHERE contype = 'f'
    UNION SELECT confrelid::bigint, conrelid::bigint FROM pg_catalog.pg_constraint WHERE contype = 'f'
    UNION SELECT adrelid::bigint, d.refobjid::bigint FROM pg_catalog.pg_attrdef a JOIN pg_catalog.pg_depend d ON d.objid = a.oid
    WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass";

const RELATIONS: &str = "
    SELECT c.oid::bigint, n.nspname::text, c.relname::text, c.relkind::text
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema')";

/// What stands for rows: tables, views, and what a table is made of. A sequence is looked up elsewhere.
const KINDS: &str = "rpvmf";

type Relations = BTreeMap<i64, (Relation, String)>;
type Related = BTreeSet<(i64, i64)>;

/// PostgreSQL, whose `pg_locks` name what a transaction has touched.
pub(super) struct PostgresWitness {
    _cluster: Cluster<Postgres>,
    url: String,
    session: DatabaseConnection,
    holder: DatabaseConnection,
    before: Relations,
    related: Related,
}

impl Witness for PostgresWitness {
    const SERVER: &'static str = "PostgreSQL";
    const BACKEND: DbBackend = DbBackend::Postgres;
    const SCHEMA: &'static str = "public";
    const FILES: [&'static str; 2] = ["postgres.cases", "postgres.tables.sql"];
    const LEFT_OUT: &'static [(&'static str, &'static str)] = &[];
    const LEAST: usize = 500;

    async fn open() -> Self {
        let cluster = Cluster::<Postgres>::start(0).await.unwrap();
        let url = cluster.master().admin_url();
        let session = connect(&url).await;
        for file in ["postgres.setup.sql", "postgres.tables.setup.sql"] {
            for statement in set_up(file) {
                session.execute_unprepared(&statement).await.unwrap();
            }
        }
        let holder = connect(&url).await;
        let before = relations(&session, RELATIONS).await.unwrap();
        let related = related(&session).await.unwrap();
        Self {
            _cluster: cluster,
            url,
            session,
            holder,
            before,
            related,
        }
    }

    async fn remains(&mut self, sql: &str) -> Result<Option<String>, String> {
        self.session.execute_unprepared("BEGIN").await.unwrap();
        let before = self.state().await;
        let ran = timeout(LONGEST, self.session.execute_unprepared(sql)).await;
        let after = match &ran {
            Ok(Ok(_)) => self.state().await,
            _ => Err("was refused".to_owned()),
        };
        let rolled_back = timeout(LONGEST, self.session.execute_unprepared("ROLLBACK")).await;
        if before != after || !matches!(rolled_back, Ok(Ok(_))) {
            self.reconnect().await;
        }
        let (before, after) = (before?, after?);
        Ok((before != after).then(|| format!("{before} became {after}")))
    }

    async fn ask(&mut self, sql: &str, class: &Class) -> Testimony {
        if says_names_in_strings(sql) || is_of_all(sql) {
            return Testimony::Refused("is not tried".to_owned());
        }
        self.session.execute_unprepared("BEGIN").await.unwrap();
        let ran = timeout(LONGEST, self.session.execute_unprepared(sql)).await;
        let testimony = match ran {
            Err(_) => Testimony::Refused("does not end".to_owned()),
            Ok(Err(error)) if code(&error) == "25001" => {
                return self.outside(sql, class).await;
            }
            Ok(Err(error)) => Testimony::Refused(error.to_string()),
            Ok(Ok(_)) => match self.locked().await {
                Ok(locked) => self.compare(sql, class, &locked),
                Err(error) => Testimony::Refused(format!("left its transaction: {error}")),
            },
        };
        let rolled_back = timeout(LONGEST, self.session.execute_unprepared("ROLLBACK")).await;
        let is_open = !matches!(rolled_back, Ok(Ok(_)));
        if is_open || class.changes_session() {
            self.reconnect().await;
        }
        testimony
    }
}

/// What a transaction has written, what it has locked for later, and what its session remembers.
const STATE: &str = "
    SELECT concat_ws(' ', 'xid', pg_catalog.pg_current_xact_id_if_assigned(),
    'advisory', (SELECT count(*) FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND pid = pg_catalog.pg_backend_pid()),
    'settings', (SELECT md5(string_agg(name || setting, ',' ORDER BY name)) FROM pg_catalog.pg_settings),
    'cursors', (SELECT count(*) FROM pg_catalog.pg_cursors WHERE name <> ''),
    'prepared', (SELECT count(*) FROM pg_catalog.pg_prepared_statements WHERE from_sql),
    'listening', (SELECT count(*) FROM pg_catalog.pg_listening_channels()))";

impl PostgresWitness {
    /// Another session, with nothing left of the one before.
    async fn reconnect(&mut self) {
        let others = "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
        self.holder.execute_unprepared(others).await.unwrap();
        self.session = connect(&self.url).await;
    }

    async fn state(&self) -> Result<String, String> {
        let state = rows(&self.session, STATE).await;
        let state = state.map_err(|error| error.to_string())?;
        state[0]
            .try_get_by_index(0)
            .map_err(|error| error.to_string())
    }

    async fn locked(&self) -> Result<Relations, DbErr> {
        relations(&self.session, LOCKED).await
    }

    fn compare(&self, sql: &str, class: &Class, locked: &Relations) -> Testimony {
        let named = Self::named(class);
        // A relation that was renamed or dropped had its name before.
        let names = |oid: &i64| {
            let is = [self.before.get(oid), locked.get(oid)];
            is.into_iter().flatten().cloned().collect::<Vec<_>>()
        };
        let is_named = |oid: &i64| {
            let mut names = names(oid).into_iter();
            names.any(|(relation, _)| {
                let temporary = relation.schema.starts_with("pg_temp");
                named.contains(&relation)
                    || temporary && named.iter().any(|named| named.name == relation.name)
            })
        };
        let everything = self.before.keys().chain(locked.keys());
        let mut known: BTreeSet<i64> = everything.copied().filter(is_named).collect();
        self.add_related(sql, &mut known);
        let missed = locked.keys().filter(|oid| !known.contains(oid));
        let missed = missed.flat_map(names).filter(|(relation, kind)| {
            KINDS.contains(kind.as_str())
                && !["pg_catalog", "pg_toast", "information_schema", ""]
                    .contains(&relation.schema.as_str())
        });
        let touched: BTreeSet<_> = locked
            .keys()
            .flat_map(names)
            .map(|(relation, _)| relation)
            .collect();
        let is_touched = |named: &Relation| {
            touched.iter().any(|touched| {
                touched == named
                    || touched.schema.starts_with("pg_temp") && touched.name == named.name
            })
        };
        Testimony::Ran {
            missed: missed.map(|(relation, _)| relation).collect(),
            idle: match is_without_locks(sql) {
                true => Vec::new(),
                false => named
                    .iter()
                    .filter(|named| !is_touched(named))
                    .cloned()
                    .collect(),
            },
        }
    }

    /// Adds what belongs to relations, and with `CASCADE` what depends on them.
    fn add_related(&self, sql: &str, known: &mut BTreeSet<i64>) {
        let cascades = plain(sql).contains("CASCADE");
        loop {
            let more = self.related.iter().flat_map(|(one, other)| match cascades {
                true => vec![(one, other), (other, one)],
                false => vec![(one, other)],
            });
            let more = more.filter(|(one, other)| known.contains(one) && !known.contains(other));
            let more: Vec<i64> = more.map(|(_, other)| *other).collect();
            if more.is_empty() {
                break;
            }
            known.extend(more);
        }
    }

    /// What no transaction may hold is run while another session holds all tables that it does not name.
    async fn outside(&mut self, sql: &str, class: &Class) -> Testimony {
        self.reconnect().await;
        let named = Self::named(class);
        let tables = || {
            self.before
                .values()
                .filter(|(_, kind)| "rp".contains(kind.as_str()))
        };
        let is_named = |oid: &&i64| {
            self.before
                .get(oid)
                .is_some_and(|(one, _)| named.contains(one))
        };
        let mut known: BTreeSet<i64> = self.before.keys().filter(is_named).copied().collect();
        self.add_related(sql, &mut known);
        let known = |relation: &Relation| {
            known
                .iter()
                .any(|oid| self.before.get(oid).is_some_and(|(one, _)| one == relation))
        };
        let others = tables().filter(|(relation, _)| !known(relation));
        let others: Vec<_> = others.map(|(relation, _)| relation.clone()).collect();
        let (named, _): (Vec<_>, Vec<_>) = named
            .into_iter()
            .partition(|named| tables().any(|(relation, _)| relation == named));
        let mut idle = Vec::new();
        for one in named {
            if self.run_while_held(&[&one], sql).await != Err("55P03".to_owned()) {
                idle.push(one);
            }
        }
        let mut missed = Vec::new();
        let all: Vec<_> = others.iter().collect();
        match self.run_while_held(&all, sql).await {
            Ok(()) => {}
            Err(code) if code == "55P03" => {
                for one in &others {
                    if self.run_while_held(&[one], sql).await.is_err() {
                        missed.push(one.clone());
                    }
                }
            }
            Err(code) => return Testimony::Refused(code),
        }
        Testimony::Ran { missed, idle }
    }

    async fn run_while_held(&self, held: &[&Relation], sql: &str) -> Result<(), String> {
        let tables: Vec<_> = held
            .iter()
            .map(|table| {
                format!(
                    "ONLY \"{}\".\"{}\"",
                    table.schema,
                    table.name.replace('"', "\"\"")
                )
            })
            .collect();
        let lock = format!(
            "BEGIN; LOCK TABLE {} IN ACCESS EXCLUSIVE MODE",
            tables.join(", ")
        );
        self.holder.execute_unprepared(&lock).await.unwrap();
        let session = connect(&self.url).await;
        session
            .execute_unprepared("SET lock_timeout = '20ms'")
            .await
            .unwrap();
        let ran = timeout(LONGEST, session.execute_unprepared(sql)).await;
        self.holder.execute_unprepared("ROLLBACK").await.unwrap();
        match ran {
            Ok(ran) => ran.map(drop).map_err(|error| code(&error)),
            Err(_) => Err("does not end".to_owned()),
        }
    }
}

/// Statements that check nothing but names, or that find nothing to do.
fn is_without_locks(sql: &str) -> bool {
    let sql = plain(sql);
    let verbs = ["GRANT", "REVOKE", "EXPLAIN REFRESH"];
    // The locks are gone with the transaction.
    let ends = ["; COMMIT", ";COMMIT", "; END", "; ROLLBACK"];
    let grants = sql.starts_with("CREATE SCHEMA") && sql.contains(" GRANT ");
    let begins = verbs.iter().any(|verb| sql.starts_with(verb));
    grants || begins || ends.iter().any(|end| sql.contains(end))
}

/// Names in strings are seen by the server alone: docs/classification.md says so.
fn says_names_in_strings(sql: &str) -> bool {
    let sql = plain(sql);
    let bodies = sql.contains("FUNCTION") && ["AS '", "AS'"].iter().any(|body| sql.contains(body));
    bodies
        || ["::REGCLASS", ":: REGCLASS", "TABLE_TO_XML", "QUERY_TO_XML"]
            .iter()
            .any(|word| sql.contains(word))
}

/// Statements about all tables, or about those that another object has.
fn is_of_all(sql: &str) -> bool {
    plain(sql).split(';').any(is_one_of_all)
}

fn is_one_of_all(sql: &str) -> bool {
    let sql = sql.trim();
    // What stands in parentheses behind the verb are options.
    let bare = match sql.split_once('(') {
        Some((verb, options)) if options.ends_with(')') => verb,
        _ => sql,
    };
    const WORDS: [&str; 7] = [
        "VACUUM", "ANALYZE", "ANALYSE", "CLUSTER", "VERBOSE", "FULL", "FREEZE",
    ];
    (!bare.is_empty() && bare.split_whitespace().all(|word| WORDS.contains(&word)))
        || sql.starts_with("ALTER PUBLICATION PRINTED SET TABLE")
}

async fn relations(session: &DatabaseConnection, sql: &str) -> Result<Relations, DbErr> {
    let rows = rows(session, sql).await?;
    let relations = rows.iter().map(|row| {
        let name: Relation = Relation::new(
            row.try_get_by_index::<String>(1)?,
            row.try_get_by_index::<String>(2)?,
        );
        let kind: Option<String> = row.try_get_by_index(3)?;
        Ok((row.try_get_by_index(0)?, (name, kind.unwrap_or_default())))
    });
    relations.collect()
}

async fn related(session: &DatabaseConnection) -> Result<Related, DbErr> {
    let rows = rows(session, RELATED).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect()
}
