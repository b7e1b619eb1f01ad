//! A session's token: another process honours it, and one that is not ours does no harm.

use std::{io::BufRead, process::Stdio, time::Duration};

use crate::replicated::{
    Notebook, SOON, Turns, connect, find, make_tables, new_note, note, patient, reader, reason,
    served, two_slaves, until_some, until_true,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::{ActiveModelTrait, EntityTrait};
use sea_orm_routing::{
    Role, RoutingDatabase,
    config::{BindConfig, FreshnessSource, NodeConfig, PoolConfig, ReadsConfig},
    route::NodeReason,
};
use serde::{Serialize, de::DeserializeOwned};
use test_cluster::on_servers;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::{Instant, timeout},
};

/// Tells a second process which servers to read from; the first has no such variable.
const NODES: &str = "NOTEBOOK_NODES";

/// What a line of the second process begins with, between those of its test harness.
const ANSWER: &str = "answer: ";

/// The second process: for each line of a token and a note's number, says who serves the note and whether it is there.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "`SecondProcess` runs it in a process of its own"]
async fn second_process_answers_when_a_first_one_asks() {
    let nodes = std::env::var(NODES).expect("a first process names its nodes");
    let urls: Vec<String> = nodes.split(' ').map(str::to_owned).collect();
    let config = two_slaves(urls.try_into().unwrap(), patient());
    let db = RoutingDatabase::from_config(config).await.unwrap();
    until_true("fresh slaves", || reader(&db.session()) == Role::Slave).await;
    println!("\n{ANSWER}ready");
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let (token, id) = line.split_once(' ').unwrap();
        let session = db.session_from(token);
        let (found, by) = served(&db, find(&session, id.parse().unwrap())).await;
        let by = by.to_string();
        let role = by.strip_prefix("default.").unwrap();
        let role = role.strip_suffix(" 1r").unwrap();
        let version = found.map_or(0, |note| note.version);
        println!("\n{ANSWER}version {version} from {role}");
    }
}

/// A process that reads the same database.
struct Second {
    _process: Child,
    questions: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Second {
    async fn start<S: Turns>(notebook: &Notebook<S>) -> Self {
        let cluster = notebook.cluster;
        let nodes = [cluster.master(), cluster.slave(1), cluster.slave(2)];
        let nodes = nodes.map(|node| notebook.database.url(node));
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                "--nocapture",
                concat!(
                    "session::tokens::",
                    "second_process_answers_when_a_first_one_asks"
                ),
            ])
            .env(NODES, nodes.join(" "))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut second = Self {
            questions: process.stdin.take().unwrap(),
            answers: output.lines(),
            _process: process,
        };
        assert_eq!(second.answer().await, "ready");
        second
    }

    async fn answer(&mut self) -> String {
        let answer = async {
            loop {
                let line = self.answers.next_line().await.unwrap();
                let line = line.expect("the second process has not ended");
                if let Some(answer) = line.strip_prefix(ANSWER) {
                    return answer.to_owned();
                }
            }
        };
        timeout(SOON, answer).await.unwrap()
    }

    async fn read(&mut self, token: &str, id: i32) -> String {
        let question = format!("{token} {id}\n");
        self.questions.write_all(question.as_bytes()).await.unwrap();
        self.answer().await
    }
}

async fn another_process_honours_a_token<S: Turns>() {
    let notebook = Notebook::<S>::new("processes").await;
    let db = notebook.open(patient()).await;
    let mut second = Second::start(&notebook).await;
    notebook.pause().await;
    let session = db.session();
    let id = new_note(1, 7).insert(&session).await.unwrap().id;
    let token = session.token().await;
    assert!((1..=60).contains(&token.len()), "{token}");
    for _ in 0..5 {
        assert_eq!(second.read(&token, id).await, "version 7 from master");
        assert_eq!(second.read("", id).await, "version 0 from slave");
    }
    notebook.resume().await;
    notebook.catch_up().await;
    let deadline = Instant::now() + SOON;
    loop {
        let answer = second.read(&token, id).await;
        if answer == "version 7 from slave" {
            break;
        }
        assert_eq!(answer, "version 7 from master");
        assert!(
            Instant::now() < deadline,
            "no slave serves the token's read"
        );
    }
    // One that starts now knows at once that the slaves have it.
    let mut third = Second::start(&notebook).await;
    assert_eq!(third.read(&token, id).await, "version 7 from slave");
    db.close().await.unwrap();
}

