//! Sessions of requests, for frameworks that know nothing of tower.

use std::{future::poll_fn, task::Poll, time::Duration};

use sea_orm::ConnectionTrait;
use sea_orm_routing::{
    RoutingDatabase, RoutingError,
    carrier::{CarriedSession, SessionCarrier},
    testing::{Lab, served},
};

use crate::bakery::sql;

/// A lab whose slaves learn of nothing that comes, with a table on each of its two binds.
async fn lab() -> Lab {
    let lab = Lab::new().bind("reports", 1).start().await.unwrap();
    for bind in ["default", "reports"] {
        let db = lab.db().bind(bind).unwrap();
        let table = db.execute_unprepared("CREATE TABLE item (id int)");
        table.await.unwrap();
    }
    lab.caught_up().await;
    lab.lag("slave-1", Duration::from_secs(3600));
    lab.lag("reports.slave-1", Duration::from_secs(3600));
    lab
}

async fn write(db: &RoutingDatabase) {
    let item = db.execute_unprepared("INSERT INTO item VALUES (1)");
    item.await.unwrap();
}

/// Who served a read, and how many items there are for it.
async fn read(db: &RoutingDatabase) -> (String, usize) {
    let read = served(db, db.query_all_raw(sql("SELECT id FROM item"))).await;
    (read.nodes().join(" "), read.output.unwrap().len())
}

fn by(node: &str, items: usize) -> (String, usize) {
    (node.to_owned(), items)
}

fn begin(db: &RoutingDatabase, carrier: &SessionCarrier, line: &str) -> CarriedSession {
    carrier.begin(db, [line])
}

#[tokio::test]
async fn cookies_of_text_carry_what_a_request_has_written() {
    let lab = lab().await;
    let (db, carrier) = (lab.db(), SessionCarrier::new());
    assert_eq!(carrier.reads(), "cookie");
    let reader = carrier.begin(db, [""; 0]);
    assert_eq!(reader.scope(read(db)).await, by("default.slave-1", 0));
    assert_eq!(reader.lines().await, [], "nothing was written");

    let writer = begin(db, &carrier, "lang=en");
    writer.scope(write(db)).await;
    let lines = writer.lines().await;
    let [(name, set)] = &lines[..] else {
        panic!("one cookie: {lines:?}");
    };
    assert_eq!(name, "set-cookie");
    let (cookie, attributes) = set.split_once("; ").unwrap();
    assert!(cookie.starts_with("sea-orm-routing."), "{set}");
    assert!(
        attributes.contains("HttpOnly; SameSite=Lax; Path=/"),
        "{set}"
    );

    // In any line of several, beside what is no text.
    let lines: [&[u8]; 2] = [b"lang=Zo\xeb", cookie.as_bytes()];
    let next = carrier.begin(db, lines);
    assert_eq!(next.scope(read(db)).await, by("default.master", 1));
    let other = begin(db, &carrier, "lang=en");
    assert_eq!(other.scope(read(db)).await, by("default.slave-1", 0));
    // A second write ends the first one's cookie, as its own holds both.
    next.scope(write(&db.bind("reports").unwrap())).await;
    let lines = next.lines().await;
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[1].1.contains("Max-Age=0"), "{lines:?}");
    let both = begin(db, &carrier, lines[0].1.split(';').next().unwrap());
    assert_eq!(both.scope(read(db)).await, by("default.master", 1));
    let reports = db.bind("reports").unwrap();
    assert_eq!(both.scope(read(&reports)).await, by("reports.master", 1));
}

#[tokio::test]
async fn header_carries_the_bare_token() {
    let lab = lab().await;
    let db = lab.db();
    let carrier = SessionCarrier::new().header("X-Session").unwrap();
    assert_eq!(carrier.reads(), "x-session");
    let writer = begin(db, &carrier, "no token");
    writer.scope(write(db)).await;
    let lines = writer.lines().await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0].0, "x-session");
    let next = carrier.begin(db, ["no token", &lines[0].1]);
    assert_eq!(next.scope(read(db)).await, by("default.master", 1));
    assert_eq!(next.lines().await, []);
}

