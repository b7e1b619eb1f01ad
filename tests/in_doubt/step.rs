use std::{
    fmt,
    pin::Pin,
    sync::{Mutex as StdMutex, Once, PoisonError},
};

use tokio::{
    runtime::Handle,
    sync::{Mutex, MutexGuard},
    task::block_in_place,
};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, filter::Targets, layer::Context, prelude::*};

type Interference = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What shall happen before which step.
static NEXT: StdMutex<Option<(&str, &str, Interference)>> = StdMutex::new(None);

/// One test at a time: all see the steps of all.
pub(crate) async fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::const_new(());
    static LISTENING: Once = Once::new();
    let turn = TURN.lock().await;
    LISTENING.call_once(|| {
        let filter = Targets::new().with_target("sea_orm_routing", Level::DEBUG);
        let steps = Steps.with_filter(filter);
        tracing_subscriber::registry().with(steps).init();
    });
    turn
}

/// Lets something happen just before a step of the next transaction is sent.
pub(crate) fn before(
    sql: &'static str,
    bind: &'static str,
    interference: impl Future<Output = ()> + Send + 'static,
) {
    let next = (sql, bind, Box::pin(interference) as Interference);
    *NEXT.lock().unwrap_or_else(PoisonError::into_inner) = Some(next);
}

struct Steps;

impl<S: Subscriber> Layer<S> for Steps {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut step = Step::default();
        event.record(&mut step);
        let interference = {
            let mut next = NEXT.lock().unwrap_or_else(PoisonError::into_inner);
            let is_next = next
                .as_ref()
                .is_some_and(|(sql, bind, _)| step.sql.starts_with(sql) && step.bind == *bind);
            next.take_if(|_| is_next)
        };
        if let Some((_, _, interference)) = interference {
            block_in_place(|| Handle::current().block_on(interference));
        }
    }
}

#[derive(Default)]
struct Step {
    sql: String,
    bind: String,
}

impl Visit for Step {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "sql" => self.sql = format!("{value:?}"),
            "bind" => self.bind = format!("{value:?}"),
            _ => {}
        }
    }
}