on_servers!(another_process_honours_a_token: Postgres, MariaDb, MySql);

/// What a token says of a bind: the kind of mark, the kind of position, and the position.
type Mark<P> = (String, u32, u32, P);

/// The first byte of a token.
const VERSION: u8 = 1;

/// A token as its bytes are.
fn forged(marks: impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(postcard::to_extend(&marks, vec![VERSION]).unwrap())
}

fn opened<T: DeserializeOwned>(token: &str) -> T {
    let bytes = URL_SAFE_NO_PAD.decode(token).unwrap();
    assert_eq!(bytes[0], VERSION);
    postcard::from_bytes(&bytes[1..]).unwrap()
}

/// The very token, but that a later version of this crate has written it.
fn of_later_version(token: &str) -> String {
    let mut bytes = URL_SAFE_NO_PAD.decode(token).unwrap();
    bytes[0] += 1;
    URL_SAFE_NO_PAD.encode(bytes)
}

const POSITION: u32 = 0;
const TIME: u32 = 1;
const POSTGRES: u32 = 0;
const MARIADB: u32 = 1;
const MYSQL: u32 = 2;
const BEAT: u32 = 3;

/// The very token, but that its position is far in the future.
fn far_ahead(token: &str) -> String {
    type Lsn = (u64, u32, u64);
    type Gtid = (u32, u32, u64);
    type Ranges = (([u8; 16], String), Vec<(u64, u64)>);
    let (binds, bind, mark, kind): (usize, String, u32, u32) = opened(token);
    assert_eq!((binds, &bind[..], mark), (1, "default", POSITION));
    match kind {
        POSTGRES => {
            let mut marks: Vec<Mark<Lsn>> = opened(token);
            marks[0].3.2 = u64::MAX;
            forged(marks)
        }
        MARIADB => {
            let mut marks: Vec<Mark<(u32, Vec<Gtid>)>> = opened(token);
            marks[0].3.1[0].2 = u64::MAX;
            forged(marks)
        }
        _ => {
            let mut marks: Vec<Mark<Vec<Ranges>>> = opened(token);
            marks[0].3[0].1[0].1 = u64::MAX;
            forged(marks)
        }
    }
}

/// Of servers that this one knows nothing of, and of a time to come.
fn foreign() -> [String; 5] {
    let binds = || "default".to_owned();
    let many: Vec<_> = (0..50).map(|domain| (domain, 77_u32, u64::MAX)).collect();
    let executed = vec![(([7_u8; 16], ""), vec![(1_u64, u64::MAX)])];
    [
        forged([(binds(), POSITION, POSTGRES, (1_u64, 1_u32, 1_u64))].as_slice()),
        forged([(binds(), POSITION, MARIADB, (77_u32, many))].as_slice()),
        forged([(binds(), POSITION, MYSQL, executed)].as_slice()),
        forged([(binds(), POSITION, BEAT, u64::MAX)].as_slice()),
        forged([(binds(), TIME, u64::MAX)].as_slice()),
    ]
}

async fn bad_tokens_do_no_harm<S: Turns>() {
    let lag = Duration::from_secs(5);
    let notebook = Notebook::<S>::new("forged").await;
    let id = new_note(1, 1).insert(&notebook.master).await.unwrap().id;
    notebook.catch_up().await;
    let db = notebook.open(ReadsConfig::new().max_lag(lag)).await;
    let written = db.session();
    new_note(1, 2).insert(&written).await.unwrap();
    let token = written.token().await;

    let other_bind = forged([("elsewhere", TIME, u64::MAX)].as_slice());
    let huge = forged(vec![("default", TIME, u64::MAX); 10_000]);
    let later = of_later_version(&token);
    let empty = [
        "",
        "undefined",
        "\u{1F980}",
        &token[1..],
        &other_bind,
        &huge,
        &later,
    ];
    for text in empty {
        let session = db.session_from(text);
        until_true("a slave", || reader(&db) == Role::Slave).await;
        let (found, by) = served(&db, find(&session, id)).await;
        assert_eq!(
            (found.is_some(), by),
            (true, "default.slave 1r".into()),
            "{text}"
        );
    }

    for token in foreign().into_iter().chain([far_ahead(&token)]) {
        let session = db.session_from(&token);
        assert_eq!(reason(&session), NodeReason::OwnWrites, "{token}");
        let (found, by) = served(&db, find(&session, id)).await;
        assert_eq!((found.is_some(), by), (true, "default.master 1r".into()));
        until_true("a slave again", || reader(&session) == Role::Slave).await;
        let (found, by) = served(&db, find(&session, id)).await;
        assert_eq!((found.is_some(), by), (true, "default.slave 1r".into()));
    }
    db.close().await.unwrap();
}

