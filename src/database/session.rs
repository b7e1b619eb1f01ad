use std::sync::Arc;
#[cfg(feature = "carrier")]
use std::time::Duration;

use super::RoutingDatabase;
#[cfg(feature = "carrier")]
use crate::{
    dispatch::within_surroundings,
    recording::recording_within,
    session::{only_reading_within, within},
};
use crate::{
    dispatch::{Scope, surrounded},
    freshness::Moment,
    recording::{RecordedStatement, Recorder, current, recording},
    session::{Extent, Mark, SessionId, Token, of_request, only_reading, scope},
};

/// Lets one session read what another has written, in the end.
struct Inheritance<'d> {
    database: &'d RoutingDatabase,
    parent: SessionId,
    heir: SessionId,
}

impl Drop for Inheritance<'_> {
    fn drop(&mut self) {
        self.database.inherit(self.parent, self.heir);
    }
}

/// Sessions: units of work that read their own writes.
impl RoutingDatabase {
    /// A handle of a session of its own, which begins with what the current session has written and seen.
    ///
    /// Without this call, each tokio task (outside of tasks, each thread) is a session. The new session goes where the handle and
    /// its clones go: to spawned tasks, to another thread. It needs no end. The handle also takes along what the [`scope`](Self::scope)
    /// around says of binds and values. That holds where the handle is used outside of any scope; inside another scope, the other scope
    /// counts.
    ///
    /// ```
    /// # async fn example(db: sea_orm_routing::RoutingDatabase) -> Result<(), sea_orm::DbErr> {
    /// # mod cake {
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    /// #     #[sea_orm(table_name = "cake")]
    /// #     pub struct Model { #[sea_orm(primary_key)] pub id: i32 }
    /// #     impl ActiveModelBehavior for ActiveModel {}
    /// # }
    /// use sea_orm::EntityTrait;
    ///
    /// let session = db.session();
    /// let job = tokio::spawn(async move {
    ///     cake::Entity::find().all(&session).await // reads what was written before
    /// });
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "read_your_writes", alias = "sticky")]
    #[must_use]
    pub fn session(&self) -> Self {
        let parent = self.session_id();
        let session = SessionId::heir_of(parent);
        self.inherit(parent, session);
        self.in_these_surroundings().in_session(session)
    }

    /// Runs `future` in the handle's session, or in a new one. Whatever uses any handle of this database inside, without a
    /// session of its own, belongs to that session; handles of another database stay in the session around. Inside, reads see what the
    /// session around has written. Afterwards the session around reads what was written inside, also if the future is dropped half-way.
    ///
    /// With a handle of [`preventing_writes`](Self::preventing_writes), no handle writes inside.
    ///
    /// With a handle of one bind, **that is the bind of the plain handle inside**, of libraries too. The bind holds for all tables that no
    /// entity's key and no entry of binds.yaml claims, for what names no table, and for what is asked before there is a statement. Entities
    /// with a key of their own keep their bind, and a handle that names another bind keeps its own.
    ///
    /// Of two scopes the inner one counts. The scope of a handle of [`session`](Self::session), or of a request, is one of what the handle
    /// took along. `db.bind("default")?.scope(…)` is the way back. A transaction or stream that was begun inside keeps its bind wherever
    /// it goes on, and one that was begun outside keeps its own. Each `RoutingDatabase` has scopes of its own.
    ///
    /// Tasks that are spawned inside do not belong to the scope: give them a handle of [`session`](Self::session).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use sea_orm_routing::{BindsConfig, RoutingDatabase, config::BindConfig};
    /// # let bind = |name| BindConfig::new(name, "sqlite::memory:");
    /// # let binds = ["default", "reports", "tenant-42"].map(bind).into_iter().fold(BindsConfig::new(), BindsConfig::bind);
    /// # let db = RoutingDatabase::from_config(binds).await?;
    /// use sea_orm::{ConnectionTrait, DbErr};
    ///
    /// // Knows nothing of tenants.
    /// async fn bake(db: &RoutingDatabase) -> Result<(), DbErr> {
    ///     db.execute_unprepared("INSERT INTO cake (name) VALUES ('Sacher')").await.map(drop)
    /// }
    ///
    /// let tenant = db.bind("tenant-42")?;
    /// tenant.execute_unprepared("CREATE TABLE cake (name TEXT)").await?;
    /// tenant.scope(bake(&db)).await?;
    /// assert_eq!(db.status().node("tenant-42", "master").map(|node| node.writes), Some(2));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn scope<F: Future>(&self, future: F) -> F::Output {
        let around = SessionId::current(self.dispatcher.id);
        let session = (self.scope.session).unwrap_or_else(|| SessionId::heir_of(around));
        self.inherit(around, session);
        // Also if it is dropped half-way.
        let _end = Inheritance {
            database: self,
            parent: session,
            heir: around,
        };
        // Each of what is around it would have room for it twice, and scopes are nested.
        let future = Box::pin(future);
        let work = self.run_in(session, Extent::Of(self.dispatcher.id), future);
        surrounded(self.own_surroundings(), work).await
    }

    /// Runs `future` in the handle's session, or in a new one, apart from the session around: neither learns what the other has
    /// written. Use `apart` for each job of a worker, and for each unit of a batch.
    ///
    /// In contrast, [`scope`](Self::scope) hands on what was written inside. In a loop of scopes, one write sends the reads of all rounds that follow to
    /// the master, until slaves have it. Handles of other databases belong to the session as well, unless a request or another
    /// `apart` is around. Otherwise, `apart` is as `scope`.
    ///
    /// ```
    /// # struct Job { token: String }
    /// # async fn perform(db: &sea_orm_routing::RoutingDatabase, job: &Job) {}
    /// # async fn worker(db: sea_orm_routing::RoutingDatabase, jobs: Vec<Job>) {
    /// for job in &jobs {
    ///     // Reads what the writer of this job had written, and nothing that another job has.
    ///     db.session_from(&job.token).apart(perform(&db, job)).await;
    /// }
    /// # }
    /// ```
    pub async fn apart<F: Future>(&self, future: F) -> F::Output {
        let session = self.scope.session.unwrap_or_else(SessionId::new);
        let extent = of_request(self.dispatcher.id);
        let work = self.run_in(session, extent, Box::pin(future));
        surrounded(self.own_surroundings(), work).await
    }

    /// The same handle, whose [`statements`](Self::statements) lists what the handle ran: at most the last `most` statements.
    ///
    /// Clones, and handles that are made of this one, add to the same list. Inside the handle's [`scope`](Self::scope) all handles do. The list
    /// begins empty, and ends with the last of these handles. It is meant for one request or job: for a line of its log, a page for
    /// developers, a test. A statement is listed when it has ended, each time that it was sent. So is what begins and ends transactions.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use sea_orm::{ConnectionTrait, Database, Statement};
    /// # use sea_orm_routing::RoutingDatabase;
    /// # let db = RoutingDatabase::from(Database::connect("sqlite::memory:").await?);
    /// let session = db.session().recording(100);
    /// session
    ///     .scope(async { db.execute_unprepared("CREATE TABLE cake (id INTEGER)").await })
    ///     .await?;
    /// for statement in session.statements() {
    ///     println!("{statement}");
    /// }
    /// assert_eq!(session.statements()[0].route.node, "master");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn recording(&self, most: usize) -> Self {
        Self {
            scope: Scope {
                recorder: Some(Arc::new(Recorder::new(most))),
                ..self.scope.clone()
            },
            ..self.clone()
        }
    }

    /// What a handle of [`recording`](Self::recording) ran, or all handles inside the handle's scope. The list is empty for other handles.
    pub fn statements(&self) -> Vec<RecordedStatement> {
        let own = self.scope.recorder.clone();
        let recorder = own.or_else(|| Some(current()?.own().clone()));
        recorder.map_or_else(Vec::new, |recorder| recorder.statements())
    }

    async fn run_in<F: Future>(&self, session: SessionId, extent: Extent, future: F) -> F::Output {
        let recorder = self.scope.recorder.clone();
        match (self.scope.prevents_writes, recorder) {
            (false, None) => scope(session, extent, future).await,
            (true, None) => scope(session, extent, only_reading(future)).await,
            (false, Some(recorder)) => scope(session, extent, recording(recorder, future)).await,
            (true, Some(recorder)) => {
                scope(session, extent, recording(recorder, only_reading(future))).await
            }
        }
    }

    fn inherit(&self, parent: SessionId, heir: SessionId) {
        for bind in self.dispatcher.topology().binds() {
            bind.replication.memory.inherit(parent, heir);
        }
    }

    /// What another process must know to read what this session has written: a short text for a cookie, a header or
    /// a job's payload. The text is empty when there is nothing to know: nothing was written, or all slaves have it.
    ///
    /// The call asks the master of each bind that the session has lately written, once. If a master can't tell its position,
    /// [`session_from`](Self::session_from) is cautious instead.
    ///
    /// A session may have written more binds than a cookie has room for. Its token then sends the reads of all binds to
    /// their masters, for as long.
    ///
    /// The text holds names of binds and positions in the servers' logs, and no secret. The text is not signed: a forged token
    /// sends reads of whoever forged it to the master, for no longer than `max_lag`.
    ///
    /// ```
    /// # use {sea_orm::{ConnectionTrait, DbErr}, sea_orm_routing::RoutingDatabase};
    /// # async fn enqueue(payload: String) {}
    /// # async fn example(db: RoutingDatabase) -> Result<(), DbErr> {
    /// let session = db.session();
    /// session.execute_unprepared("INSERT INTO cake (name) VALUES ('Sacher')").await?;
    /// enqueue(session.token().await).await; // the job reads with `db.session_from(&payload)`
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "sticky_cookie")]
    pub async fn token(&self) -> String {
        let session = self.session_id();
        let mut token = Token::default();
        let (promise, mut still_matters) = (session.promise(), false);
        for bind in self.dispatcher.topology().binds() {
            let now = bind.last_alive(Moment::now());
            let memory = &bind.replication.memory;
            let needed = memory.still_needed(session, now);
            still_matters |= promise != Moment::FIRST && now.since(promise) <= memory.horizon();
            let has_it = |needed| {
                bind.slaves
                    .iter()
                    .all(|slave| slave.freshness.is_after(needed, now))
            };
            let is_everywhere = |needed| !bind.slaves.is_empty() && has_it(needed);
            if let Some(needed) = needed.filter(|needed| !is_everywhere(*needed)) {
                let mark = match self.dispatcher.position(bind).await {
                    Some(position) => Mark::Position(position),
                    None => Mark::at(needed),
                };
                token.add(&bind.name, mark);
            }
        }
        if still_matters {
            token.add_every(promise.min(Moment::now()));
        }
        token.to_string()
    }

    /// A handle of a session that reads what the session of `token` had written, in this process or another one.
    ///
    /// A token that is malformed or of another database is no error. At worst, the session's reads go to the master
    /// until this process has asked the servers how far they are. It asks at once; where it can't, the reads go to the master for `max_lag`.
    ///
    /// ```
    /// # use sea_orm_routing::RoutingDatabase;
    /// # async fn handler(db: &RoutingDatabase, cookie: &str) -> String {
    /// let session = db.session_from(cookie);
    /// session
    ///     .scope(async {
    ///         // Whatever happens here reads what the cookie's owner has written…
    ///     })
    ///     .await;
    /// // …and the next request will read what was written here.
    /// session.token().await
    /// # }
    /// ```
    #[must_use]
    pub fn session_from(&self, token: &str) -> Self {
        self.session_from_all([token])
    }

    /// The same of several tokens: it reads what all of their sessions had written.
    pub(crate) fn session_from_all<'t>(&self, tokens: impl IntoIterator<Item = &'t str>) -> Self {
        let tokens: Vec<_> = tokens.into_iter().map(Token::read).collect();
        let now = Moment::now();
        let every = tokens.iter().filter_map(|token| token.every(now)).max();
        let session = every.map_or_else(SessionId::new, SessionId::promised);
        let topology = self.dispatcher.topology();
        for (name, mark) in tokens.into_iter().flat_map(Token::marks) {
            if let Some(bind) = topology.bind(&name.into()) {
                let needed = bind.replication.dated(mark);
                bind.replication.memory.require(session, needed);
            }
        }
        self.in_session(session)
    }

    /// Its session, else that of the code that runs.
    pub(crate) fn session_id(&self) -> SessionId {
        self.scope.session(self.dispatcher.id)
    }

    fn in_session(&self, session: SessionId) -> Self {
        Self {
            scope: Scope {
                session: Some(session),
                ..self.scope.clone()
            },
            ..self.clone()
        }
    }
}

