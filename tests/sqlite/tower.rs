//! Requests that are sessions.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use ::tower::{Layer, ServiceExt, service_fn};
use entity::bakery;
use http::{HeaderName, Method, Request, Response, header};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, PaginatorTrait};
use sea_orm_routing::{
    RoutingDatabase, RoutingError,
    testing::Lab,
    tower::{SameSite, SessionBody, SessionLayer},
};
use tokio::time::Instant;
use tokio_stream::StreamExt;

use crate::{
    bakery::{Bakery, bakery_named, sql},
    support::served,
};

type Body = Full<&'static [u8]>;

const HOUR: Duration = Duration::from_secs(3600);

/// Writes for a `POST`, and reads for everything else.
async fn handle(
    db: RoutingDatabase,
    request: Request<()>,
) -> Result<Response<Body>, sea_orm::DbErr> {
    if request.method() == Method::POST {
        bakery_named("posted").insert(&db).await?;
    } else {
        bakery::Entity::find().count(&db).await?;
    }
    Ok(Response::new(Body::default()))
}

/// Sends requests one after the other, as a connection's task does.
struct Client<'d> {
    db: &'d RoutingDatabase,
    layer: SessionLayer,
}

impl<'d> Client<'d> {
    fn new(db: &'d RoutingDatabase) -> Self {
        let layer = SessionLayer::new(db.clone());
        Self { db, layer }
    }

    /// The response's headers, as text, and who served the statements.
    async fn send(&self, method: Method, headers: &[(HeaderName, &str)]) -> (Vec<String>, String) {
        let mut request = Request::new(());
        *request.method_mut() = method;
        for (name, value) in headers {
            let value = http::HeaderValue::from_bytes(value.as_bytes()).unwrap();
            request.headers_mut().append(name.clone(), value);
        }
        let db = self.db.clone();
        let service = service_fn(move |request| handle(db.clone(), request));
        let answer = self.layer.layer(service).oneshot(request);
        let (response, by) = served(self.db, answer).await;
        let headers = response.unwrap().headers().clone();
        let headers = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
        (headers.collect(), by.to_string())
    }

    async fn get(&self, cookie: &str) -> (Vec<String>, String) {
        self.send(Method::GET, &[(header::COOKIE, cookie)]).await
    }

    /// What the browser keeps after a `POST`.
    async fn post(&self) -> String {
        let (headers, by) = self.send(Method::POST, &[]).await;
        assert_eq!(by, "default.master 1w");
        headers.into_iter().next().unwrap()
    }
}

fn cookie(set: &str) -> &str {
    let set = set.strip_prefix("set-cookie: ").unwrap();
    set.split_once(';').unwrap().0
}

#[tokio::test]
async fn browser_reads_what_it_has_written_from_every_process() {
    let (one, other) = (Bakery::lagging(HOUR).await, Bakery::lagging(HOUR).await);
    let (one, other) = (Client::new(&one.db), Client::new(&other.db));
    assert_eq!(one.get("").await, (vec![], "default.slave 1r".to_owned()));
    let set = one.post().await;
    let (token, attributes) = set.split_once("; ").unwrap();
    assert!(token.starts_with("set-cookie: sea-orm-routing."), "{set}");
    assert_eq!(attributes, "HttpOnly; SameSite=Lax; Path=/; Max-Age=3600");
    let browser = format!("theme=dark; {}; lang=\"en\"", cookie(&set));
    for client in [&one, &other] {
        let (headers, by) = client.get(&browser).await;
        assert_eq!(by, "default.master 1r");
        // It may be that of a request beside it that has written.
        assert_eq!(headers, [""; 0]);
        // Another browser on the same connection.
        assert_eq!(client.get("theme=dark").await.1, "default.slave 1r");
    }
}

/// However often it asks meanwhile.
#[tokio::test]
async fn browser_reads_from_slaves_again_when_they_hold_what_it_has_written() {
    let bakery = Bakery::lagging(Duration::from_millis(300)).await;
    let client = Client::new(&bakery.db);
    let set = client.post().await;
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline {
        let (headers, by) = client.get(cookie(&set)).await;
        assert_eq!(headers, [""; 0]);
        if by == "default.slave 1r" {
            return;
        }
        assert_eq!(by, "default.master 1r");
    }
    panic!("it never leaves the master");
}

