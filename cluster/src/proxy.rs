use std::{
    io,
    net::Ipv4Addr,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::{Builder, Runtime},
    select,
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
    try_join,
};

use crate::{ClusterError, error::Doing, port};

/// Of its own, since each test's runtime ends with the test and a shared cluster does not.
static RUNTIME: LazyLock<io::Result<Runtime>> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("cluster-proxy")
        .enable_all()
        .build()
});

const CHUNK_BYTES: usize = 16 * 1024;
/// Holds what a busy connection sends during a delay of half a second.
const CHUNKS_IN_FLIGHT: usize = 4096;

/// What the network between an application and a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// All is well.
    Forward,
    /// The server's answers arrive that much later.
    Delay(Duration),
    /// New connections are refused, open ones are reset.
    Refuse,
    /// Connections are accepted, and stay open, but not a byte passes; afterwards it does.
    BlackHole,
    /// Everything reaches the server, and no answer comes back; afterwards it does.
    Mute,
    /// Connections that are open stay so, but not a byte passes, as when a firewall has forgotten them; new ones are well.
    Forget,
    /// A connection is reset when the server has answered that many bytes more: with 0 the statement is
    /// done, and its answer lost.
    ResetAfter(usize),
}

/// A TCP proxy in this process. Dropping it resets its connections.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    target: Arc<AtomicU16>,
    network: watch::Sender<Network>,
    applied: watch::Receiver<Network>,
}