/// What looks at work, or serves one request.
impl RoutingDatabase {
    /// As [`scope`](Self::scope), but that no session learns what another has written. A handle that has no session leaves it
    /// that around.
    #[cfg(feature = "testing")]
    pub(crate) async fn alone<F: Future>(&self, future: F) -> F::Output {
        let extent = Extent::Of(self.dispatcher.id);
        self.run_in(self.session_id(), extent, future).await
    }

    /// Runs `work` in the handle's session, as a part of a request.
    #[cfg(feature = "carrier")]
    pub(crate) fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        let guarded = || match self.scope.prevents_writes {
            true => only_reading_within(work),
            false => work(),
        };
        let recorded = || match &self.scope.recorder {
            Some(recorder) => recording_within(recorder, guarded),
            None => guarded(),
        };
        let extent = of_request(self.dispatcher.id);
        let in_session = || within(self.session_id(), extent, recorded);
        within_surroundings(self.own_surroundings(), in_session)
    }

    /// Whether the handle's session, which has begun at `moment`, has written something.
    #[cfg(feature = "carrier")]
    pub(crate) fn has_written(&self, begun: Moment) -> bool {
        let session = self.session_id();
        let topology = self.dispatcher.topology();
        topology
            .binds()
            .any(|bind| bind.replication.memory.has_written(session, begun))
    }

    /// Whether what a token says is about binds of this database, so that the [`token`](Self::token) of a session that began with it
    /// says as much.
    #[cfg(feature = "carrier")]
    pub(crate) fn understands(&self, token: &str) -> bool {
        let topology = self.dispatcher.topology();
        let token = Token::read(token);
        !token.is_empty() && (token.marks()).all(|(name, _)| topology.bind(&name.into()).is_some())
    }

    /// How far behind its master a slave may be that serves reads, on whichever bind.
    #[cfg(feature = "carrier")]
    pub(crate) fn longest_lag(&self) -> Duration {
        let topology = self.dispatcher.topology();
        let lags = topology
            .binds()
            .map(|bind| bind.replication.memory.horizon());
        lags.max().unwrap_or_default()
    }
}