#[tokio::test]
async fn cookies_of_others_do_not_hide_it() {
    let bakery = Bakery::lagging(HOUR).await;
    let client = Client::new(&bakery.db);
    let set = client.post().await;
    let (name, token) = cookie(&set).split_once('=').unwrap();
    for beside in [
        format!("lang=Zo\u{eb}; {name}={token}"),
        format!("{name}=\"{token}\"; a=b"),
        format!("a=\u{1f370}\u{1f370};{name}={token}"),
    ] {
        assert_eq!(client.get(&beside).await.1, "default.master 1r", "{beside}");
    }
}

#[tokio::test]
async fn cookie_is_as_it_is_asked_for() {
    let bakery = Bakery::lagging(Duration::from_millis(90_500)).await;
    let mut client = Client::new(&bakery.db);
    let layer = |client: &Client<'_>| client.layer.clone();
    client.layer = layer(&client)
        .cookie_name("shop")
        .unwrap()
        .cookie_path("/shop")
        .unwrap()
        .secure(true)
        .same_site(SameSite::Strict);
    let set = client.post().await;
    assert!(set.starts_with("set-cookie: shop."), "{set}");
    assert!(
        set.ends_with("; HttpOnly; SameSite=Strict; Secure; Path=/shop; Max-Age=91"),
        "{set}"
    );
    client.layer = layer(&client).max_age(Duration::from_secs(5));
    assert!(client.post().await.ends_with("; Max-Age=5"));
    client.layer = layer(&client).max_age(Duration::MAX);
    let year = "; Max-Age=31622400";
    assert!(client.post().await.ends_with(year));
    for wrong in ["", "a b", "a=b", "a;b", "ä"] {
        let error = layer(&client).cookie_name(wrong).unwrap_err();
        assert_eq!(error.problems()[0].found, format!("`{wrong}`"), "{error}");
    }
    for wrong in ["", "shop", "/a;Secure", "/a\r\nSet-Cookie: b=c", "/ä"] {
        layer(&client).cookie_path(wrong).unwrap_err();
    }
}

/// A browser with many cookies gets one for them, also from a request that only reads, and reads all that they stand for.
#[tokio::test]
async fn many_cookies_become_one() {
    let bakery = Bakery::lagging(HOUR).await;
    let client = Client::new(&bakery.db);
    let mut jar = Vec::new();
    for _ in 0..17 {
        jar.push(cookie(&client.post().await).to_owned());
    }
    let (headers, by) = client.get(&jar[..16].join("; ")).await;
    assert_eq!((headers, by.as_str()), (vec![], "default.master 1r"));
    let (headers, by) = client.get(&jar.join("; ")).await;
    assert_eq!(by, "default.master 1r");
    let is_end = |set: &&String| set.contains("; Max-Age=0");
    assert_eq!(headers.iter().filter(is_end).count(), 17, "{headers:?}");
    let kept: Vec<_> = headers.iter().filter(|set| !is_end(set)).collect();
    let [one] = kept[..] else {
        panic!("not one: {kept:?}")
    };
    assert_eq!(client.get(cookie(one)).await.1, "default.master 1r");
}

/// What browsers would drop without a word.
#[tokio::test]
async fn cookie_is_one_that_browsers_take() {
    let bakery = Bakery::lagging(HOUR).await;
    let mut client = Client::new(&bakery.db);
    let plain = client.layer.clone();
    assert!(!client.post().await.contains("; Secure"));
    client.layer = plain.clone().same_site(SameSite::None).secure(false);
    let set = client.post().await;
    assert!(set.contains("; SameSite=None; Secure"), "{set}");
    for name in ["__Host-shop", "__secure-shop"] {
        client.layer = plain.clone().cookie_name(name).unwrap();
        let set = client.post().await;
        assert!(set.contains("; Secure; Path=/;"), "{set}");
    }
    for layer in [
        plain
            .clone()
            .cookie_name("__Host-shop")
            .unwrap()
            .cookie_path("/shop"),
        plain
            .clone()
            .cookie_path("/shop")
            .unwrap()
            .cookie_name("__Host-shop"),
    ] {
        let error = layer.unwrap_err();
        assert_eq!(error.problems()[0].found, "`/shop`", "{error}");
    }
    let secure = plain.cookie_name("__Secure-shop").unwrap();
    secure.cookie_path("/shop").unwrap();
}

