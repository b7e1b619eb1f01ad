use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tokio::{
    task::JoinSet,
    time::{advance, sleep},
};

use super::{Credentials, CredentialsError, CredentialsProvider, Login, NodeAddress};
use crate::config::DatabaseUrl;

const SECOND: Duration = Duration::from_secs(1);

/// What a provider does when it is asked.
enum Turn {
    Gives(Credentials),
    Fails,
    Hangs,
    Panics,
}

use Turn::{Fails, Gives, Hangs, Panics};

struct Scripted {
    turns: Mutex<VecDeque<Turn>>,
    asked: Arc<AtomicU32>,
}

#[async_trait]
impl CredentialsProvider for Scripted {
    async fn credentials(&self, _: &NodeAddress) -> Result<Credentials, CredentialsError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(10)).await;
        let turn = self.turns.lock().unwrap().pop_front();
        match turn.unwrap() {
            Gives(credentials) => Ok(credentials),
            Fails => Err("sealed".into()),
            Hangs => std::future::pending().await,
            Panics => panic!("of the provider"),
        }
    }
}

fn login(turns: impl IntoIterator<Item = Turn>) -> (Arc<Login>, Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let provider = Scripted {
        turns: Mutex::new(turns.into_iter().collect()),
        asked: asked.clone(),
    };
    let url = DatabaseUrl::from("postgres://app@db:5433/app");
    let address = NodeAddress::of("default", "master", &url);
    (Arc::new(Login::new(Arc::new(provider), address)), asked)
}

fn lasting(password: &str) -> Turn {
    Gives(Credentials::new(password).expires_in(100 * SECOND))
}

async fn password(login: &Arc<Login>) -> Result<String, String> {
    let credentials = login.prepare().await.map_err(|error| error.to_string())?;
    Ok(credentials.password().to_owned())
}

#[test]
fn an_address_says_whom_a_token_is_for() {
    let url = DatabaseUrl::from("postgres://a%40b:s3cret@db.example:5433/app");
    let address = NodeAddress::of("reports", "slave-1", &url);
    assert_eq!(address.host.as_deref(), Some("db.example"));
    assert_eq!(address.port, Some(5433));
    assert_eq!(address.user.as_deref(), Some("a@b"));
    assert!(!format!("{address:?}").contains("s3cret"));
}

#[tokio::test(start_paused = true)]
async fn many_who_need_them_share_one_answer() {
    let (login, asked) = login([
        Gives(Credentials::new("one")),
        Gives(Credentials::new("two")),
    ]);
    let mut waiting = JoinSet::new();
    for _ in 0..50 {
        let login = login.clone();
        waiting.spawn(async move { password(&login).await });
    }
    while let Some(got) = waiting.join_next().await {
        assert_eq!(got.unwrap(), Ok("one".to_owned()));
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    // Nobody said how long that is good for.
    assert_eq!(password(&login).await, Ok("two".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn what_says_when_it_ends_is_used_until_then_and_renewed_before() {
    let (login, asked) = login([lasting("one"), lasting("two")]);
    assert_eq!(password(&login).await, Ok("one".to_owned()));
    advance(70 * SECOND).await;
    assert_eq!(password(&login).await, Ok("one".to_owned()));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    let due = login.due().unwrap();
    assert!(due > tokio::time::Instant::now());
    advance(5 * SECOND).await;
    assert!(due <= tokio::time::Instant::now());
    login.keep(&[sea_orm::DatabaseConnection::default()]).await;
    assert_eq!(password(&login).await, Ok("two".to_owned()));
    assert!(login.due().unwrap() > due);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_fails_hangs_or_panics_leaves_what_was_known_until_it_ends() {
    for turn in [|| Fails, || Hangs, || Panics] {
        let (login, _) = login([lasting("one"), turn(), turn(), lasting("two")]);
        assert_eq!(password(&login).await, Ok("one".to_owned()));
        login.keep(&[sea_orm::DatabaseConnection::default()]).await;
        assert_eq!(password(&login).await, Ok("one".to_owned()));
        advance(101 * SECOND).await;
        let error = password(&login).await.unwrap_err();
        let expected = match turn() {
            Fails => "sealed",
            Hangs => "the provider did not answer within 5 s",
            _ => "the provider panicked",
        };
        assert_eq!(
            error,
            format!("node `default.master` has no credentials to connect with: {expected}")
        );
        assert_eq!(password(&login).await, Ok("two".to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_hangs_is_not_waited_for_by_each_who_can_do_without() {
    let (login, asked) = login([Gives(Credentials::new("one")), Hangs, Fails]);
    assert_eq!(password(&login).await, Ok("one".to_owned()));
    for _ in 0..10 {
        assert_eq!(password(&login).await, Ok("one".to_owned()));
    }
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_waiting_does_not_end_the_asking_for_others() {
    let (login, asked) = login([lasting("one")]);
    let short = tokio::time::timeout(Duration::from_millis(5), login.prepare());
    assert!(short.await.is_err());
    assert_eq!(password(&login).await, Ok("one".to_owned()));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[test]
fn nothing_shows_a_password() {
    let (login, _) = login([]);
    let credentials = Credentials::new("s3cret").user("s3cret-user");
    let shown = format!("{login:?}{credentials:?}{credentials:#?}");
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn credentials_may_last_for_ever() {
    let (login, asked) = login([Gives(Credentials::new("one").expires_in(Duration::MAX))]);
    for _ in 0..3 {
        assert_eq!(password(&login).await.as_deref(), Ok("one"));
        assert!(login.due().is_some());
        advance(1000 * SECOND).await;
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}
