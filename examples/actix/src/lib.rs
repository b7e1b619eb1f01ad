//! Sample application of `sea-orm-routing`: notes on actix. Each request is a session that reads what its browser has written, see
//! `session`; the handlers are plain SeaORM, and say which node served them.

pub mod note;
mod session;

use actix_web::{
    HttpResponse,
    error::ErrorInternalServerError,
    middleware::from_fn,
    rt,
    web::{self, Bytes, Data, ReqData, ServiceConfig},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, Schema,
};
use sea_orm_routing::{RoutingDatabase, carrier::SessionCarrier};
use tokio_stream::{StreamExt, once};

pub use session::session;

/// Makes the table, if there is none.
///
/// # Errors
/// The master is not there, or refuses.
pub async fn prepare(db: &RoutingDatabase) -> Result<(), DbErr> {
    let schema = Schema::new(db.get_database_backend());
    let mut table = schema.create_table_from_entity(note::Entity);
    db.execute(table.if_not_exists()).await.map(drop)
}

/// What serves the requests.
pub fn site(db: RoutingDatabase, carrier: SessionCarrier) -> impl FnOnce(&mut ServiceConfig) {
    let (db, carrier) = (Data::new(db), Data::new(carrier));
    move |config| {
        let site = web::scope("")
            .app_data(db)
            .app_data(carrier)
            .wrap(from_fn(session))
            .service(web::resource("/").get(list).post(write))
            .service(web::resource("/count").get(count_later))
            .service(web::resource("/task").get(count_in_a_task));
        config.service(site);
    }
}

/// The notes, a line each, and who served them.
async fn list(db: Data<RoutingDatabase>) -> actix_web::Result<HttpResponse> {
    let db = db.recording(1);
    let notes = note::Entity::find().all(&db).await;
    let notes = notes.map_err(ErrorInternalServerError)?;
    let mut response = HttpResponse::Ok();
    for ran in db.statements() {
        response.append_header(("served-by", ran.route.node.to_string()));
    }
    let lines = notes.into_iter().map(|note| note.text + "\n");
    Ok(response.body(lines.collect::<String>()))
}

async fn write(db: Data<RoutingDatabase>, text: String) -> actix_web::Result<HttpResponse> {
    let note = note::ActiveModel {
        text: Set(text),
        ..Default::default()
    };
    let written = note.insert(db.get_ref()).await;
    written.map_err(ErrorInternalServerError)?;
    Ok(HttpResponse::Created().finish())
}

/// How many there are: counted when the body is sent, after the handler's end.
async fn count_later(db: Data<RoutingDatabase>) -> HttpResponse {
    let count = once(db).then(async |db| count(&db).await);
    HttpResponse::Ok().streaming(count.map(|count| count.map(Bytes::from)))
}

/// The same in a task, which has the session by its handle only.
async fn count_in_a_task(db: ReqData<RoutingDatabase>) -> actix_web::Result<String> {
    let count = rt::spawn(async move { count(&db).await });
    count.await.map_err(ErrorInternalServerError)?
}

async fn count(db: &RoutingDatabase) -> actix_web::Result<String> {
    let count = note::Entity::find().count(db).await;
    Ok(count.map_err(ErrorInternalServerError)?.to_string())
}
