use std::{hint::black_box, time::Duration};

use sea_orm::{
    ConnectionTrait, Statement, TransactionTrait,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};
use sea_orm_routing::{
    Balance, BindBuilder, Consistency, RoutingDatabase,
    config::{FreshnessSource, ReadsConfig},
    rule::{Ruling, Subject, named},
};
use tokio::runtime::Builder;

use crate::{
    node::{LONG, SHORT, WRITE, mock, statement},
    valgrind::Run,
};

/// Of a mock it is assumed that it lags: by so much that a slow run does not see the end of it.
const LAG: Duration = Duration::from_secs(3_600);

/// Many statements of one kind, on one kind of handle.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) level: Level,
    pub(crate) text: Text,
}

/// What the handle has to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Bare,
    NoSlaves,
    Eventual,
    Bounded,
    Session,
    /// Another session has just written.
    Writers,
    /// The session itself has.
    Dirty,
    Process,
    Strong,
    BareTransaction,
    Transaction,
    /// Any slave, and the session's own one, by each balance policy.
    EventualInTurn,
    EventualLeast,
    EventualLatency,
    SessionLeast,
    SessionLatency,
    /// A rule of the application that has no opinion, and one that names the bind.
    RulePasses,
    RuleNames,
}

/// What the statement is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    Built,
    Short,
    Long,
    NewShort,
    NewLong,
}

impl Level {
    const ALL: &[(&str, Self)] = &[
        ("bare", Self::Bare),
        ("no-slaves", Self::NoSlaves),
        ("eventual", Self::Eventual),
        ("bounded", Self::Bounded),
        ("session", Self::Session),
        ("writers", Self::Writers),
        ("dirty", Self::Dirty),
        ("process", Self::Process),
        ("strong", Self::Strong),
        ("bare-transaction", Self::BareTransaction),
        ("transaction", Self::Transaction),
        ("eventual-in-turn", Self::EventualInTurn),
        ("eventual-least", Self::EventualLeast),
        ("eventual-latency", Self::EventualLatency),
        ("session-least", Self::SessionLeast),
        ("session-latency", Self::SessionLatency),
        ("rule-passes", Self::RulePasses),
        ("rule-names", Self::RuleNames),
    ];

    pub(crate) fn named(name: &str) -> Self {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found
            .unwrap_or_else(|| panic!("no level is called {name}"))
            .1
    }

    pub(crate) fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, level)| *level == self);
        found.expect("each level has a name").0
    }

    /// The handle to compare with.
    pub(crate) fn bare(self) -> Self {
        match self {
            Self::Transaction | Self::BareTransaction => Self::BareTransaction,
            _ => Self::Bare,
        }
    }

    fn consistency(self) -> Consistency {
        match self {
            Self::Eventual | Self::EventualInTurn | Self::EventualLeast | Self::EventualLatency => {
                Consistency::Eventual
            }
            Self::Bounded => Consistency::Bounded,
            Self::Process => Consistency::Process,
            Self::Strong => Consistency::Strong,
            _ => Consistency::Session,
        }
    }

    fn balance(self) -> Balance {
        match self {
            Self::EventualInTurn => Balance::RoundRobin,
            Self::EventualLeast | Self::SessionLeast => Balance::Least,
            Self::EventualLatency | Self::SessionLatency => Balance::Latency,
            _ => Balance::Random,
        }
    }

    fn routed(self) -> RoutingDatabase {
        let bind = BindBuilder::new("default", mock());
        let bind = match self {
            Self::NoSlaves => bind,
            _ => bind.slave("slave-1", mock()).slave("slave-2", mock()),
        };
        let reads = ReadsConfig::default().freshness(FreshnessSource::Window(LAG));
        let db = RoutingDatabase::builder()
            .reads(reads)
            .balance(self.balance())
            .bind(bind);
        let db = match self {
            Self::RulePasses => db.rule(named("elsewhere", |subject: &Subject<'_>| match subject
                .tables()
            {
                [table] if table.name == "old_cake" => Ruling::to("archive"),
                _ => Ruling::pass(),
            })),
            Self::RuleNames => db.rule(named("here", |subject: &Subject<'_>| {
                match subject.tables() {
                    [table] if table.name == "cake" => Ruling::to("default"),
                    _ => Ruling::pass(),
                }
            })),
            _ => db,
        };
        let db = db.build().expect("the bind is valid");
        db.with(self.consistency())
    }
}

impl Text {
    const ALL: &[(&str, Self)] = &[
        ("built", Self::Built),
        ("68", Self::Short),
        ("340", Self::Long),
        ("new-68", Self::NewShort),
        ("new-340", Self::NewLong),
    ];

    pub(crate) fn named(name: &str) -> Self {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found
            .unwrap_or_else(|| panic!("no text is called {name}"))
            .1
    }

    pub(crate) fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, text)| *text == self);
        found.expect("each text has a name").0
    }

    fn statement(self, number: u64) -> Statement {
        match self {
            Self::Short | Self::Built => statement(SHORT),
            Self::Long => statement(LONG),
            Self::NewShort => statement(&format!("{SHORT} -- {number}\n, 1")),
            Self::NewLong => statement(&format!("{LONG} -- {number}\n, 1")),
        }
    }
}

impl Case {
    pub(crate) fn arguments(self) -> Run {
        ["run", self.level.name(), self.text.name()]
            .map(str::to_owned)
            .to_vec()
    }

    /// Runs the statements in a task, whose number names their session; outside of it is another session.
    pub(crate) fn run(self, statements: u64) {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let other = async |db: &RoutingDatabase| {
                if matches!(self.level, Level::Writers | Level::Process) {
                    write(db).await;
                }
            };
            let task = match self.level {
                Level::Bare => tokio::spawn(async move { self.repeat(&mock(), statements).await }),
                Level::BareTransaction => tokio::spawn(async move {
                    let transaction = mock().begin().await.expect("a mock begins");
                    self.repeat(&transaction, statements).await;
                }),
                Level::Transaction => tokio::spawn(async move {
                    let transaction = self.level.routed().begin().await.expect("a mock begins");
                    self.repeat(&transaction, statements).await;
                }),
                _ => {
                    let db = self.level.routed();
                    other(&db).await;
                    tokio::spawn(async move { self.repeat_routed(&db, statements).await })
                }
            };
            task.await.expect("no statement panics");
        });
    }

    async fn repeat_routed(self, db: &RoutingDatabase, statements: u64) {
        if self.level == Level::Dirty {
            write(db).await;
        }
        self.repeat(db, statements).await;
    }

    /// One more than `statements`, so that the texts have been seen.
    async fn repeat<C: ConnectionTrait>(self, db: &C, statements: u64) {
        let query = query();
        for number in 0..=statements {
            let row = match self.text {
                Text::Built => db.query_one(&query).await,
                text => db.query_one_raw(text.statement(number)).await,
            };
            black_box(row.expect("the mock answers"));
        }
        // To drop what a mock has not yet answered costs the less, the more it has.
        std::process::exit(0);
    }
}

/// A query of SeaORM's builder, with a value: the way of all its own statements.
fn query() -> SelectStatement {
    Query::select()
        .columns([Alias::new("id"), Alias::new("name")])
        .from(Alias::new("cake"))
        .cond_where(Expr::col(Alias::new("id")).eq(1))
        .to_owned()
}

async fn write(db: &RoutingDatabase) {
    let answer = db.execute_raw(statement(WRITE)).await;
    black_box(answer.expect("the mock answers"));
}
