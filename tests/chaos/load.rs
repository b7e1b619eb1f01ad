use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, QueryOrder, QuerySelect, Statement,
    TransactionTrait,
};
use sea_orm_routing::RoutingDatabase;
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};

use super::ledger::Ledger;

/// What the load writes: the numbers tell afterwards what is lost.
#[allow(unreachable_pub, reason = "what is derived for the model is public")]
pub(crate) mod payment {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "payment")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub task: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A quarter each: entities read, texts read, rows written, transactions.
pub(crate) const TASKS: u64 = 32;

/// Of each task: a debug build and the clusters share the machine's two cores.
const PACE: Duration = Duration::from_millis(50);

/// What the tasks met.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) reads: AtomicU64,
    pub(crate) failed_reads: AtomicU64,
    pub(crate) writes: AtomicU64,
    pub(crate) failed_writes: AtomicU64,
    pub(crate) stale: AtomicU64,
    longest_read: AtomicU64,
    errors: Mutex<BTreeMap<String, usize>>,
    is_over: AtomicBool,
}

impl Tally {
    pub(crate) fn longest_read(&self) -> Duration {
        Duration::from_micros(self.longest_read.load(Ordering::Relaxed))
    }

    pub(crate) fn operations(&self) -> u64 {
        self.reads.load(Ordering::Relaxed) + self.writes.load(Ordering::Relaxed)
    }

    /// Each error, and how often.
    pub(crate) fn errors(&self) -> BTreeMap<String, usize> {
        self.errors.lock().unwrap().clone()
    }

    async fn read<T>(&self, work: impl Future<Output = Result<T, DbErr>>) -> Option<T> {
        let begun = Instant::now();
        let result = work.await;
        let took = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.longest_read.fetch_max(took, Ordering::Relaxed);
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.noted("read", result, &self.failed_reads)
    }

    async fn write<T>(&self, work: impl Future<Output = Result<T, DbErr>>) -> Option<T> {
        let result = work.await;
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.noted("write", result, &self.failed_writes)
    }

    fn noted<T>(&self, what: &str, result: Result<T, DbErr>, failed: &AtomicU64) -> Option<T> {
        let error = match result {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        failed.fetch_add(1, Ordering::Relaxed);
        let mut errors = self.errors.lock().unwrap();
        *errors.entry(format!("{what}: {error}")).or_default() += 1;
        None
    }
}

/// Tasks that read and write, each at a steady pace.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) tally: Arc<Tally>,
    pub(crate) ledger: Arc<Ledger>,
    tasks: JoinSet<()>,
}

impl Load {
    /// `text` is what a quarter of the tasks reads.
    pub(crate) fn start(db: &RoutingDatabase, text: &str) -> Self {
        let (tally, ledger) = (Arc::<Tally>::default(), Arc::<Ledger>::default());
        let mut tasks = JoinSet::new();
        for number in 0..TASKS {
            let worker = Worker {
                db: db.clone(),
                number,
                text: text.to_owned(),
                tally: tally.clone(),
                ledger: ledger.clone(),
            };
            tasks.spawn(worker.run());
        }
        Self {
            tally,
            ledger,
            tasks,
        }
    }

    /// Returns when every task has ended its last work.
    pub(crate) async fn stop(&mut self) {
        self.tally.is_over.store(true, Ordering::Relaxed);
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
    }
}

struct Worker {
    db: RoutingDatabase,
    number: u64,
    text: String,
    tally: Arc<Tally>,
    ledger: Arc<Ledger>,
}

impl Worker {
    async fn run(self) {
        let mut pace = interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !self.tally.is_over.load(Ordering::Relaxed) {
            pace.tick().await;
            match self.number % 4 {
                0 => self.read_entities().await,
                1 => self.read_text().await,
                2 => self.write().await,
                _ => self.transact().await,
            }
        }
    }

    async fn read_entities(&self) {
        let newest = payment::Entity::find()
            .order_by_desc(payment::Column::Id)
            .limit(5);
        self.tally.read(newest.all(&self.db)).await;
    }

    async fn read_text(&self) {
        let backend = self.db.get_database_backend();
        let statement = Statement::from_string(backend, &self.text);
        self.tally.read(self.db.query_all_raw(statement)).await;
    }

    async fn write(&self) {
        let id = self.ledger.begin();
        let insert = insert(self.number, id).exec_without_returning(&self.db);
        if self.tally.write(insert).await.is_none() {
            return;
        }
        self.ledger.acknowledge(&[id]);
        let own = payment::Entity::find_by_id(id).one(&self.db);
        if let Some(None) = self.tally.read(own).await {
            self.tally.stale.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn transact(&self) {
        let ids = [self.ledger.begin(), self.ledger.begin()];
        let work = async {
            let transaction = self.db.begin().await?;
            for id in ids {
                insert(self.number, id)
                    .exec_without_returning(&transaction)
                    .await?;
            }
            transaction.commit().await
        };
        if self.tally.write(work).await.is_some() {
            self.ledger.acknowledge(&ids);
        }
    }
}

fn insert(task: u64, id: i64) -> sea_orm::Insert<payment::ActiveModel> {
    let task = i32::try_from(task).unwrap_or_default();
    payment::Entity::insert(payment::ActiveModel {
        id: Set(id),
        task: Set(task),
    })
}