on_servers!(bad_tokens_do_no_harm: Postgres, MariaDb, MySql);

/// Two binds with one connection to the master each, beside the monitors' own.
async fn two_binds<S: Turns>(notebook: &Notebook<S>, reads: ReadsConfig) -> RoutingDatabase {
    let reports = notebook.cluster.database("reports").await.unwrap();
    let master = reports.url(notebook.cluster.master());
    make_tables(&connect(master.clone()).await).await;
    let slave = NodeConfig::new("slave-1", reports.url(notebook.cluster.slave(1)));
    let reports = BindConfig::new("reports", master).slave(slave);
    let config = notebook.config(reads.clone()).bind(reports.reads(reads));
    notebook.catch_up().await;
    let config = config.pool(PoolConfig::new().max_connections(1));
    let db = RoutingDatabase::from_config(config).await.unwrap();
    for bind in ["default", "reports"] {
        let handle = db.bind(bind).unwrap();
        until_true("fresh slaves", || reader(&handle) == Role::Slave).await;
    }
    db
}

async fn token_asks_once_per_written_bind<S: Turns>() {
    let notebook = Notebook::<S>::new("asked").await;
    let db = two_binds(&notebook, patient()).await;
    let log = notebook.cluster.master().log_statements().await.unwrap();
    // Not by the monitors, whose connections serve nothing else.
    let asked = async || log.count_beside("INSERT", S::POSITION).await.unwrap();
    notebook.pause().await;

    let (session, other) = (db.session(), db.session());
    new_note(2, 2).insert(&other).await.unwrap();
    note::Entity::find().one(&session).await.unwrap();
    assert_eq!((session.token().await, asked().await), (String::new(), 0));

    new_note(1, 1).insert(&session).await.unwrap();
    let one = session.token().await;
    assert_eq!((one.is_empty(), asked().await), (false, 1));
    let elsewhere = db.session_from(&one);
    assert_eq!(reason(&elsewhere), NodeReason::OwnWrites);
    let reports = |db: &RoutingDatabase| reader(&db.bind("reports").unwrap());
    assert_eq!(reports(&elsewhere), Role::Slave);

    let note = new_note(1, 1);
    note.insert(&session.bind("reports").unwrap())
        .await
        .unwrap();
    let both = session.token().await;
    assert_eq!(asked().await, 3);
    assert!(one.len() < both.len() && both.len() <= 120, "{both}");
    assert_eq!(reports(&db.session_from(&both)), Role::Master);
    let stranger = tokio::spawn({
        let db = db.clone();
        async move { db.session().token().await }
    });
    assert_eq!((stranger.await.unwrap(), asked().await), (String::new(), 3));

    // What all slaves have need not be told to anybody.
    notebook.resume().await;
    notebook.catch_up().await;
    for bind in ["default", "reports"] {
        let handle = session.bind(bind).unwrap();
        until_true("its notes", || reader(&handle) == Role::Slave).await;
    }
    until_some("an empty token", async || {
        session.token().await.is_empty().then_some(())
    })
    .await;
    db.close().await.unwrap();
}

/// Of slaves whose lag is assumed nobody compares positions: the token tells the time of day.
async fn token_of_an_assumed_lag_asks_nobody<S: Turns>() {
    let notebook = Notebook::<S>::new("assumed").await;
    let window = FreshnessSource::Window(Duration::from_secs(60));
    let db = two_binds(&notebook, ReadsConfig::new().freshness(window)).await;
    let log = notebook.cluster.master().log_statements().await.unwrap();
    let session = db.session();
    new_note(1, 1).insert(&session).await.unwrap();
    let token = session.token().await;
    assert_eq!(log.count_beside("INSERT", S::POSITION).await.unwrap(), 0);
    let elsewhere = db.session_from(&token);
    assert_eq!(reason(&elsewhere), NodeReason::OwnWrites);
    assert_eq!(reader(&elsewhere.bind("reports").unwrap()), Role::Slave);
    db.close().await.unwrap();
}

on_servers!(token_of_an_assumed_lag_asks_nobody: Postgres, MariaDb, MySql);

on_servers!(token_asks_once_per_written_bind: Postgres, MariaDb, MySql);