/// What is polled by hand, or spawned.
#[tokio::test]
async fn bodies_and_tasks_belong_to_the_session_by_its_handle() {
    let lab = lab().await;
    let (db, carrier) = (lab.db(), SessionCarrier::new());
    let session = carrier.begin(db, [""; 0]);
    session.scope(write(db)).await;
    let mut body = Box::pin(read(db));
    let streamed = poll_fn(
        |context| match session.within(|| body.as_mut().poll(context)) {
            Poll::Ready(read) => Poll::Ready(read),
            Poll::Pending => Poll::Pending,
        },
    );
    assert_eq!(streamed.await, by("default.master", 1));
    let own = session.handle().clone();
    let spawned = tokio::spawn(async move { read(&own).await });
    assert_eq!(spawned.await.unwrap(), by("default.master", 1));
    let (plain, session) = (db.clone(), carrier.begin(db, [""; 0]));
    let stranger = tokio::spawn(async move { session.scope(read(&plain)).await });
    assert_eq!(stranger.await.unwrap(), by("default.slave-1", 0));
}

#[tokio::test]
async fn session_is_as_its_handle_and_goes_where_another_one_says() {
    let lab = lab().await;
    let (db, carrier) = (lab.db(), SessionCarrier::new());
    let begin = |db: &RoutingDatabase| carrier.begin(db, [""; 0]);
    let safe = begin(&db.preventing_writes().recording(10));
    let refused = safe.scope(db.execute_unprepared("INSERT INTO item VALUES (2)"));
    let refused = refused.await.unwrap_err();
    assert!(RoutingError::of(&refused).is_some(), "{refused}");
    assert_eq!(safe.scope(read(db)).await, by("default.slave-1", 0));
    assert_eq!(safe.handle().statements().len(), 2, "the refused one too");

    let tenant = begin(db).at(|own| own.bind("reports"));
    tenant.scope(write(db)).await;
    assert_eq!(tenant.scope(read(db)).await, by("reports.master", 1));
    assert_eq!(tenant.lines().await.len(), 1);
    let nowhere = begin(db).at(|own| own.bind("nobody"));
    let error = nowhere.scope(db.execute_unprepared("INSERT INTO item VALUES (3)"));
    let error = error.await.unwrap_err();
    let found = RoutingError::of(&error);
    assert!(matches!(found, Some(RoutingError::UnknownKey { key, .. }) if key == "nobody"));
}

#[test]
fn names_and_paths_that_no_line_can_hold_are_errors() {
    let carrier = SessionCarrier::new;
    for name in ["", "a b", "a;b", "a=b", "ä", "a\r\nb", "a,b"] {
        assert!(carrier().cookie_name(name).is_err(), "{name:?}");
        let error = carrier().header(name).unwrap_err().to_string();
        assert!(error.contains("a token of HTTP"), "{error}");
    }
    for path in ["", "shop", "/a;b", "/\r\n", "/ä"] {
        assert!(carrier().cookie_path(path).is_err(), "{path:?}");
    }
    let carrier = carrier().cookie_name("shop-1").unwrap();
    assert!(carrier.cookie_path("/shop/a b").is_ok());
}

/// A worker's jobs, a batch's units.
#[tokio::test]
async fn what_runs_apart_leaves_nothing_with_the_session_around() {
    let lab = lab().await;
    let db = lab.db();
    let round = async || {
        write(db).await;
        read(db).await
    };
    for handle in [db.session_from(""), db.clone()] {
        let (node, _) = handle.apart(round()).await;
        assert_eq!(node, "default.master", "its own write");
        assert_eq!(db.clone().apart(read(db)).await, by("default.slave-1", 0));
        assert_eq!(read(db).await, by("default.slave-1", 0), "around");
    }
    // `scope` hands on what was written.
    db.session().scope(round()).await;
    let (node, items) = read(db).await;
    assert_eq!((node.as_str(), items), ("default.master", 3));
    assert_eq!(
        db.session_from("").apart(read(db)).await,
        by("default.slave-1", 0)
    );
    let heir = db.session().apart(read(db)).await;
    assert_eq!(
        heir,
        by("default.master", 3),
        "what is begun with the session around's"
    );
}

#[tokio::test]
async fn what_runs_apart_is_a_unit_of_all_databases() {
    let (one, other) = (lab().await, lab().await);
    let (one, other) = (one.db(), other.db());
    one.apart(async {
        write(other).await;
        assert_eq!(read(other).await, by("default.master", 1));
    })
    .await;
    assert_eq!(read(other).await, by("default.slave-1", 0));
}
