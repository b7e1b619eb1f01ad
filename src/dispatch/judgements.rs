#[cfg(feature = "metrics")]
use std::sync::atomic::{AtomicU64, Ordering};
use std::{any::TypeId, sync::Arc};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use sea_orm::{DbBackend, EntityTrait};

use super::{
    Wording,
    judgement::Judgement,
    recent::{Epoch, keep, recent},
    texts::{TextId, TextIds, Texts},
};
use crate::{
    bind::{BindReason, Claims, DoubtfulName, Registry, Target},
    catalogue::{
        Catalogue, Knowledge, Known, Places, Refresh, Wanted, is_object, keep_fresh, locate,
        source_of,
    },
    classify::{
        Class, Memo, Object, Operation, Reason, Table, Usage, classify, classify_with_loose, costs,
        with_any_names, with_values,
    },
    error::RoutingError,
    names::BindName,
    node::Topology,
    session::TableKey,
};

/// Bytes of memoised texts and judgements: room for tens of thousands of distinct statements.
const MEMO_BYTES: u64 = 16 << 20;

/// What statements are, by their text and by what is known of entities, tables and functions.
#[derive(Debug)]
pub(crate) struct Judgements {
    registry: ArcSwap<Registry>,
    known: Mutex<Known>,
    knowledge: ArcSwap<Knowledge>,
    wanted: Arc<Wanted>,
    places: Places,
    memo: Memo<Arc<Judgement>>,
    epoch: Epoch,
    text_ids: TextIds,
    refused: Texts,
    warned: Texts,
    doubted: Texts,
    begin: Arc<Judgement>,
    #[cfg(feature = "metrics")]
    classified: AtomicU64,
}

impl Judgements {
    pub(crate) fn new(registry: Registry, known: Known) -> Self {
        Self {
            registry: ArcSwap::from_pointee(registry),
            knowledge: ArcSwap::from_pointee(known.knowledge()),
            known: Mutex::new(known),
            wanted: Arc::default(),
            places: Places::default(),
            memo: Memo::new(MEMO_BYTES),
            epoch: Epoch::default(),
            text_ids: TextIds::default(),
            refused: Texts::default(),
            warned: Texts::default(),
            doubted: Texts::default(),
            begin: Arc::new(Judgement::of_begin()),
            #[cfg(feature = "metrics")]
            classified: AtomicU64::new(0),
        }
    }

    /// The judgement on a statement, from the memo if its text has been seen.
    #[inline(always)]
    pub(super) fn of(&self, wording: Wording<'_>) -> Arc<Judgement> {
        let Wording { backend, sql, .. } = wording;
        let epoch = self.epoch.now();
        let judgement = match recent(epoch, backend, sql) {
            Some(judgement) => judgement,
            None => self.of_memo(epoch, backend, sql),
        };
        match judgement.is_told_by_values {
            false => judgement,
            true => self.with_values(judgement, wording),
        }
    }

    /// The same where this thread has not met it lately.
    #[inline(never)]
    fn of_memo(&self, epoch: u64, backend: DbBackend, sql: &str) -> Arc<Judgement> {
        let judgement = self.memo.get(backend, sql);
        let judgement = judgement.unwrap_or_else(|| self.judge(backend, sql));
        keep(epoch, backend, sql, &judgement);
        judgement
    }

    /// How many texts were judged since this was last asked.
    #[cfg(feature = "metrics")]
    pub(super) fn take_classified(&self) -> u64 {
        self.classified.swap(0, Ordering::Relaxed)
    }

    /// Whether a read calls what waits or costs, as far as its text tells.
    pub(super) fn costs(&self, judgement: &Judgement) -> bool {
        let ask = || match &judgement.text {
            Some(text) => costs(text, &self.knowledge.load().functions),
            None => true,
        };
        *judgement.costs.get_or_init(ask)
    }

    /// Has every text judged anew, as something has become known.
    fn forget(&self) {
        self.memo.clear();
        self.epoch.end();
    }

    /// That of `BEGIN`, whatever follows it.
    pub(super) fn of_begin(&self) -> &Arc<Judgement> {
        &self.begin
    }