#[tokio::test]
async fn header_carries_the_token_of_a_program() {
    let bakery = Bakery::lagging(HOUR).await;
    let mut client = Client::new(&bakery.db);
    let name = HeaderName::from_static("x-seen");
    client.layer = client.layer.clone().header(name.clone());
    let set = client.post().await;
    let token = set.strip_prefix("x-seen: ").unwrap();
    let (headers, by) = client.send(Method::GET, &[(name.clone(), token)]).await;
    assert_eq!((headers, by.as_str()), (vec![], "default.master 1r"));
    let (headers, by) = client.send(Method::GET, &[(name.clone(), "")]).await;
    assert_eq!((headers, by.as_str()), (vec![], "default.slave 1r"));
    let (headers, by) = client.send(Method::GET, &[(name, "Zg==")]).await;
    assert_eq!((headers, by.as_str()), (vec![], "default.slave 1r"));
}

#[tokio::test]
async fn garbage_in_the_cookie_is_harmless() {
    let bakery = Bakery::lagging(HOUR).await;
    let client = Client::new(&bakery.db);
    let long = format!("sea-orm-routing={}", "A".repeat(5000));
    for cookie in [
        "sea-orm-routing=",
        "sea-orm-routing=%00%ff;",
        "=;;==",
        ";",
        &long,
    ] {
        assert_eq!(client.get(cookie).await.1, "default.slave 1r", "{cookie}");
    }
}

#[tokio::test]
async fn body_is_streamed_in_the_session() {
    let bakery = Bakery::lagging(HOUR).await;
    let db = bakery.db.clone();
    let handler = service_fn(move |_: Request<()>| {
        let db = db.clone();
        async move {
            bakery_named("posted").insert(&db).await.unwrap();
            let frames = tokio_stream::iter(0..3).then(move |_| {
                let db = db.clone();
                async move {
                    bakery::Entity::find().count(&db).await.unwrap();
                    Ok::<_, Infallible>(Frame::data(&b"."[..]))
                }
            });
            Ok::<_, Infallible>(Response::new(StreamBody::new(Box::pin(frames))))
        }
    });
    let layer = SessionLayer::new(bakery.db.clone());
    let response = layer.layer(handler).oneshot(Request::new(())).await;
    let body: SessionBody<_> = response.unwrap().into_body();
    // In a task that has written nothing.
    let (collected, by) = served(&bakery.db, tokio::spawn(body.collect())).await;
    assert_eq!(collected.unwrap().unwrap().to_bytes(), "...");
    assert_eq!(by, "default.master 3r");
}

#[tokio::test]
async fn safe_methods_only_read_if_asked_to() {
    let bakery = Bakery::lagging(HOUR).await;
    let db = bakery.db.clone();
    let write = service_fn(move |_: Request<()>| {
        let db = db.clone();
        async move {
            bakery_named("got").insert(&db).await?;
            Ok::<_, sea_orm::DbErr>(Response::new(Body::default()))
        }
    });
    let layer = SessionLayer::new(bakery.db.clone());
    let send = async |layer: &SessionLayer, method: Method| {
        let request = Request::builder().method(method).body(()).unwrap();
        layer.layer(write.clone()).oneshot(request).await.map(drop)
    };
    send(&layer, Method::GET).await.unwrap();
    let layer = layer.preventing_writes_of_safe_methods();
    for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE] {
        let error = send(&layer, method).await.unwrap_err();
        assert!(matches!(
            RoutingError::of(&error),
            Some(RoutingError::WritePrevented { .. })
        ));
    }
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        send(&layer, method).await.unwrap();
    }
}

#[tokio::test]
async fn spawned_task_has_the_session_by_its_handle() {
    let bakery = Bakery::lagging(HOUR).await;
    let db = bakery.db.clone();
    let handler = service_fn(move |request: Request<()>| {
        let db = db.clone();
        async move {
            bakery_named("posted").insert(&db).await.unwrap();
            let session: RoutingDatabase = request.extensions().get().cloned().unwrap();
            let read = tokio::spawn(async move { bakery::Entity::find().count(&session).await });
            read.await.unwrap().unwrap();
            Ok::<_, Infallible>(Response::new(Body::default()))
        }
    });
    let answer = SessionLayer::new(bakery.db.clone())
        .layer(handler)
        .oneshot(Request::new(()));
    let (response, by) = served(&bakery.db, answer).await;
    response.unwrap();
    assert_eq!(by, "default.master 1r, default.master 1w");
}

