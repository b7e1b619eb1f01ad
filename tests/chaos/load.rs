use std::{
    collections::{BTreeMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, QueryOrder, QuerySelect, Statement,
    TransactionSession, TransactionTrait,
};
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};

use super::{Row, ledger::Ledger};

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

/// Of a row whose writer is in no hurry: two seconds.
const READS: u32 = 40;

/// What the tasks met.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) reads: AtomicU64,
    pub(crate) failed_reads: AtomicU64,
    pub(crate) writes: AtomicU64,
    pub(crate) failed_writes: AtomicU64,
    pub(crate) stale: AtomicU64,
    /// Of statements that were begun after the last fault was over.
    late: AtomicU64,
    /// Even between faults.
    turns: AtomicU64,
    at_work: AtomicU64,
    rests: AtomicBool,
    looks: AtomicBool,
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

    /// Notes that a fault begins, or that it is over: what begins from then on has no reason to fail until the next one.
    pub(crate) fn turn(&self) {
        self.turns.fetch_add(1, Ordering::SeqCst);
    }

    async fn run<T>(
        &self,
        what: &str,
        work: impl Future<Output = Result<T, DbErr>>,
        failed: &AtomicU64,
    ) -> Option<T> {
        let turns = self.turns.load(Ordering::SeqCst);
        let error = match work.await {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        failed.fetch_add(1, Ordering::Relaxed);
        let is_well = turns > 0 && turns.is_multiple_of(2);
        let is_late = is_well && turns == self.turns.load(Ordering::SeqCst);
        self.late.fetch_add(u64::from(is_late), Ordering::Relaxed);
        let mut errors = self.errors.lock().unwrap();
        let when = if is_late { ", late" } else { "" };
        *errors.entry(format!("{what}{when}: {error}")).or_default() += 1;
        None
    }

    async fn read<T>(&self, work: impl Future<Output = Result<T, DbErr>>) -> Option<T> {
        let begun = Instant::now();
        let result = self.run("read", work, &self.failed_reads).await;
        let took = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.longest_read.fetch_max(took, Ordering::Relaxed);
        self.reads.fetch_add(1, Ordering::Relaxed);
        result
    }

    async fn write<T>(&self, work: impl Future<Output = Result<T, DbErr>>) -> Option<T> {
        let result = self.run("write", work, &self.failed_writes).await;
        self.writes.fetch_add(1, Ordering::Relaxed);
        result
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
    pub(crate) fn start<C>(db: &C, text: &str) -> Self
    where
        C: ConnectionTrait + TransactionTrait + Clone + Send + Sync + 'static,
    {
        let (tally, ledger) = (Arc::<Tally>::default(), Arc::<Ledger>::default());
        let mut tasks = JoinSet::new();
        for number in 0..TASKS {
            let worker = Worker {
                db: db.clone(),
                number,
                text: text.to_owned(),
                tally: tally.clone(),
                ledger: ledger.clone(),
                written: None,
            };
            tasks.spawn(worker.run());
        }
        Self {
            tally,
            ledger,
            tasks,
        }
    }

    /// Has nothing begin until it [goes on](Self::go_on); returns when nothing is under way.
    pub(crate) async fn rest(&self) {
        self.tally.rests.store(true, Ordering::SeqCst);
        test_cluster::until("a rest", super::scene::SOON, || async {
            Ok((self.tally.at_work.load(Ordering::SeqCst) == 0).then_some(()))
        })
        .await
        .unwrap();
    }

    /// As [`rest`](Self::rest), but those who have written alone read that again and again.
    pub(crate) async fn only_look(&self) {
        self.rest().await;
        self.tally.looks.store(true, Ordering::SeqCst);
    }

    pub(crate) fn go_on(&self) {
        self.tally.looks.store(false, Ordering::SeqCst);
        self.tally.rests.store(false, Ordering::SeqCst);
    }

    /// What it met, by what has `survived`.
    pub(crate) fn row(&self, server: &str, survivors: &HashSet<i64>) -> Row {
        let tally = &self.tally;
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        for (error, times) in tally.errors() {
            println!("    {server} {times} times {error}");
        }
        Row {
            reads: count(&tally.reads),
            failed_reads: count(&tally.failed_reads),
            writes: count(&tally.writes),
            failed_writes: count(&tally.failed_writes),
            longest_read: tally.longest_read(),
            lost: self.ledger.lost(survivors),
            stale: count(&tally.stale),
            late: count(&tally.late),
            faults: count(&tally.turns) / 2,
            ..Row::default()
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

struct Worker<C> {
    db: C,
    number: u64,
    text: String,
    tally: Arc<Tally>,
    ledger: Arc<Ledger>,
    /// The last row, and how often it was read since.
    written: Option<(i64, u32)>,
}

impl<C: ConnectionTrait + TransactionTrait> Worker<C> {
    async fn run(mut self) {
        let mut pace = interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !self.tally.is_over.load(Ordering::Relaxed) {
            pace.tick().await;
            self.tally.at_work.fetch_add(1, Ordering::SeqCst);
            match self.tally.rests.load(Ordering::SeqCst) {
                false => self.work().await,
                true => self.look().await,
            }
            self.tally.at_work.fetch_sub(1, Ordering::SeqCst);
        }
    }

    async fn work(&mut self) {
        match self.number % 4 {
            0 => self.read_entities().await,
            1 => self.read_text().await,
            2 if self.number % 8 == 2 => self.write_and_read().await,
            2 => self.written = self.write().await.map(|id| (id, 0)),
            _ => self.transact().await,
        }
    }

    /// While all rest, reads what it has written, if it shall.
    async fn look(&self) {
        if let Some((id, _)) = self.written
            && self.tally.looks.load(Ordering::SeqCst)
        {
            self.read_own(id).await;
        }
    }

    /// Writes seldom, so that slaves get to have it, and reads it all the time.
    async fn write_and_read(&mut self) {
        match self.written.filter(|(_, reads)| *reads < READS) {
            Some((id, reads)) => {
                self.written = Some((id, reads + 1));
                self.read_own(id).await;
            }
            None => self.written = self.write().await.map(|id| (id, 0)),
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

    /// Writes a row and reads it.
    async fn write(&self) -> Option<i64> {
        let id = self.ledger.begin();
        let insert = insert(self.number, id).exec_without_returning(&self.db);
        self.tally.write(insert).await?;
        self.ledger.acknowledge(&[id]);
        self.read_own(id).await;
        Some(id)
    }

    async fn read_own(&self, id: i64) {
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