    pub(super) fn set_registry(&self, registry: Registry) {
        self.registry.store(Arc::new(registry));
        self.forget();
    }

    fn judge(&self, backend: DbBackend, sql: &str) -> Arc<Judgement> {
        #[cfg(feature = "metrics")]
        self.classified.fetch_add(1, Ordering::Relaxed);
        let forgotten = self.places.forgotten();
        let knowledge = self.knowledge.load_full();
        let registry = self.registry.load_full();
        let found = self.found(&registry, &knowledge, backend, sql);
        let is_told_by_values = registry.has_several() && {
            let named = with_any_names(backend, sql);
            named.is_some_and(|named| found.is_told_by(backend, &named, &knowledge))
        };
        if matches!(found.class.reason, Reason::UnknownFunction(_)) {
            self.wanted.unknown_met.notify_one();
        }
        let id = self.text_ids.of(backend, sql);
        let refused = found.class.is_read() && self.refused.contains(id);
        let operation = Operation::of(backend, sql);
        let judgement = self.memo.insert(backend, sql, |text| {
            let judgement = found.into_judgement(id, text.cloned(), refused);
            Arc::new(
                judgement
                    .that_does(operation)
                    .that_is_told_by_values(is_told_by_values),
            )
        });
        if !Arc::ptr_eq(&knowledge, &self.knowledge.load())
            || !Arc::ptr_eq(&registry, &self.registry.load())
            || forgotten != self.places.forgotten()
        {
            // What was just stored may rest on what has changed meanwhile.
            self.forget();
        }
        judgement
    }

    /// The same of a text that leaves to its values what it is about: nothing of that is kept.
    #[cold]
    fn with_values(&self, judgement: Arc<Judgement>, wording: Wording<'_>) -> Arc<Judgement> {
        let Wording { backend, sql, .. } = wording;
        let written = (wording.values).and_then(|values| with_values(backend, sql, values));
        let Some(written) = written else {
            return judgement;
        };
        let (registry, knowledge) = (self.registry.load(), self.knowledge.load());
        let found = self.found(&registry, &knowledge, backend, &written);
        let refused = found.class.is_read() && self.refused.contains(judgement.id);
        let told = found.into_judgement(judgement.id, judgement.text.clone(), refused);
        Arc::new(told.that_does(judgement.operation()))
    }

    /// What a text says.
    fn found(
        &self,
        registry: &Registry,
        knowledge: &Knowledge,
        backend: DbBackend,
        sql: &str,
    ) -> Found {
        let (mut class, loose) = match registry.has_several() {
            true => classify_with_loose(backend, sql, &knowledge.functions),
            false => (classify(backend, sql, &knowledge.functions), Vec::new()),
        };
        knowledge.relations.amend(backend, &mut class);
        let touched = knowledge.relations.touched(backend, &class);
        let (target, claims) = self.target(registry, backend, &class);
        let doubtful = match &target {
            Ok(target) => registry.claimed_elsewhere(backend, &loose, &target.bind),
            Err(_) => None,
        };
        Found {
            changes_schema: class.changes_schema(sql),
            class,
            target,
            claims,
            touched,
            doubtful,
        }
    }

    /// The target of a statement by its tables, and what they claim; with several binds also by what else it names.
    fn target(
        &self,
        registry: &Registry,
        backend: DbBackend,
        class: &Class,
    ) -> (Result<Target, RoutingError>, Claims) {
        let tables = registry.without_temporary(backend, &class.tables, &class.temporary);
        if class.objects.is_empty() || !registry.has_several() {
            let target = registry.resolve_with(backend, &tables, &class.perhaps);
            let claims = registry.claims(backend, &tables, &class.perhaps);
            return (target, claims);
        }
        // A sequence or view that nobody claims says nothing as a table.
        let says_something =
            |table: &&Table| !is_object(class, table) || !registry.is_unclaimed(backend, table);
        let tables: Vec<_> = tables.iter().filter(says_something).cloned().collect();
        let claims = registry.claims(backend, &tables, &class.perhaps);
        let by_tables = registry.resolve(backend, &tables);
        match by_tables {
            Ok(target) if target.reason == BindReason::NoTable => {
                self.by_objects(registry, backend, class, claims)
            }
            by_tables => (by_tables, claims),
        }
    }