#[tokio::test]
async fn a_request_tells_what_it_ran() {
    let Bakery { db, .. } = &Bakery::lagging(HOUR).await;
    let layer = SessionLayer::new(db.clone()).recording(10);
    let inner = db.clone();
    let service = layer.layer(service_fn(move |_: Request<()>| {
        let db = inner.clone();
        async move {
            bakery::Entity::find().count(&db).await.unwrap();
            let told = db.statements();
            assert_eq!(told.len(), 1, "this request's alone");
            Ok::<_, Infallible>(Response::new(told[0].to_string()))
        }
    }));
    for _ in 0..2 {
        let response = service.clone().oneshot(Request::new(())).await.unwrap();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(text.contains("ok: default.slave-"), "{text}");
    }
}

/// A bind named after the request's host, and what of a request goes there.
#[tokio::test]
async fn request_is_of_the_bind_that_its_host_names() {
    let Bakery { db, .. } = &Bakery::lagging(Duration::ZERO).await;
    let layer = SessionLayer::new(db.clone()).handle(|db, request| {
        let host = request
            .headers
            .get("host")
            .map(|host| host.to_str().unwrap());
        match host {
            Some(host) => db.bind(host.split('.').next().unwrap()),
            None => Ok(db.clone()),
        }
    });
    let send = async |method: Method, host: Option<&str>| {
        let mut request = Request::new(());
        *request.method_mut() = method;
        if let Some(host) = host {
            request.headers_mut().insert("host", host.parse().unwrap());
        }
        let plain = db.clone();
        let service = service_fn(move |request: Request<()>| {
            let plain = plain.clone();
            async move {
                let spawned = request
                    .extensions()
                    .get::<RoutingDatabase>()
                    .unwrap()
                    .clone();
                handle(plain, request).await?;
                let spawned = async move { bakery::Entity::find().count(&spawned).await };
                tokio::spawn(spawned).await.unwrap()?;
                Ok::<_, sea_orm::DbErr>(Response::new(Body::default()))
            }
        });
        let (response, by) = served(db, layer.layer(service).oneshot(request)).await;
        (response.map(drop), by.to_string())
    };
    for _ in 0..2 {
        let (_, by) = send(Method::GET, Some("reports.example.org")).await;
        assert_eq!(by, "reports.slave 2r");
        let (_, by) = send(Method::GET, None).await;
        assert_eq!(by, "default.slave 2r");
        let (_, by) = send(Method::POST, Some("reports.example.org")).await;
        assert_eq!(by, "reports.master 1w, reports.slave 1r");
        let (error, by) = send(Method::POST, Some("nobody.example.org")).await;
        assert_eq!(by, "");
        let error = error.unwrap_err();
        let error = RoutingError::of(&error).unwrap();
        assert!(matches!(error, RoutingError::UnknownKey { key, .. } if key == "nobody"));
    }
    let (count, by) = served(db, bakery::Entity::find().count(db)).await;
    assert_eq!((count.unwrap(), by), (1, "default.slave 1r".into()));
}

#[tokio::test]
async fn body_is_streamed_in_the_scope_of_its_request() {
    let Bakery { db, .. } = &Bakery::lagging(Duration::ZERO).await;
    let layer = SessionLayer::new(db.clone()).handle(|db, _| db.bind("reports"));
    let plain = db.clone();
    let service = service_fn(move |_: Request<()>| {
        let plain = plain.clone();
        async move {
            let later = tokio_stream::once(()).then(move |()| {
                let plain = plain.clone();
                async move {
                    let found = bakery::Entity::find().one(&plain).await.unwrap().unwrap();
                    Ok::<_, Infallible>(Frame::data(found.name.into_bytes().leak() as &[u8]))
                }
            });
            let later = Box::pin(later);
            Ok::<_, Infallible>(Response::new(StreamBody::new(later)))
        }
    });
    let response = layer
        .layer(service)
        .oneshot(Request::new(()))
        .await
        .unwrap();
    let body = Box::pin(response.into_body())
        .collect()
        .await
        .unwrap()
        .to_bytes();
    assert_eq!(&body[..], b"reports.slave-1");
}

