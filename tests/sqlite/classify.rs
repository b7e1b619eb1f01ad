//! Statements built by sea-query, whose tree is known, get the class that the tree says, in every dialect.

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*, sample::select};
use sea_orm::{
    DbBackend, StatementBuilder,
    sea_query::{
        Alias, CommonTableExpression, Cond, DeleteStatement, Expr, ExprTrait, Func,
        InsertStatement, JoinType, LockBehavior, LockType, OnConflict, Order, Query,
        SelectStatement, UnionType, UpdateStatement, WithClause, WithQuery,
    },
};
use sea_orm_routing::classify::{Access, Functions, classify};

const TABLES: &[&str] = &[
    "cake",
    "Bakery",
    "order",
    "select",
    "legacy log",
    "fruit_s",
    "naïve",
];

/// Values and names that look like what they are not.
const TEXTS: &[&str] = &[
    "plain",
    "O'Brien",
    "; DELETE FROM cake",
    "-- comment",
    "/* open",
    "FOR UPDATE",
    "\\",
    "\"",
    "`",
    "$1",
    "?",
    "",
];

#[derive(Clone, Debug)]
struct Tree {
    from: &'static str,
    joins: Vec<&'static str>,
    in_subquery: Option<&'static str>,
    union: Option<&'static str>,
    cte: Option<&'static str>,
    text: &'static str,
    function: bool,
    lock: Option<(LockType, Option<LockBehavior>)>,
}

fn tree() -> impl Strategy<Value = Tree> {
    let table = || select(TABLES);
    let lock = (
        select(&[LockType::Update, LockType::Share][..]),
        prop::option::of(select(
            &[LockBehavior::Nowait, LockBehavior::SkipLocked][..],
        )),
    );
    let parts = (
        table(),
        vec(table(), 0..3),
        prop::option::of(table()),
        prop::option::of(table()),
        prop::option::of(table()),
        select(TEXTS),
        any::<bool>(),
        prop::option::weighted(0.3, lock),
    );
    parts.prop_map(
        |(from, joins, in_subquery, union, cte, text, function, lock)| Tree {
            from,
            joins,
            in_subquery,
            union,
            cte,
            text,
            function,
            lock,
        },
    )
}

impl Tree {
    fn select(&self) -> SelectStatement {
        let mut query = Query::select();
        query
            .expr(Expr::value(self.text))
            .column((Alias::new(self.from), Alias::new("id")));
        query.from(Alias::new(self.from));
        for (number, join) in self.joins.iter().enumerate() {
            let alias = format!("j{number}");
            let on = Expr::col((Alias::new(&alias), Alias::new("id")))
                .equals((Alias::new(self.from), Alias::new("id")));
            query.join_as(JoinType::LeftJoin, Alias::new(*join), Alias::new(alias), on);
        }
        if self.function {
            query.expr(Func::coalesce([
                Func::lower(Expr::value(self.text)).into(),
                Expr::value(""),
            ]));
        }
        query.cond_where(self.condition());
        if let Some(table) = self.union {
            let mut other = Query::select();
            other.expr(Expr::value(1)).from(Alias::new(table));
            query.union(UnionType::All, other);
        }
        query
            .order_by(Alias::new("id"), Order::Desc)
            .limit(3)
            .offset(1);
        match self.lock {
            Some((kind, Some(behaviour))) => query.lock_with_behavior(kind, behaviour),
            Some((kind, None)) => query.lock(kind),
            None => &mut query,
        };
        query
    }

    fn condition(&self) -> Cond {
        let condition = Cond::any().add(Expr::col(Alias::new("name")).eq(self.text));
        match self.in_subquery {
            None => condition,
            Some(table) => {
                let mut inner = Query::select();
                inner.column(Alias::new("id")).from(Alias::new(table));
                condition.add(Expr::col(Alias::new("id")).in_subquery(inner))
            }
        }
    }

    /// With a CTE whose name no table has.
    fn with(&self) -> Option<WithQuery> {
        let mut inner = Query::select();
        inner.column(Alias::new("id")).from(Alias::new(self.cte?));
        let cte = CommonTableExpression::new()
            .query(inner)
            .table_name(Alias::new("picked"))
            .columns([Alias::new("id")])
            .to_owned();
        let mut outer = self.select();
        outer.from(Alias::new("picked"));
        Some(outer.with(WithClause::new().cte(cte).to_owned()))
    }

    fn insert(&self) -> InsertStatement {
        let mut insert = Query::insert();
        insert
            .into_table(Alias::new(self.from))
            .columns([Alias::new("id"), Alias::new("name")])
            .values_panic([1.into(), self.text.into()]);
        if self.function {
            insert.on_conflict(OnConflict::column(Alias::new("id")).do_nothing().to_owned());
        }
        insert
    }

    fn update(&self) -> UpdateStatement {
        let mut update = Query::update();
        update
            .table(Alias::new(self.from))
            .value(Alias::new("name"), self.text)
            .cond_where(self.condition());
        update
    }

    fn delete(&self) -> DeleteStatement {
        let mut delete = Query::delete();
        delete
            .from_table(Alias::new(self.from))
            .cond_where(self.condition());
        delete
    }

    fn read_tables(&self) -> BTreeSet<&str> {
        let mut tables = BTreeSet::from([self.from]);
        tables.extend(self.joins.iter().copied());
        tables.extend(self.in_subquery);
        tables.extend(self.union);
        tables
    }

    fn changed_tables(&self) -> BTreeSet<&str> {
        BTreeSet::from([self.from])
            .into_iter()
            .chain(self.in_subquery)
            .collect()
    }
}

fn check<S: StatementBuilder>(
    backend: DbBackend,
    statement: &S,
    access: Access,
    tables: BTreeSet<&str>,
) -> Result<(), TestCaseError> {
    let built = statement.build(&backend);
    for text in [built.sql.clone(), built.to_string()] {
        let class = classify(backend, &text, &Functions::builtin());
        let found: BTreeSet<_> = class
            .tables
            .iter()
            .map(|table| table.name.as_str())
            .collect();
        prop_assert_eq!(
            (class.access, &found),
            (access, &tables),
            "{:?} {}: {}",
            backend,
            text,
            class.reason
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_built_statement_has_the_class_of_its_tree(tree in tree()) {
        for backend in [DbBackend::Postgres, DbBackend::MySql, DbBackend::Sqlite] {
            // SQLite has no locking clause, and sea-query leaves it out there.
            let locks = tree.lock.is_some() && backend != DbBackend::Sqlite;
            let access = if locks { Access::Write } else { Access::Read };
            check(backend, &tree.select(), access, tree.read_tables())?;
            if let (Some(with), Some(cte)) = (tree.with(), tree.cte) {
                let tables = tree.read_tables().into_iter().chain([cte]).collect();
                check(backend, &with, access, tables)?;
            }
            check(backend, &tree.insert(), Access::Write, BTreeSet::from([tree.from]))?;
            check(backend, &tree.update(), Access::Write, tree.changed_tables())?;
            check(backend, &tree.delete(), Access::Write, tree.changed_tables())?;
        }
    }
}
