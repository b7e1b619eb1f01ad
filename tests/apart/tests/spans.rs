//! The spans of SeaORM's feature `tracing-spans`: one for each routed statement.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use apart::{Kitchen, cake};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement, TransactionTrait};
use tracing::{
    Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
    util::SubscriberInitExt,
};

/// `name operation status` of each span of SeaORM that has ended.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<String>>>);

#[derive(Default)]
struct Outline {
    operation: String,
    status: String,
}

impl Visit for Outline {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "db.operation" => self.operation = format!("{value:?}"),
            "otel.status_code" => self.status = format!("{value:?}"),
            _ => {}
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "otel.status_code" {
            self.status = value.to_owned();
        }
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut outline = Outline::default();
        attributes.record(&mut outline);
        let span = context.span(id).unwrap();
        span.extensions_mut().insert(outline);
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        let mut extensions = span.extensions_mut();
        record.record(extensions.get_mut::<Outline>().unwrap());
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id).unwrap();
        if span.name().starts_with("sea_orm.") {
            let extensions = span.extensions();
            let Outline { operation, status } = extensions.get().unwrap();
            let span = format!("{} {operation} {status}", span.name());
            self.0.lock().unwrap().push(span);
        }
    }
}

impl Spans {
    /// For one test per process: whether a span is wanted is remembered for all threads.
    fn start() -> (Self, DefaultGuard) {
        let spans = Self::default();
        let layer = tracing_subscriber::registry().with(spans.clone());
        (spans, layer.set_default())
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[tokio::test]
async fn each_routed_statement_and_step_of_a_transaction_has_one_span() {
    let kitchen = Kitchen::new().await;
    let db = &kitchen.db;
    let (spans, _guard) = Spans::start();
    cake::Entity::find().all(db).await.unwrap();
    assert_eq!(kitchen.log(), ["slave-1: SELECT"]);
    assert_eq!(spans.take(), ["sea_orm.query_all SELECT OK"]);

    cake::Entity::delete_many().exec(db).await.unwrap();
    assert_eq!(kitchen.log(), ["master: DELETE"]);
    assert_eq!(spans.take(), ["sea_orm.execute DELETE OK"]);

    let wrong = Statement::from_string(DbBackend::Postgres, "SELECT nothing FROM cake");
    db.query_one_raw(wrong).await.unwrap_err();
    assert_eq!(spans.take(), ["sea_orm.query_one SELECT ERROR"]);

    let transaction = db.begin().await.unwrap();
    cake::Entity::find().one(&transaction).await.unwrap();
    transaction.commit().await.unwrap();
    let expected = [
        "sea_orm.begin EXECUTE OK",
        "sea_orm.query_one SELECT OK",
        "sea_orm.commit EXECUTE OK",
    ];
    assert_eq!(spans.take(), expected);
}