#[tokio::test]
async fn request_only_reads_if_its_handle_does() {
    let Bakery { db, .. } = &Bakery::lagging(Duration::ZERO).await;
    let layer = SessionLayer::new(db.clone());
    let layer = layer.handle(|db, _| Ok(db.bind("reports")?.preventing_writes()));
    let plain = db.clone();
    let service = service_fn(move |request| handle(plain.clone(), request));
    let mut request = Request::new(());
    *request.method_mut() = Method::POST;
    let (error, by) = served(db, layer.layer(service).oneshot(request)).await;
    let error = error.map(drop).unwrap_err();
    let error = RoutingError::of(&error).unwrap();
    assert!(
        matches!(error, RoutingError::WritePrevented { .. }),
        "{error}"
    );
    assert_eq!(by, "");
}

/// What the request's own handle, of its extensions, reads; or its error.
async fn read_in_a_request(db: &RoutingDatabase, layer: SessionLayer) -> (String, String) {
    let found = Arc::new(Mutex::new(String::new()));
    let told = found.clone();
    let service = service_fn(move |request: Request<()>| {
        let told = told.clone();
        async move {
            let own: &RoutingDatabase = request.extensions().get().unwrap();
            let found = bakery::Entity::find().one(own).await;
            let found = found.map_or_else(|error| error.to_string(), |found| found.unwrap().name);
            *told.lock().unwrap() = found;
            Ok::<_, Infallible>(Response::new(Body::default()))
        }
    });
    let (response, by) = served(db, layer.layer(service).oneshot(Request::new(()))).await;
    drop(response);
    let found = found.lock().unwrap().clone();
    (found, by.to_string())
}

#[tokio::test]
async fn request_keeps_the_nodes_that_its_handle_has_chosen() {
    let Bakery { db, .. } = &Bakery::lagging(Duration::ZERO).await;
    let on_master = SessionLayer::new(db.master());
    let captured = db.clone();
    for layer in [
        on_master.clone(),
        on_master.handle(|db, _| Ok(db.with_value("tenant", "acme"))),
        SessionLayer::new(db.with_value("tenant", "acme").master()),
        SessionLayer::new(db.clone()).handle(|db, _| Ok(db.with_value("a", "b").master())),
        SessionLayer::new(db.clone()).handle(move |_, _| Ok(captured.master())),
    ] {
        let (_, by) = read_in_a_request(db, layer).await;
        assert_eq!(by, "default.master 1r");
    }
    let layer = SessionLayer::new(db.clone());
    let layer = layer.handle(|db, _| Ok(db.bind("reports")?.master()));
    let (_, by) = read_in_a_request(db, layer).await;
    assert_eq!(by, "reports.master 1r");
}

#[tokio::test]
async fn request_is_sent_nowhere_by_the_handle_of_another_database() {
    let Bakery { db, .. } = &Bakery::lagging(Duration::ZERO).await;
    let other = Bakery::lagging(Duration::ZERO).await;
    let handle = other.db.bind("reports").unwrap();
    let layer = SessionLayer::new(db.clone()).handle(move |_, _| Ok(handle.clone()));
    let (found, by) = read_in_a_request(db, layer).await;
    assert!(found.contains("another database"), "{found}");
    assert_eq!(by, "");
}

#[tokio::test]
async fn inner_scope_counts_for_the_requests_handle_too() {
    let Bakery { db, .. } = &Bakery::lagging(Duration::ZERO).await;
    let layer = SessionLayer::new(db.clone());
    let layer = layer.handle(|db, _| Ok(db.bind("reports")?.with_value("tenant", "a")));
    let plain = db.clone();
    let service = service_fn(move |request: Request<()>| {
        let plain = plain.clone();
        async move {
            let own: RoutingDatabase = request.extensions().get().cloned().unwrap();
            let read = async |db: &RoutingDatabase| {
                let found = bakery::Entity::find().one(db).await.unwrap().unwrap();
                (found.name, db.value("tenant").unwrap_or_default())
            };
            let expected = |node: &str, value: &str| (node.to_owned(), value.to_owned());
            let reports = expected("reports.slave-1", "a");
            let other = own.bind("default").unwrap().with_value("tenant", "b");
            let inside = other.scope(async { [read(&own).await, read(&plain).await] });
            assert!(
                inside
                    .await
                    .iter()
                    .all(|(node, value)| node.starts_with("default.slave") && value == "b")
            );
            assert_eq!(read(&own).await, reports);
            let elsewhere = tokio::spawn(async move {
                let other = other.scope(read(&own)).await;
                (read(&own).await, other)
            });
            let (outside, inside) = elsewhere.await.unwrap();
            assert_eq!(outside, reports);
            assert!(inside.0.starts_with("default.slave"), "{inside:?}");
            assert_eq!(inside.1, "b");
            Ok::<_, Infallible>(Response::new(Body::default()))
        }
    });
    layer
        .layer(service)
        .oneshot(Request::new(()))
        .await
        .unwrap();
}