    /// The same of one that names no table, by who has the objects: what a shard has is claimed by its group.
    fn by_objects(
        &self,
        registry: &Registry,
        backend: DbBackend,
        class: &Class,
        claims: Claims,
    ) -> (Result<Target, RoutingError>, Claims) {
        let otherwise = registry.resolve_with(backend, &class.tables, &class.perhaps);
        let found = otherwise.and_then(|otherwise| self.places.target(class, otherwise));
        let Ok(Target {
            bind,
            reason: BindReason::Found { object },
            ..
        }) = &found
        else {
            return (found, claims);
        };
        if !registry.is_group(bind) {
            return (found, claims);
        }
        let missing = RoutingError::NoShard {
            table: object.clone(),
            group: bind.clone(),
        };
        let claims = match (&claims.claimed, found.clone()) {
            (Ok(None), Ok(group)) => claims.with_found(object.clone(), group),
            _ => claims,
        };
        (Err(missing), claims)
    }

    /// Whether the shards that were named were asked for what a statement is about.
    ///
    /// # Errors
    /// [`RoutingError::UnaskedObject`].
    pub(super) fn were_asked(
        &self,
        judgement: &Judgement,
        shards: impl Iterator<Item = BindName>,
    ) -> Result<(), RoutingError> {
        self.places.were_asked(&judgement.class, shards)
    }

    pub(super) fn has_groups(&self) -> bool {
        self.registry.load().groups().next().is_some()
    }

    pub(super) fn groups(&self) -> Vec<String> {
        let registry = self.registry.load();
        let mut groups: Vec<_> = registry.groups().map(BindName::to_string).collect();
        groups.sort();
        groups
    }

    pub(super) fn is_group(&self, bind: &BindName) -> bool {
        self.registry.load().is_group(bind)
    }

    /// Asks the binds for the objects that a text names, of shards these.
    ///
    /// # Errors
    /// None has them, and one did not answer.
    pub(super) async fn locate(
        &self,
        topology: &Topology,
        wording: Wording<'_>,
        shards: &[BindName],
    ) -> Result<(), RoutingError> {
        let judgement = self.of(wording);
        locate(topology, &judgement.class.objects, &self.places, shards).await?;
        let text = Wording::text(wording.backend, wording.sql);
        if !self.of(text).is_told_by_values {
            self.forget();
        }
        Ok(())
    }

    /// Forgets which binds have which objects: something was defined, or may have been by others.
    pub(super) fn forget_places(&self) {
        if self.places.forget() {
            self.forget();
        }
    }

    /// Learns that a slave refused a statement as a write; true the first time.
    pub(super) fn learn_refusal(&self, judgement: &Judgement) -> bool {
        judgement.refuse();
        self.refused.insert(judgement.id)
    }

    /// Whether the one warning about a statement is due now.
    pub(super) fn warning_is_due(&self, judgement: &Judgement) -> bool {
        self.warned.insert(judgement.id)
    }

    /// Whether the one warning about a doubtful name in it is due now.
    pub(super) fn doubt_is_due(&self, judgement: &Judgement) -> bool {
        self.doubted.insert(judgement.id)
    }

    /// The bind, and perhaps node, of an entity.
    pub(super) fn target_of<E: EntityTrait>(
        &self,
        backend: Option<DbBackend>,
    ) -> Result<Target, RoutingError> {
        let entity = E::default();
        let table = Table {
            schema: entity.schema_name().map(str::to_owned),
            name: entity.table_name().to_owned(),
            usage: Usage::Read,
        };
        self.registry
            .load()
            .entity(TypeId::of::<E>(), &table, backend)
    }

    /// Reads the catalogues now; the returned task reads them again from time to time, and at once when an
    /// unknown function is met.
    pub(super) async fn learn_catalogues(
        self: &Arc<Self>,
        refresh: Arc<Refresh>,
    ) -> impl Future<Output = ()> + use<> {
        let binds = refresh.binds();
        self.expect(&binds);
        for bind in &binds {
            self.learn(&refresh, bind).await;
        }
        let (wanted, listener) = (self.wanted.clone(), Arc::downgrade(self));
        keep_fresh(refresh, wanted, listener, Self::note)
    }

