/// Runs tests, each a function of a [`Blog`](crate::routed::Blog), on every kind of server.
macro_rules! on_every_server {
    ($($test:ident),+ $(,)?) => {
        on_every_server!(@ sqlite Sqlite $($test)+);
        on_every_server!(@ postgres Postgres $($test)+);
        on_every_server!(@ mariadb MariaDb $($test)+);
        on_every_server!(@ mysql MySql $($test)+);
    };
    (@ $name:ident $kind:ident $($test:ident)+) => {
        mod $name {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let blog = super::Blog::open(crate::site::Kind::$kind).await;
                    super::$test(blog).await;
                }
            )+
        }
    };
}