/// The bind that the plain handle means inside of a request whose host is the bind's name.
async fn bind_of(
    layer: &SessionLayer,
    db: &RoutingDatabase,
    host: &'static str,
) -> Result<String, sea_orm::DbErr> {
    let db = db.clone();
    let service = service_fn(move |_: Request<()>| {
        let db = db.clone();
        async move {
            let found = bakery::Entity::find().one(&db).await?.unwrap().name;
            Ok::<_, sea_orm::DbErr>(Response::new(found))
        }
    });
    let request = Request::builder().header("host", host).body(()).unwrap();
    let response = layer.layer(service).oneshot(request).await?;
    let body = Box::pin(response.into_body()).collect().await.unwrap();
    let found = String::from_utf8(body.to_bytes().to_vec()).unwrap();
    Ok(found.split('.').next().unwrap().to_owned())
}

#[tokio::test]
async fn what_a_request_chooses_goes_before_what_is_around_it() {
    let Bakery { db, .. } = &Bakery::lagging(Duration::ZERO).await;
    let by_host = SessionLayer::new(db.clone()).handle(|db, request| {
        let host = request.headers.get("host").unwrap();
        match host.to_str().unwrap() {
            "none" => Ok(db.clone()),
            bind => db.bind(bind),
        }
    });
    let around = db.bind("reports").unwrap();
    let inside = async |host| around.scope(bind_of(&by_host, db, host)).await;
    assert_eq!(inside("default").await.unwrap(), "default");
    assert_eq!(inside("none").await.unwrap(), "reports", "it says nothing");
    let error = inside("nobody").await.unwrap_err();
    let error = RoutingError::of(&error).unwrap();
    assert!(matches!(error, RoutingError::UnknownKey { key, .. } if key == "nobody"));
    // A layer inside of another one's request.
    let outer = SessionLayer::new(db.clone()).handle(|db, _| db.bind("reports"));
    for (host, expected) in [("default", "default"), ("none", "reports")] {
        let (inner, plain) = (by_host.clone(), db.clone());
        let service = service_fn(move |_: Request<()>| {
            let (inner, plain) = (inner.clone(), plain.clone());
            async move {
                let found = bind_of(&inner, &plain, host).await?;
                Ok::<_, sea_orm::DbErr>(Response::new(found))
            }
        });
        let response = outer.layer(service).oneshot(Request::new(())).await;
        let body = Box::pin(response.unwrap().into_body()).collect().await;
        assert_eq!(body.unwrap().to_bytes(), expected);
    }
}

/// What is lent without a bind to lend of.
#[tokio::test]
async fn what_is_lent_to_a_request_of_no_bind_gives_errors() {
    let Bakery { db, .. } = &Bakery::lagging(Duration::ZERO).await;
    let layer = SessionLayer::new(db.clone()).handle(|db, _| db.bind("nobody"));
    let plain = db.clone();
    let service = service_fn(move |_: Request<()>| {
        let db = plain.clone();
        async move {
            let connection = db.master_connection();
            let executor = sea_orm::DatabaseExecutor::from(&db);
            let errors = [
                bakery::Entity::find().all(&connection).await.unwrap_err(),
                bakery_named("x").insert(&connection).await.unwrap_err(),
                bakery::Entity::find().all(&executor).await.unwrap_err(),
            ];
            for error in errors {
                assert!(error.to_string().contains("Connection closed"), "{error}");
            }
            let pool = db.get_sqlite_connection_pool();
            assert!(pool.is_closed());
            let error = pool.acquire().await.unwrap_err();
            assert!(matches!(error, sea_orm::sqlx::Error::PoolClosed), "{error}");
            Ok::<_, Infallible>(Response::new(Body::default()))
        }
    });
    let (response, by) = served(db, layer.layer(service).oneshot(Request::new(()))).await;
    response.unwrap();
    assert_eq!(by, "");
}