    /// Reads the catalogue of one bind now.
    pub(super) async fn learn(&self, refresh: &Refresh, bind: &BindName) {
        if let Some(catalogue) = refresh.read(bind).await {
            self.note(&source_of(bind), catalogue);
        }
    }

    /// Has the catalogues read soon: something was defined.
    pub(super) fn want_catalogues(&self) {
        self.wanted.changed.notify_one();
    }

    /// Notes that the catalogue of a bind will be read; true if that is news.
    pub(super) fn expects(&self, bind: &BindName) -> bool {
        let mut known = self.known.lock();
        let is_news = known.expect(bind);
        if is_news {
            self.renew(&known);
        }
        is_news
    }

    /// Binds whose catalogues will be read.
    fn expect(&self, binds: &[BindName]) {
        let mut known = self.known.lock();
        if binds.iter().filter(|bind| known.expect(bind)).count() > 0 {
            self.renew(&known);
        }
    }

    /// Forgets the catalogues of other binds.
    pub(super) fn keep_binds(&self, binds: &[BindName]) {
        self.forget_places();
        let mut known = self.known.lock();
        if known.keep(binds) {
            self.renew(&known);
        }
    }

    /// True if that was news.
    fn note(&self, bind: &BindName, catalogue: Catalogue) -> bool {
        self.forget_places();
        let mut known = self.known.lock();
        let news = known.note(bind, catalogue);
        if news {
            self.renew(&known);
        }
        news
    }

    fn renew(&self, known: &Known) {
        self.knowledge.store(Arc::new(known.knowledge()));
        self.forget();
    }
}

/// What a text says by what is known.
struct Found {
    class: Class,
    target: Result<Target, RoutingError>,
    claims: Claims,
    touched: Arc<[TableKey]>,
    doubtful: Option<DoubtfulName>,
    changes_schema: bool,
}

impl Found {
    /// Whether the same text is about something else with strings in the places of its values.
    fn is_told_by(&self, backend: DbBackend, named: &str, knowledge: &Knowledge) -> bool {
        let mut named = classify(backend, named, &knowledge.functions);
        knowledge.relations.amend(backend, &mut named);
        fn subjects(class: &Class) -> (&[Table], &[Object], &[Table]) {
            let Class {
                tables,
                objects,
                perhaps,
                ..
            } = class;
            (tables, objects, perhaps)
        }
        subjects(&named) != subjects(&self.class)
    }

    fn into_judgement(self, id: TextId, text: Option<Arc<str>>, refused: bool) -> Judgement {
        Judgement::new(id, text, self.class, self.target, self.touched, refused)
            .that_claims(self.claims)
            .that_changes_schema(self.changes_schema)
            .that_holds(self.doubtful)
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Barrier, thread};

    use super::*;
    use crate::{
        bind::RegistryBuilder,
        classify::{Object, ObjectKind},
        config::FunctionsConfig,
    };

    /// Rounds in which a text is judged while what it rests on is forgotten.
    const ROUNDS: usize = 20_000;

    #[test]
    fn what_was_judged_while_places_were_forgotten_is_not_kept() {
        let registry = RegistryBuilder::new().several(true).build();
        let judgements = Judgements::new(registry, Known::new(FunctionsConfig::default()));
        let index = Object {
            kind: ObjectKind::Index,
            schema: None,
            name: "by_name".to_owned(),
        };
        let text = "DROP INDEX by_name";
        let bind = || {
            let judgement = judgements.of(Wording::text(DbBackend::Postgres, text));
            judgement.target.clone().map(|target| target.bind)
        };
        let barrier = Barrier::new(2);
        let mut kept = 0;
        thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    barrier.wait();
                    let _ = bind();
                    barrier.wait();
                }
            });
            for _ in 0..ROUNDS {
                judgements.places.note(&index, &["reports".into()], &[]);
                judgements.forget();
                barrier.wait();
                judgements.forget_places();
                barrier.wait();
                kept += u32::from(bind().is_ok());
            }
        });
        assert_eq!(kept, 0, "nobody has been asked");
    }
}
