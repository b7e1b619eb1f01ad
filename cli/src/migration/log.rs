use tracing_subscriber::EnvFilter;

/// What `sea-orm-migration` says and what the runner says: the words alone, on standard output.
const QUIET: &str = "sea_orm_migration=info,sea_orm_routing_cli=info";
const VERBOSE: &str = "debug";

/// The format of SeaORM's own runner.
pub(crate) fn start(verbose: bool) {
    let subscriber = tracing_subscriber::fmt().with_ansi(false);
    if verbose {
        subscriber.with_env_filter(EnvFilter::new(VERBOSE)).init();
    } else {
        subscriber
            .with_env_filter(EnvFilter::new(QUIET))
            .with_target(false)
            .with_level(false)
            .without_time()
            .init();
    }
}