impl Proxy {
    /// Listens on a free port, and forwards to `target`.
    pub fn start(target: u16) -> Result<Self, ClusterError> {
        let runtime = RUNTIME
            .as_ref()
            .map_err(|error| io::Error::new(error.kind(), error.to_string()))
            .doing(|| "starting the proxies' runtime".to_owned())?;
        let (port, listener) = port::bound()?;
        let target = Arc::new(AtomicU16::new(target));
        let _inside = runtime.enter();
        let listener = listener
            .set_nonblocking(true)
            .and_then(|()| TcpListener::from_std(listener))
            .doing(|| format!("listening on port {port}"))?;
        let (network, wanted) = watch::channel(Network::Forward);
        let (done, applied) = watch::channel(Network::Forward);
        runtime.spawn(serve(listener, port, target.clone(), wanted, done));
        Ok(Self {
            port,
            target,
            network,
            applied,
        })
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Leads new connections to another port; open ones stay where they are, as with a name or a balancer.
    pub fn redirect(&self, target: u16) {
        self.target.store(target, Ordering::SeqCst);
    }

    /// When this returns, the new state of the network holds for new connections and open ones.
    pub async fn set(&self, network: Network) {
        self.network.send_replace(network);
        let mut applied = self.applied.clone();
        // The other end lives as long as this proxy, unless the runtime has gone: then nothing passes anyway.
        let _ = applied.wait_for(|applied| *applied == network).await;
    }
}

/// Listens, and does not while connections are to be refused, until the proxy is dropped.
async fn serve(
    listener: TcpListener,
    port: u16,
    target: Arc<AtomicU16>,
    mut wanted: watch::Receiver<Network>,
    done: watch::Sender<Network>,
) {
    let mut listener = Some(listener);
    loop {
        let network = *wanted.borrow_and_update();
        if network == Network::Refuse {
            listener = None;
        } else if listener.is_none() {
            listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.ok();
        }
        done.send_replace(network);
        select! {
            changed = wanted.changed() => if changed.is_err() { return },
            client = accept(listener.as_ref()) => {
                let target = target.load(Ordering::SeqCst);
                tokio::spawn(serve_client(client, target, wanted.clone()));
            }
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> TcpStream {
    loop {
        match listener {
            Some(listener) => {
                if let Ok((client, _)) = listener.accept().await {
                    return client;
                }
            }
            None => std::future::pending().await,
        }
    }
}

async fn serve_client(mut client: TcpStream, target: u16, network: watch::Receiver<Network>) {
    let mut cut = network.clone();
    let ended = select! {
        ended = relay(&mut client, target, network) => ended,
        // Also when the proxy is dropped.
        _ = cut.wait_for(|network| *network == Network::Refuse) => Err(reset()),
    };
    if ended.is_err() {
        // The client sees a reset instead of an orderly end.
        let _ = client.set_zero_linger();
    }
}

async fn relay(
    client: &mut TcpStream,
    target: u16,
    mut network: watch::Receiver<Network>,
) -> io::Result<()> {
    let is_new = *network.borrow() == Network::Forget;
    passage(&mut network, |network| network != Network::BlackHole).await?;
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    let questions = Direction::questions(network.clone(), is_new);
    let answers = Direction::answers(network, is_new);
    try_join!(
        questions.pump(from_client, to_server),
        answers.pump(from_server, to_client)
    )?;
    Ok(())
}

async fn passage(
    network: &mut watch::Receiver<Network>,
    is_open: impl Fn(Network) -> bool,
) -> io::Result<Network> {
    let passed = network.wait_for(|network| is_open(*network)).await;
    match passed.map(|network| *network) {
        Ok(Network::Refuse) | Err(_) => Err(reset()),
        Ok(network) => Ok(network),
    }
}

fn reset() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

/// What was read, and when.
type Chunk = (Instant, Vec<u8>);

/// One direction of a connection.
struct Direction {
    network: watch::Receiver<Network>,
    /// Whether it was opened when all others were forgotten.
    is_new: bool,
    /// Whether this direction carries the server's answers, which can be late or cut.
    answers: bool,
}

impl Direction {
    fn questions(network: watch::Receiver<Network>, is_new: bool) -> Self {
        Self {
            network,
            is_new,
            answers: false,
        }
    }

    fn answers(network: watch::Receiver<Network>, is_new: bool) -> Self {
        Self {
            network,
            is_new,
            answers: true,
        }
    }

    fn is_open(&self, network: Network) -> bool {
        match network {
            Network::BlackHole => false,
            Network::Mute => !self.answers,
            Network::Forget => self.is_new,
            _ => true,
        }
    }

    async fn pump(
        &self,
        from: impl AsyncRead + Unpin,
        to: impl AsyncWrite + Unpin,
    ) -> io::Result<()> {
        let (chunks, read) = mpsc::channel(CHUNKS_IN_FLIGHT);
        try_join!(self.read(from, chunks), self.write(read, to))?;
        Ok(())
    }

    async fn read(
        &self,
        mut from: impl AsyncRead + Unpin,
        chunks: mpsc::Sender<Chunk>,
    ) -> io::Result<()> {
        let mut buffer = vec![0; CHUNK_BYTES];
        loop {
            let length = from.read(&mut buffer).await?;
            if length == 0 {
                return Ok(());
            }
            let chunk = (Instant::now(), buffer[..length].to_vec());
            chunks.send(chunk).await.map_err(|_| reset())?;
        }
    }

    /// Waits until what arrived then is late enough; a delay that ends meanwhile holds nothing back.
    async fn delay(
        &self,
        network: &mut watch::Receiver<Network>,
        arrived: Instant,
    ) -> io::Result<()> {
        loop {
            let Network::Delay(delay) = *network.borrow_and_update() else {
                return Ok(());
            };
            if !self.answers {
                return Ok(());
            }
            select! {
                () = sleep_until(arrived + delay) => return Ok(()),
                changed = network.changed() => changed.map_err(|_| reset())?,
            }
        }
    }

    async fn write(
        &self,
        mut chunks: mpsc::Receiver<Chunk>,
        mut to: impl AsyncWrite + Unpin,
    ) -> io::Result<()> {
        let mut network = self.network.clone();
        let mut answered = 0;
        while let Some((arrived, chunk)) = chunks.recv().await {
            self.delay(&mut network, arrived).await?;
            match passage(&mut network, |network| self.is_open(network)).await? {
                Network::ResetAfter(limit) if self.answers => {
                    let rest = limit.saturating_sub(answered);
                    to.write_all(&chunk[..rest.min(chunk.len())]).await?;
                    answered += chunk.len();
                    if answered > limit || limit == 0 {
                        return Err(reset());
                    }
                }
                _ => {
                    answered = 0;
                    to.write_all(&chunk).await?;
                }
            }
        }
        to.shutdown().await
    }
}
