use std::fmt;

use crate::{
    database::RoutingDatabase,
    node::Role,
    recording::{Outcome, RecordedStatement},
};

/// More than a test looks at.
const MOST: usize = 10_000;

/// What a piece of work answered, and which nodes served it; prints as one line for each statement.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Served<T> {
    /// What the work answered.
    pub output: T,
    /// What it ran, in the order in which the statements ended; each time that it was sent.
    pub statements: Vec<RecordedStatement>,
}

/// Runs `work`, and tells which nodes served what: all statements of all handles inside, except in tasks that it spawns.
///
/// It runs in the session of `db`, else in that of the code around: looking at work changes nothing of what it reads.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use sea_orm::{ConnectionTrait, Database};
/// use sea_orm_routing::{RoutingDatabase, testing::served};
///
/// let db = RoutingDatabase::from(Database::connect("sqlite::memory:").await?);
/// let made = served(&db, db.execute_unprepared("CREATE TABLE cake (id INTEGER)")).await;
/// assert!(made.output.is_ok());
/// assert_eq!(made.nodes(), ["default.master"]);
/// # Ok(())
/// # }
/// ```
pub async fn served<F: Future>(db: &RoutingDatabase, work: F) -> Served<F::Output> {
    let recorded = db.recording(MOST);
    let output = recorded.alone(work).await;
    Served {
        output,
        statements: recorded.statements(),
    }
}

impl<T> Served<T> {
    /// The nodes whose answers the work got, as `bind.node`, each once, in the order of their first answers.
    pub fn nodes(&self) -> Vec<String> {
        let mut nodes = Vec::new();
        for statement in &self.statements {
            let node = format!("{}.{}", statement.route.bind, statement.route.node);
            if statement.outcome == Outcome::Ok && !nodes.contains(&node) {
                nodes.push(node);
            }
        }
        nodes
    }

    /// The answer of work that slaves alone have served; see [`assert_reads_from_slaves!`](crate::assert_reads_from_slaves).
    ///
    /// # Panics
    /// If it ran nothing, or a master served one of its statements: with the route of each.
    #[track_caller]
    pub fn assert_reads_from_slaves(self) -> T {
        assert!(
            !self.statements.is_empty(),
            "expected reads from slaves, and no statement was run in this task"
        );
        let is_on_master = |statement: &&RecordedStatement| statement.route.role == Role::Master;
        let strays = self.statements.iter().filter(is_on_master).count();
        assert!(
            strays == 0,
            "expected reads from slaves alone, and a master served {strays} of {} statements:\n{self}",
            self.statements.len()
        );
        self.output
    }
}

impl<T> fmt::Display for Served<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.statements.iter().try_for_each(|statement| {
            writeln!(
                f,
                "  {}, {}: {}",
                statement.route, statement.outcome, statement.sql
            )
        })
    }
}

/// Runs a future, asserts that slaves alone served its statements, and gives its answer: for handlers that only read.
///
/// Of what it spawns nothing is seen. A write, or a read that is not proven to be one, fails, and so does a read whose
/// session has written what its slave may lack: the message tells each statement with its route and the reasons.
///
/// ```standalone_crate
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use sea_orm::{ConnectionTrait, DbBackend, MockDatabase, Statement};
/// use sea_orm_routing::{BindBuilder, RoutingDatabase, testing::assert_reads_from_slaves};
///
/// # use std::collections::BTreeMap;
/// let master = MockDatabase::new(DbBackend::Postgres).into_connection();
/// let slave = MockDatabase::new(DbBackend::Postgres)
///     .append_query_results([[BTreeMap::from([("id", sea_orm::Value::from(1))])]])
///     .into_connection();
/// let db = RoutingDatabase::builder()
///     .bind(BindBuilder::new("default", master).slave("slave-1", slave))
///     .build()?;
/// let select = Statement::from_string(DbBackend::Postgres, "SELECT id FROM cake");
/// let cakes = assert_reads_from_slaves!(db, db.query_all_raw(select))?;
/// assert_eq!(cakes.len(), 1);
/// # Ok(())
/// # }
/// ```
///
/// # Panics
/// If no statement was run, or a master served one.
#[macro_export]
macro_rules! assert_reads_from_slaves {
    ($db:expr, $work:expr $(,)?) => {
        $crate::testing::served(&$db, $work)
            .await
            .assert_reads_from_slaves()
    };
}
