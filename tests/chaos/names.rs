//! Names of slaves without an address.

use std::{
    fs,
    io::Write,
    sync::{Mutex, PoisonError},
};

use sea_orm_routing::config::NodeConfig;
use tokio::time::Instant;

use super::{
    Row,
    dialect::Dialect,
    scene::{SPELL, Scene, Setup},
    slaves::{READ_LIMIT, RETURN_LIMIT},
};
use test_cluster::Cluster;

/// Where the system looks for names first; nothing less than root may write there.
const HOSTS: &str = "/etc/hosts";

/// A name of this machine, as long as it lives and is not withdrawn.
#[derive(Debug)]
struct Name(String);

impl Name {
    fn new(name: String) -> Self {
        let name = Self(name);
        name.give();
        name
    }

    fn give(&self) {
        self.change(|hosts| format!("{hosts}{}", self.line()));
    }

    fn withdraw(&self) {
        self.change(|hosts| hosts.replace(&self.line(), ""));
    }

    /// Of its two addresses the system names the first one first, and nobody listens there.
    fn line(&self) -> String {
        let Self(name) = self;
        format!("::1 {name}\n127.0.0.1 {name}\n")
    }

    /// In place: a container's file can't be replaced.
    fn change(&self, change: impl FnOnce(&str) -> String) {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let mut hosts = fs::read_to_string(HOSTS).unwrap();
        if !hosts.ends_with('\n') {
            hosts.push('\n');
        }
        let hosts = change(&hosts);
        let file = fs::File::options().write(true).open(HOSTS);
        let mut file = file.expect("the suite gives names to this machine, as root");
        // Never empty: the whole machine reads it.
        file.write_all(hosts.as_bytes()).unwrap();
        file.set_len(hosts.len().try_into().unwrap()).unwrap();
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        self.withdraw();
    }
}

pub(crate) async fn withdrawn<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let process = std::process::id();
    let name = Name::new(format!(
        "slave-1.{}.chaos-{process}",
        S::NAME.to_lowercase()
    ));
    let setup = Setup {
        name: Some(name.0.clone()),
        ..Setup::default()
    };
    let scene = Scene::start(cluster, setup).await;
    name.withdraw();
    scene.more(SPELL / 2).await;
    let goes_on = scene.until_serves("slave-1").await.is_some();
    // Its connections end, and there is no way to new ones.
    scene.slave(1).restart().await.unwrap();
    scene.until_spares("slave-1").await;
    scene.more(SPELL / 2).await;
    let is_left = !scene.serves("slave-1");
    name.give();
    let back = scene.until_serves("slave-1").await;
    let row = scene.finish(cluster.master()).await;
    row.unharmed()
        .reads_within(READ_LIMIT)
        .recovered(back, RETURN_LIMIT)
        .promise("connections that are open go on", goes_on)
        .promise("nobody is sent to a name without an address", is_left)
        .remark(
            "its open connections go on until it restarts; then it is down until the name is back",
        )
}

pub(crate) async fn unresolved<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let url = cluster
        .slave(1)
        .url()
        .replace("127.0.0.1", "slave-3.invalid");
    let setup = Setup {
        more_slaves: vec![NodeConfig::new("slave-3", url)],
        ..Setup::default()
    };
    let begun = Instant::now();
    let scene = Scene::start(cluster, setup).await;
    let started = begun.elapsed();
    scene.more(SPELL).await;
    let is_used = scene.serves("slave-3");
    let row = scene.finish(cluster.master()).await;
    row.unharmed()
        .reads_within(READ_LIMIT)
        .promise("nobody is sent to a name without an address", !is_used)
        .remark(format!(
            "from the start on, which took {:.2} s with the database's making",
            started.as_secs_f64()
        ))
}
