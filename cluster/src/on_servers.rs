/// Makes a test for each server that is named, of a function that is generic over it.
///
/// ```text
/// async fn slave_serves<S: Server>() { … }
///
/// on_servers!(slave_serves: Postgres, MariaDb, MySql); // slave_serves::postgres, slave_serves::mariadb, …
/// ```
///
/// Its runtime has many threads; `on_servers!(one_thread …)` is for what is seen on the test's own thread only.
#[macro_export]
macro_rules! on_servers {
    (one_thread $test:ident: $($server:ident),+) => {
        mod $test {
            $($crate::on_servers!(@"current_thread" $test $server);)+
        }
    };
    ($test:ident: $($server:ident),+) => {
        mod $test {
            $($crate::on_servers!(@"multi_thread" $test $server);)+
        }
    };
    (@$flavor:tt $test:ident Postgres) => {
        #[tokio::test(flavor = $flavor)]
        async fn postgres() {
            super::$test::<$crate::Postgres>().await;
        }
    };
    (@$flavor:tt $test:ident MariaDb) => {
        #[tokio::test(flavor = $flavor)]
        async fn mariadb() {
            super::$test::<$crate::MariaDb>().await;
        }
    };
    (@$flavor:tt $test:ident MySql) => {
        #[tokio::test(flavor = $flavor)]
        async fn mysql() {
            super::$test::<$crate::MySql>().await;
        }
    };
}
