use std::sync::Arc;

use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{Connection, Error, MySqlConnection, PgConnection},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::observe::{self, Fault, fault};

/// What an error says that came while connecting.
pub(super) fn connecting(error: &Arc<Error>) -> Option<Fault> {
    fault(&DbErr::Conn(RuntimeErr::SqlxError(Arc::clone(error))))
}

/// What it says when it came from a statement.
pub(super) fn running(error: &Arc<Error>) -> Option<Fault> {
    let query = fault(&DbErr::Query(RuntimeErr::SqlxError(Arc::clone(error))));
    let exec = fault(&DbErr::Exec(RuntimeErr::SqlxError(Arc::clone(error))));
    assert_eq!(query, exec, "{error:?}");
    query
}

/// Whether a statement that had it has changed nothing for certain.
pub(super) fn is_undone(error: &Arc<Error>) -> bool {
    let query = observe::is_undone(&DbErr::Query(RuntimeErr::SqlxError(Arc::clone(error))));
    let exec = observe::is_undone(&DbErr::Exec(RuntimeErr::SqlxError(Arc::clone(error))));
    assert_eq!(query, exec, "{error:?}");
    query
}

/// Gives its `answer` to who connects; drivers make the errors of servers from nothing else.
async fn server(answer: Vec<u8>, reads_first: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        if reads_first {
            client.read_u8().await.unwrap();
        }
        client.write_all(&answer).await.unwrap();
        // Until the client has hung up, lest the answer is lost in a reset.
        let _ = client.read_to_end(&mut Vec::new()).await;
    });
    port
}

/// <https://www.postgresql.org/docs/current/protocol-error-fields.html>.
pub(super) async fn postgres(severity: &str, code: &str) -> Arc<Error> {
    let fields = format!("S{severity}\0V{severity}\0C{code}\0Mno\0\0");
    let mut answer = vec![b'E'];
    answer.extend(u32::try_from(fields.len() + 4).unwrap().to_be_bytes());
    answer.extend(fields.bytes());
    let port = server(answer, true).await;
    let url = format!("postgres://app@127.0.0.1:{port}/app?sslmode=disable");
    Arc::new(PgConnection::connect(&url).await.unwrap_err())
}

/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_err_packet.html>.
pub(super) async fn mysql(number: u16, message: &str) -> Arc<Error> {
    let length = u32::try_from(message.len() + 3).unwrap();
    let mut answer = length.to_le_bytes().to_vec();
    answer.push(0xff);
    answer.extend(number.to_le_bytes());
    answer.extend(message.bytes());
    let port = server(answer, false).await;
    let url = format!("mysql://app@127.0.0.1:{port}/app?ssl-mode=disabled");
    Arc::new(MySqlConnection::connect(&url).await.unwrap_err())
}
