use std::{any::TypeId, sync::Arc};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use sea_orm::{DbBackend, EntityTrait};
use tokio::sync::Notify;

use super::{
    judgement::Judgement,
    recent::{Epoch, keep, recent},
    texts::{TextIds, Texts},
};
use crate::{
    bind::{Registry, Target},
    catalogue::{KnownFunctions, Refresh, keep_fresh},
    classify::{Access, Functions, Memo, Reason, Table, Usage, classify},
    error::RoutingError,
    names::BindName,
};

/// Bytes of memoised texts and judgements: room for tens of thousands of distinct statements.
const MEMO_BYTES: u64 = 16 << 20;

/// What statements are, by their text and by what is known of entities, tables and functions.
#[derive(Debug)]
pub(crate) struct Judgements {
    registry: ArcSwap<Registry>,
    known: Mutex<KnownFunctions>,
    functions: ArcSwap<Functions>,
    unknown_met: Arc<Notify>,
    memo: Memo<Arc<Judgement>>,
    epoch: Epoch,
    text_ids: TextIds,
    refused: Texts,
    warned: Texts,
    begin: Arc<Judgement>,
}

impl Judgements {
    pub(crate) fn new(registry: Registry, known: KnownFunctions) -> Self {
        Self {
            registry: ArcSwap::from_pointee(registry),
            functions: ArcSwap::from_pointee(known.functions()),
            known: Mutex::new(known),
            unknown_met: Arc::default(),
            memo: Memo::new(MEMO_BYTES),
            epoch: Epoch::default(),
            text_ids: TextIds::default(),
            refused: Texts::default(),
            warned: Texts::default(),
            begin: Arc::new(Judgement::of_begin()),
        }
    }

    /// The judgement on a statement, from the memo if its text has been seen.
    pub(super) fn of(&self, backend: DbBackend, sql: &str) -> Arc<Judgement> {
        let epoch = self.epoch.now();
        recent(epoch, backend, sql).unwrap_or_else(|| {
            let judgement = self.memo.get(backend, sql);
            let judgement = judgement.unwrap_or_else(|| self.judge(backend, sql));
            keep(epoch, backend, sql, &judgement);
            judgement
        })
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
        let functions = self.functions.load_full();
        let class = classify(backend, sql, &functions);
        if matches!(class.reason, Reason::UnknownFunction(_)) {
            self.unknown_met.notify_one();
        }
        let registry = self.registry.load_full();
        let target = registry.resolve(backend, &class.tables);
        let id = self.text_ids.of(backend, sql);
        let refused = class.is_read() && self.refused.contains(id);
        let changes_schema = class.changes_schema(sql);
        let judgement = self.memo.insert(backend, sql, |text| {
            let judgement = Judgement::new(id, text.cloned(), class, target, refused);
            Arc::new(judgement.that_changes_schema(changes_schema))
        });
        if !Arc::ptr_eq(&functions, &self.functions.load())
            || !Arc::ptr_eq(&registry, &self.registry.load())
        {
            // What was just stored may rest on what has changed meanwhile.
            self.forget();
        }
        judgement
    }

    /// Learns that a slave refused a statement as a write; true the first time.
    pub(super) fn learn_refusal(&self, judgement: &Judgement) -> bool {
        judgement.refuse();
        self.refused.insert(judgement.id)
    }

    /// Whether the one warning about a statement that changes the session is due now.
    pub(super) fn warning_is_due(&self, judgement: &Judgement) -> bool {
        judgement.class.changes_session() && self.warned.insert(judgement.id)
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
    pub(super) async fn learn_functions(
        self: &Arc<Self>,
        catalogues: Vec<Refresh>,
    ) -> impl Future<Output = ()> + use<> {
        self.expect_functions(&catalogues);
        for catalogue in &catalogues {
            if let Some(functions) = catalogue.read().await {
                self.note_functions(&catalogue.bind, functions);
            }
        }
        let (wanted, listener) = (self.unknown_met.clone(), Arc::downgrade(self));
        keep_fresh(catalogues, wanted, listener, Self::note_functions)
    }

    fn expect_functions(&self, catalogues: &[Refresh]) {
        let mut known = self.known.lock();
        for catalogue in catalogues {
            known.expect(&catalogue.bind);
        }
    }

    /// True if that was news.
    fn note_functions(&self, bind: &BindName, functions: Vec<(String, Access)>) -> bool {
        let mut known = self.known.lock();
        let news = known.note(bind, functions);
        if news {
            self.functions.store(Arc::new(known.functions()));
            self.forget();
        }
        news
    }
}
