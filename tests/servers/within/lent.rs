use sea_orm::{ConnectionTrait, IntoDatabaseExecutor, Statement};
use test_cluster::{Postgres, on_servers};

use super::estate::{ALL, Estate, Lodges, sign};
use crate::replicated::until_true;

/// What is lent is of a pool of the tenant's own: whoever has it may set what it likes.
async fn what_is_lent_is_the_tenants_own<S: Lodges>() {
    let estate = Estate::<S>::new("lent").await;
    let db = &estate.open(2).await;
    for tenant in ALL {
        let handle = db.bind(tenant).unwrap();
        let connection = handle.master_connection();
        for _ in 0..3 {
            assert_eq!(sign(&connection).await, tenant);
        }
        let executor = (&handle).into_database_executor();
        assert_eq!(sign(&executor).await, tenant);
        let scoped = db.bind(tenant).unwrap();
        let plain = db.clone();
        let lent = scoped.scope(async move { sign(&plain.master_connection()).await });
        assert_eq!(lent.await, tenant);
        for other in ALL {
            assert_eq!(sign(&db.bind(other).unwrap().master()).await, other);
        }
    }
}

on_servers!(what_is_lent_is_the_tenants_own: Postgres, MariaDb, MySql);

/// Also the driver's own pool, by whichever of its ways.
#[tokio::test(flavor = "multi_thread")]
async fn pool_that_is_handed_out_serves_one_bind() {
    use sea_orm::sqlx::{Row, raw_sql};

    let estate = Estate::<Postgres>::new("handed").await;
    let db = &estate.open(1).await;
    for tenant in ALL {
        let handle = db.bind(tenant).unwrap();
        let pool = handle.get_postgres_connection_pool();
        for other in ["default", "b", "a"] {
            let row = raw_sql("SELECT tag FROM sign").fetch_one(pool).await;
            assert_eq!(row.unwrap().get::<String, _>(0), tenant);
            assert_eq!(sign(&db.bind(other).unwrap().master()).await, other);
            // Nobody is asked by it what is needed.
            until_true("a connection is back", || pool.num_idle() > 0).await;
            let mut idle = pool.try_acquire().unwrap();
            let row = raw_sql("SELECT tag FROM sign").fetch_one(&mut *idle).await;
            assert_eq!(row.unwrap().get::<String, _>(0), tenant);
        }
    }
    let select = Statement::from_string(db.get_database_backend(), "SELECT tag FROM sign");
    assert_eq!(db.query_all_raw(select).await.unwrap().len(), 1);
}