/// One database around the other, as two layers of an application are.
#[tokio::test]
async fn a_request_is_a_session_of_each_database_that_has_a_layer() {
    let (outer, inner) = (Bakery::lagging(HOUR).await, Bakery::lagging(HOUR).await);
    let third = Bakery::lagging(HOUR).await;
    let outer_layer = SessionLayer::new(outer.db.clone());
    let inner_layer = SessionLayer::new(inner.db.clone()).cookie_name("inner");
    let inner_layer = inner_layer.unwrap();
    let databases = [&outer.db, &inner.db, &third.db];
    // Writes by `writer`, if there is one; whether slaves serve what comes then, of each database.
    let send = async |writer: Option<usize>, cookies: &str| {
        let databases = databases.map(Clone::clone);
        let handler = service_fn(move |_: Request<()>| {
            let databases = databases.clone();
            async move {
                if let Some(writer) = writer {
                    bakery_named("posted").insert(&databases[writer]).await?;
                }
                let mut by = Vec::new();
                for db in &databases {
                    let (_, served) = served(db, bakery::Entity::find().count(db)).await;
                    by.push(served.to_string().contains("slave"));
                }
                Ok::<_, sea_orm::DbErr>(Response::new(Full::<&[u8]>::default()).map(|_| by))
            }
        });
        let request = Request::builder().header(header::COOKIE, cookies);
        let handler = handler.map_response(|response: Response<Vec<bool>>| {
            let (mut parts, by) = response.into_parts();
            parts.extensions.insert(by);
            Response::from_parts(parts, Body::default())
        });
        let service = outer_layer.layer(inner_layer.layer(handler));
        let response = service.oneshot(request.body(()).unwrap()).await.unwrap();
        let cookies = response.headers().get_all(header::SET_COOKIE).iter();
        let cookies =
            cookies.map(|set| set.to_str().unwrap().split_once(';').unwrap().0.to_owned());
        let by = response.extensions().get::<Vec<bool>>().cloned().unwrap();
        (cookies.collect::<Vec<_>>(), by)
    };

    assert_eq!(send(None, "").await, (vec![], vec![true; 3]));
    for (writer, name) in [(0, "sea-orm-routing."), (1, "inner.")] {
        let mut by = vec![true; 3];
        by[writer] = false;
        let (cookies, found) = send(Some(writer), "").await;
        assert_eq!(found, by, "its own write");
        assert_eq!(cookies.len(), 1);
        assert!(cookies[0].starts_with(name), "{cookies:?}");
        // The next request of the same browser, and one of another on the same connection.
        assert_eq!(send(None, &cookies[0]).await, (vec![], by));
        assert_eq!(send(None, "").await, (vec![], vec![true; 3]));
    }
    // What has no layer is of the same request.
    let (cookies, by) = send(Some(2), "").await;
    assert_eq!((cookies, by), (vec![], vec![true, true, false]));
    assert_eq!(send(None, "").await, (vec![], vec![true; 3]));
}

/// What a browser keeps of responses, by the names of the cookies.
#[derive(Default)]
struct Jar(std::collections::BTreeMap<String, String>);

impl Jar {
    fn keep(&mut self, headers: &[String]) {
        for set in headers {
            let (name, value) = cookie(set).split_once('=').unwrap();
            match set.contains("Max-Age=0") {
                true => self.0.remove(name),
                false => self.0.insert(name.to_owned(), value.to_owned()),
            };
        }
    }

    fn sent(&self) -> String {
        let cookies = self.0.iter().map(|(name, value)| format!("{name}={value}"));
        cookies.collect::<Vec<_>>().join("; ")
    }
}

/// The headers of the answer to a request with such cookies, and who served it.
async fn ask(
    layer: &SessionLayer,
    db: &RoutingDatabase,
    writes: bool,
    cookies: &str,
) -> (Vec<String>, String) {
    let inner = db.clone();
    let handler = service_fn(move |_: Request<()>| {
        let db = inner.clone();
        async move {
            if writes {
                db.execute_unprepared("INSERT INTO item VALUES (1)").await?;
            } else {
                db.query_all_raw(sql("SELECT id FROM item")).await?;
            }
            Ok::<_, sea_orm::DbErr>(Response::new(Body::default()))
        }
    });
    let request = Request::builder().header(header::COOKIE, cookies);
    let answer = layer.layer(handler).oneshot(request.body(()).unwrap());
    let served = sea_orm_routing::testing::served(db, answer).await;
    let nodes = served.nodes().join(" ");
    let headers = served.output.unwrap().headers().clone();
    let headers = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
    (headers.collect(), nodes)
}

