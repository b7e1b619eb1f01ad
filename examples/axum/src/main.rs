//! Serves the blog: `cargo run -p axum-example`, then <http://127.0.0.1:3000>.

use std::{
    env,
    error::Error,
    future::pending,
    io::{self, IsTerminal},
    iter,
    process::ExitCode,
};

use axum_example::App;
use sea_orm_routing::BindsConfig;
use tokio::{net::TcpListener, signal};
use tracing::{Level, error, info};
use tracing_subscriber::{
    Layer, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

/// This package's own file, from wherever the program is started.
const BINDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/binds.yaml");

const ADDRESS: &str = "127.0.0.1:3000";

#[tokio::main]
async fn main() -> ExitCode {
    start_log();
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let causes = iter::successors(Some(&*failure), |&cause| cause.source());
            let mut causes: Vec<_> = causes.map(ToString::to_string).collect();
            // Some errors repeat their cause themselves.
            causes.dedup_by(|cause, of| of.ends_with(cause.as_str()));
            error!("{}", causes.join(": "));
            ExitCode::FAILURE
        }
    }
}

/// `RUST_LOG` says what is logged, by target: `warn,axum_example=info`.
fn start_log() {
    let wanted = env::var("RUST_LOG").ok();
    let filter = wanted.and_then(|wanted| wanted.parse::<Targets>().ok());
    let filter = filter.unwrap_or_else(|| Targets::new().with_default(Level::INFO));
    let log = fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    tracing_subscriber::registry()
        .with(log.with_filter(filter))
        .init();
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let binds = env::var("BINDS").unwrap_or_else(|_| BINDS.to_owned());
    let address = env::var("LISTEN").unwrap_or_else(|_| ADDRESS.to_owned());
    let app = App::open(BindsConfig::from_path(binds)?).await?;
    let listener = TcpListener::bind(address).await?;
    info!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app.router())
        .with_graceful_shutdown(ended())
        .await?;
    app.close().await?;
    info!("closed");
    Ok(())
}

/// Ctrl-C, or the SIGTERM of systemd, Docker and Kubernetes: requests in flight are served to their end.
async fn ended() {
    let interrupted = async {
        if let Err(error) = signal::ctrl_c().await {
            error!(%error, "Ctrl-C can't be heard");
            pending::<()>().await;
        }
    };
    tokio::select! {
        () = interrupted => {}
        () = terminated() => {}
    }
}

#[cfg(unix)]
async fn terminated() {
    use signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(error) => {
            error!(%error, "SIGTERM can't be heard");
            pending::<()>().await;
        }
    }
}

#[cfg(not(unix))]
async fn terminated() {
    pending::<()>().await;
}
