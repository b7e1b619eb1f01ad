//! The recipe of docs/frameworks.md for actix, as it stands there.

use std::rc::Rc;

use actix_web::{
    App, Error, HttpResponse,
    body::MessageBody,
    cookie::Cookie,
    dev::{ServiceRequest, ServiceResponse},
    middleware::{Next, from_fn},
    rt::spawn,
    test::{self, TestRequest},
    web::{self, Data},
};
use apart::{Kitchen, cake};
use sea_orm::{ActiveValue::Set, EntityTrait};
use sea_orm_routing::{Consistency, RoutingDatabase};

/// Each request is a session, which reads what its browser has written; the token is in a cookie.
async fn session(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let db = request.app_data::<Data<RoutingDatabase>>().cloned();
    let db = db.ok_or_else(|| actix_web::error::ErrorInternalServerError("no database"))?;
    let cookie = request.cookie("read-your-writes");
    let session = db.session_from(cookie.as_ref().map_or("", Cookie::value));
    let mut response = session.scope(next.call(request)).await?;
    let token = session.token().await; // empty where slaves have everything
    if !token.is_empty() {
        let cookie = Cookie::build("read-your-writes", token)
            .path("/")
            .http_only(true);
        response.response_mut().add_cookie(&cookie.finish())?;
    }
    Ok(response)
}

async fn list(db: Data<RoutingDatabase>) -> HttpResponse {
    match cake::Entity::find().all(db.get_ref()).await {
        Ok(cakes) => HttpResponse::Ok().body(cakes.len().to_string()),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

async fn bake(db: Data<RoutingDatabase>) -> HttpResponse {
    let cake = cake::ActiveModel {
        name: Set("Sacher".to_owned()),
        ..Default::default()
    };
    match cake::Entity::insert(cake)
        .exec_without_returning(db.get_ref())
        .await
    {
        Ok(_) => HttpResponse::Created().finish(),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

#[actix_web::test]
async fn request_reads_what_its_browser_has_written() {
    let kitchen = Kitchen::new().await;
    let db = kitchen.db.with(Consistency::Session);
    let app = App::new()
        .app_data(Data::new(db))
        .wrap(from_fn(session))
        .service(web::resource("/cakes").get(list).post(bake));
    let app = Rc::new(test::init_service(app).await);
    // Each on a connection of its own, which is a task.
    let call = async |request: TestRequest| {
        let app = app.clone();
        let request = request.uri("/cakes").to_request();
        let response = spawn(async move { test::call_service(&*app, request).await }).await;
        response.unwrap()
    };
    let log = || kitchen.own_log();

    let response = call(TestRequest::get()).await;
    assert!(response.status().is_success());
    assert_eq!(log(), ["slave-1: SELECT"]);
    let cookies = response.response().cookies().count();
    assert_eq!(cookies, 0, "nothing was written");

    let response = call(TestRequest::post()).await;
    assert_eq!(response.status(), 201);
    assert_eq!(log(), ["master: INSERT"]);
    let cookie = response.response().cookies().next().unwrap().into_owned();

    call(TestRequest::get().cookie(cookie)).await;
    assert_eq!(log(), ["master: SELECT"], "its own write");
    call(TestRequest::get()).await;
    assert_eq!(log(), ["slave-1: SELECT"], "another browser's");
}

#[actix_web::test]
async fn recipe_is_that_of_the_guide() {
    let here = include_str!("actix.rs");
    let start = here.find("/// Each request is a session").unwrap();
    let end = start + here[start..].find("\n}\n").unwrap() + 2;
    let guide = include_str!("../../../docs/frameworks.md");
    assert!(
        guide.contains(&here[start..end]),
        "docs/frameworks.md has another one"
    );
}