/// A lab whose slaves lag, with a table on each of its two binds.
async fn lagging_lab() -> Lab {
    let lab = Lab::new().bind("reports", 1).start().await.unwrap();
    for bind in ["default", "reports"] {
        let db = lab.db().bind(bind).unwrap();
        db.execute_unprepared("CREATE TABLE item (id int)")
            .await
            .unwrap();
    }
    lab.caught_up().await;
    lab.lag("slave-1", Duration::from_secs(5));
    lab.lag("reports.slave-1", Duration::from_secs(5));
    lab
}

#[tokio::test]
async fn a_browser_keeps_what_requests_wrote_that_it_sent_at_once() {
    let lab = lagging_lab().await;
    let layer = SessionLayer::new(lab.db().clone());
    let binds = ["default", "reports"].map(|bind| lab.db().bind(bind).unwrap());
    let mut jar = Jar::default();
    for round in 0..3 {
        // Each pair is sent with the same cookies; the answers arrive in either order.
        let sent = jar.sent();
        let mut answers = Vec::new();
        for db in &binds {
            let (headers, by) = ask(&layer, db, true, &sent).await;
            assert!(by.ends_with(".master"), "{by}");
            assert!(
                headers.iter().any(|set| !set.contains("Max-Age=0")),
                "the lab's clock stands still: {headers:?}"
            );
            answers.push(headers);
        }
        if round == 1 {
            answers.reverse();
        }
        answers.iter().for_each(|headers| jar.keep(headers));
        for (db, master) in binds.iter().zip(["default.master", "reports.master"]) {
            let (headers, by) = ask(&layer, db, false, &jar.sent()).await;
            assert_eq!(
                (headers, by.as_str()),
                (vec![], master),
                "round {round}: {}",
                jar.sent()
            );
            let other = ask(&layer, db, false, "").await.1;
            assert!(other.ends_with(".slave-1"), "another browser: {other}");
        }
        assert!(
            jar.0.len() <= 2,
            "as many as were sent at once: {:?}",
            jar.0.keys()
        );
    }
    let (headers, _) = ask(&layer, &binds[0], true, &jar.sent()).await;
    jar.keep(&headers);
    assert_eq!(jar.0.len(), 1, "one has it all");
    assert_eq!(
        ask(&layer, &binds[1], false, &jar.sent()).await.1,
        "reports.master"
    );
    lab.caught_up().await;
    assert_eq!(
        ask(&layer, &binds[1], false, &jar.sent()).await.1,
        "reports.slave-1"
    );
}

#[tokio::test]
async fn another_cookie_of_the_name_hides_no_token() {
    let lab = lagging_lab().await;
    let layer = SessionLayer::new(lab.db().clone());
    let db = lab.db().bind("default").unwrap();
    let (headers, _) = ask(&layer, &db, true, "").await;
    let (name, token) = cookie(&headers[0]).split_once('=').unwrap();
    for cookies in [
        format!("{name}=xx; {name}={token}"),
        format!("{name}={token}; {name}=xx"),
        format!("sea-orm-routing=xx; sea-orm-routing={token}"),
        format!("sea-orm-routing={token}; {name}="),
    ] {
        let by = ask(&layer, &db, false, &cookies).await.1;
        assert_eq!(by, "default.master", "{cookies}");
    }
    let by = ask(&layer, &db, false, &format!("not-{name}={token}"))
        .await
        .1;
    assert_eq!(by, "default.slave-1", "that is another name");
}

#[tokio::test]
async fn who_looks_from_outside_sees_what_a_recording_layer_records() {
    let lab = lagging_lab().await;
    let layer = SessionLayer::new(lab.db().clone()).recording(10);
    let db = lab.db().bind("default").unwrap();
    assert_eq!(ask(&layer, &db, false, "").await.1, "default.slave-1");
    let own = db.recording(10);
    let served =
        sea_orm_routing::testing::served(&db, own.query_all_raw(sql("SELECT id FROM item"))).await;
    assert_eq!(served.nodes(), ["default.slave-1"]);
    assert_eq!(own.statements(), served.statements);
    // Not twice where both are one.
    let within = own.scope(async { own.query_all_raw(sql("SELECT id FROM item")).await });
    within.await.unwrap();
    assert_eq!(own.statements().len(), 2);
}
