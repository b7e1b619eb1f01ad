use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, JsonValue, RuntimeErr, Statement, sqlx};

/// What a statement gives, as far as two servers give the same: rows, or the server's code.
pub(super) async fn answer(on: &impl ConnectionTrait, sql: &str) -> String {
    match gives_rows(sql) {
        true => {
            let statement = Statement::from_string(on.get_database_backend(), sql);
            match on.query_all_raw(statement).await {
                Ok(rows) => {
                    let rows = rows.iter().map(|row| {
                        JsonValue::from_query_result(row, "")
                            .map_or_else(code, |row| row.to_string())
                    });
                    rows.collect::<Vec<_>>().join(", ")
                }
                Err(error) => code(error),
            }
        }
        false => match on.execute_unprepared(sql).await {
            Ok(_) => "done".to_owned(),
            Err(error) => code(error),
        },
    }
}

fn gives_rows(sql: &str) -> bool {
    const WORDS: [&str; 6] = ["SELECT", "SHOW", "WITH", "VALUES", "TABLE", "EXPLAIN"];
    let first = sql.split_whitespace().next().unwrap_or_default();
    WORDS.contains(&first) && !sql.contains(" INTO ")
}

/// The server's own code, or our error as it is.
pub(super) fn code(error: DbErr) -> String {
    let (DbErr::Exec(RuntimeErr::SqlxError(source)) | DbErr::Query(RuntimeErr::SqlxError(source))) =
        &error
    else {
        return error.to_string();
    };
    let Some(source) = source.as_database_error() else {
        return error.to_string();
    };
    match source.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        Some(source) => format!("error {}", source.number()),
        None => format!("error {}", source.code().unwrap_or_default()),
    }
}

/// The first row of the first column.
pub(super) async fn first(on: &impl ConnectionTrait, sql: &str) -> Option<String> {
    let statement = Statement::from_string(on.get_database_backend(), sql);
    let row = on.query_one_raw(statement).await.unwrap()?;
    row.try_get_by_index::<Option<String>>(0).unwrap()
}
