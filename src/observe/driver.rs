use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{Error, error::DatabaseError},
};

/// What the driver said, wherever SeaORM has put it.
pub(super) fn driver_error(error: &DbErr) -> Option<&Error> {
    let (DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))
    | DbErr::Conn(RuntimeErr::SqlxError(error))) = error
    else {
        return None;
    };
    Some(error)
}

/// What the server said.
pub(super) fn database_error(error: &DbErr) -> Option<&dyn DatabaseError> {
    match driver_error(error)? {
        Error::Database(error) => Some(error.as_ref()),
        _ => None,
    }
}
